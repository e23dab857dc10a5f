//! Which clicks are meant: conditions on a row, all of which must hold, and exclusions made of them.

use crate::click::of_alert::OfAlert;
use crate::click::pattern::{HostSet, MessageIdSet, NetworkSet, UrlSet, UserSet, Words};
use crate::click::{Click, Text};
use crate::clock::Tick;

/// Conditions on a click. Every list that is not empty must have a match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `Url`, compared as [`crate::click::pattern::canonical()`] says.
    pub urls: UrlSet,
    /// The host of `Url`.
    pub hosts: HostSet,
    /// `AccountUpn`.
    pub users: UserSet,
    /// `IPAddress`.
    pub networks: NetworkSet,
    /// `NetworkMessageId`.
    pub messages: MessageIdSet,
    /// `ReportId`.
    pub reports: MessageIdSet,
    /// Whole terms of `ActionType`.
    pub actions: Words,
    /// Items of `ThreatTypes`.
    pub threats: Words,
    /// `Workload`.
    pub workloads: Words,
    /// Part of a URL of `UrlChain`.
    pub in_chain: Words,
    /// `IsClickedThrough`.
    pub ending: Ending,
    /// What an alert is about.
    pub alert: Option<OfAlert>,
    /// One of these.
    pub indicators: Option<Indicators>,
}

/// Where a click led its user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// Anywhere.
    #[default]
    Any,
    /// On past a warning.
    ClickedThrough,
}

/// Things of any kind, one of which must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indicators {
    /// `Url`, or one of `UrlChain`.
    pub urls: UrlSet,
    /// The host of one of those.
    pub hosts: HostSet,
    /// `AccountUpn`.
    pub users: UserSet,
    /// `IPAddress`, or the host of one of those URLs.
    pub networks: NetworkSet,
    /// `NetworkMessageId` or `ReportId`.
    pub ids: MessageIdSet,
}

impl Selection {
    /// Whether nothing is asked for, so that every click is meant.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nothing is asked for that segments could tell.
    pub fn needs_rows_alone(&self) -> bool {
        let Self { messages, reports, in_chain, .. } = self.clone();
        *self == Self { messages, reports, in_chain, ..Self::default() }
    }

    /// Whether `click` is meant.
    pub fn picks(&self, click: &Click<'_>) -> bool {
        let text = |column| click.text(column);
        self.actions_fit(text(Text::ActionType))
            && self.threats_fit(text(Text::ThreatTypes))
            && self.workloads_fit(text(Text::Workload))
            && self.ending_fits(click.is_clicked_through)
            && self.users_fit(text(Text::AccountUpn))
            && self.networks_fit(text(Text::IPAddress))
            && fits(self.messages.is_empty(), || self.messages.has(text(Text::NetworkMessageId)))
            && fits(self.reports.is_empty(), || self.reports.has(text(Text::ReportId)))
            && self.urls_fit(text(Text::Url))
            && fits(self.in_chain.is_empty(), || {
                any_of_chain(text(Text::UrlChain), |url| self.in_chain.any_in(url))
            })
            && self.indicators.as_ref().is_none_or(|indicators| indicators.pick(click))
    }

    /// Whether the conditions on `Url` hold.
    pub fn urls_fit(&self, url: &str) -> bool {
        fits(self.urls.is_empty(), || self.urls.has(url))
            && fits(self.hosts.is_empty(), || self.hosts.has(url))
            && self.alert.as_ref().is_none_or(|alert| alert.has_url(url))
    }

    /// Whether the conditions on `AccountUpn` hold.
    pub fn users_fit(&self, user: &str) -> bool {
        fits(self.users.is_empty(), || self.users.has(user))
            && self.alert.as_ref().is_none_or(|alert| alert.has_user(user))
    }

    /// Whether the condition on `IsClickedThrough` holds.
    pub fn ending_fits(&self, is_clicked_through: Option<bool>) -> bool {
        self.ending == Ending::Any || is_clicked_through == Some(true)
    }

    /// Whether the condition on `IPAddress` holds.
    pub fn networks_fit(&self, address: &str) -> bool {
        fits(self.networks.is_empty(), || self.networks.has(address))
    }

    /// Whether the condition on `ActionType` holds.
    pub fn actions_fit(&self, action: &str) -> bool {
        fits(self.actions.is_empty(), || self.actions.any_term_of(action))
    }

    /// Whether the condition on `ThreatTypes` holds.
    pub fn threats_fit(&self, threats: &str) -> bool {
        fits(self.threats.is_empty(), || self.threats.any_item_of(threats))
    }

    /// Whether the condition on `Workload` holds.
    pub fn workloads_fit(&self, workload: &str) -> bool {
        fits(self.workloads.is_empty(), || self.workloads.any_item_of(workload))
    }
}

/// A chain is a JSON list of URLs; what is none is taken as one text.
fn any_of_chain(chain: &str, is_meant: impl Fn(&str) -> bool) -> bool {
    match serde_json::from_str::<Vec<String>>(chain) {
        Ok(urls) => urls.iter().any(|url| is_meant(url)),
        Err(_) => is_meant(chain),
    }
}

/// A list that is empty asks for nothing.
fn fits(empty: bool, has: impl FnOnce() -> bool) -> bool {
    empty || has()
}

impl Indicators {
    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn pick(&self, click: &Click<'_>) -> bool {
        let text = |column| click.text(column);
        self.has_url(text(Text::Url))
            || self.users.has(text(Text::AccountUpn))
            || self.networks.has(text(Text::IPAddress))
            || self.ids.has(text(Text::NetworkMessageId))
            || self.ids.has(text(Text::ReportId))
            || self.has_chain(text(Text::UrlChain))
    }

    /// Whether any of them could be a URL or its host.
    pub fn has_links(&self) -> bool {
        !(self.urls.is_empty() && self.hosts.is_empty() && self.networks.is_empty())
    }

    /// Whether a URL, or its host, is one of them.
    pub fn has_url(&self, url: &str) -> bool {
        self.urls.has(url)
            || (!self.hosts.is_empty() && self.hosts.has(url))
            || self.networks.has_host_of(url)
    }

    /// Whether a URL of a chain, or its host, is one of them.
    pub fn has_chain(&self, chain: &str) -> bool {
        self.has_links() && any_of_chain(chain, |url| self.has_url(url))
    }
}

/// Clicks that are in no count: of simulations, security mailboxes, own scanners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclusion {
    /// Why, for people.
    pub reason: Option<String>,
    /// Clicks from here on count again.
    pub until: Option<Tick>,
    /// Only in these tenants, by name; in all if there is none.
    pub tenants: Vec<String>,
    /// Which clicks; never empty.
    pub selection: Selection,
}

impl Exclusion {
    /// Whether it is about the tenant.
    pub fn is_for(&self, tenant: &str) -> bool {
        self.tenants.is_empty() || self.tenants.iter().any(|name| name == tenant)
    }

    /// Whether a click of the tenant is excluded.
    pub fn excludes(&self, tenant: &str, click: &Click<'_>) -> bool {
        self.covers(click.timestamp) && self.is_for(tenant) && self.selection.picks(click)
    }

    /// Whether it holds for clicks at `tick`.
    pub fn covers(&self, tick: Tick) -> bool {
        self.until.is_none_or(|until| tick < until)
    }
}
