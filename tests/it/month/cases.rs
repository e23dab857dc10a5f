//! What really happens in the month.

use clickwarden::click::Text;
use clickwarden::click::pattern::host_name;
use clickwarden::clock::{HOUR, MINUTE};
use clickwarden::store::Alert;
use serde::Deserialize;

use super::Crowd;

/// A case, and what must fire on it: nothing more, and nothing less.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Real {
    pub name: String,
    kind: Kind,
    host: String,
    day: i64,
    people: u32,
    pub fires: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Campaign,
    LateVerdict,
    PastABlock,
    PastAScan,
    Policy,
}

impl Real {
    /// Whether an alert is of it.
    pub fn is_of(&self, alert: &Alert) -> bool {
        let of_url = alert.group.url.as_deref().and_then(host_name);
        alert.group.host.as_deref().or(of_url.as_deref()) == Some(&self.host)
    }
}

impl Crowd<'_> {
    pub(super) fn happen(&mut self, real: &Real) {
        let url = format!("https://{}/login?next=%2Fhome", real.host);
        match real.kind {
            Kind::Campaign => self.campaign(real, &url),
            Kind::LateVerdict => self.late_verdict(real, &url),
            Kind::PastABlock => self.past(real, &url, "ClickBlocked", "Phish"),
            Kind::PastAScan => self.past(real, &url, "UrlScanInProgress", ""),
            Kind::Policy => self.policy(real, &url),
        }
    }

    /// Many are blocked on one host within the hour, each by a link of their own.
    fn campaign(&mut self, real: &Real, url: &str) {
        let from = self.month.day(real.day).plus(9 * HOUR);
        for (number, user) in self.somebodies(real.people).into_iter().enumerate() {
            let at = from.plus(self.random.i64(0..50 * MINUTE));
            let row = self.row(at, &user, &format!("{url}&id={number}"), "ClickBlocked");
            self.show(row.with(Text::ThreatTypes, "Phish"));
        }
    }

    /// Some are let through; the next day Defender knows, and blocks the last of them.
    fn late_verdict(&mut self, real: &Real, url: &str) {
        let from = self.month.day(real.day).plus(13 * HOUR);
        let mut people = self.somebodies(real.people);
        let last = people.pop().unwrap();
        for user in people {
            let at = from.plus(self.random.i64(0..HOUR));
            let row = self.row(at, &user, url, "ClickAllowed");
            let later = row.clone().with(Text::ThreatTypes, "Phish");
            self.show_changed(row, from.plus(20 * HOUR), later);
        }
        let row = self.row(from.plus(21 * HOUR), &last, url, "ClickBlocked");
        self.show(row.with(Text::ThreatTypes, "Phish"));
    }

    /// Somebody meets a warning, and goes on.
    fn past(&mut self, real: &Real, url: &str, action: &str, threat: &str) {
        let at = self.month.day(real.day).plus(14 * HOUR);
        for user in self.somebodies(real.people) {
            let met = self.row(at, &user, url, action).with(Text::ThreatTypes, threat);
            self.show(met.clone());
            self.go_on(met);
        }
    }

    /// People try all month, and the organisation's own list blocks them.
    fn policy(&mut self, real: &Real, url: &str) {
        for day in self.month.workdays().filter(|day| *day >= real.day) {
            for user in self.somebodies(real.people / 10) {
                let at = self.month.day(day).plus(12 * HOUR + self.random.i64(0..40 * MINUTE));
                let row = self.row(at, &user, url, "ClickBlockedByTenantPolicy");
                self.show(row);
            }
        }
    }
}
