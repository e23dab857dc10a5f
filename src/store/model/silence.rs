//! Silences: of alerts that match all that is given nothing is told, until an end.

use crate::click::pattern::same_url;
use crate::clock::Tick;
use crate::indicator::links_within;

use super::alert::Alert;

/// A silence to be. What is not given matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewSilence {
    /// A tenant's name.
    pub tenant: Option<String>,
    /// A rule's name.
    pub rule: Option<String>,
    /// A URL.
    pub url: Option<String>,
    /// A host.
    pub host: Option<String>,
    /// A user, in lower case.
    pub user: Option<String>,
    /// When it ends.
    pub until: Tick,
    /// Why.
    pub reason: String,
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its number.
    pub id: i64,
    /// When it began.
    pub from: Tick,
    /// What it is of, and until when.
    pub of: NewSilence,
}

impl Silence {
    /// Whether it lasts at `now`.
    pub fn lasts(&self, now: Tick) -> bool {
        now < self.of.until
    }

    /// Whether it is of an alert of the tenant with this name, whose URL leads to `host`.
    pub fn matches(&self, tenant: &str, alert: &Alert, host: Option<&str>) -> bool {
        let fits = |wanted: &Option<String>, is: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| is == Some(wanted))
        };
        let NewSilence { tenant: of, rule, url, host: at, user, .. } = &self.of;
        fits(of, Some(tenant))
            && fits(rule, Some(&alert.rule))
            && url.as_deref().is_none_or(|url| is_meant(url, alert.group.url.as_deref()))
            && fits(at, alert.group.host.as_deref().or(host))
            && fits(user, alert.group.user.as_deref())
    }
}

/// Whether a URL, or one that a mail gateway wrapped into it, equals that of an alert.
fn is_meant(url: &str, of: Option<&str>) -> bool {
    let Some(of) = of else { return false };
    same_url(url, of) || links_within(url).iter().any(|inner| same_url(inner, of))
}
