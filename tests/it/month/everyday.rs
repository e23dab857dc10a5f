//! What happens in any month: work, junk, newsletters, drills, a link scanner, a mistake.

use clickwarden::click::Text;
use clickwarden::clock::{HOUR, MINUTE, SECOND, Span};
use serde::Deserialize;

use super::Crowd;
use crate::support::Row;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Everyday {
    clicks_of_a_workday: u32,
    clicks_of_a_day_off: u32,
    sites: u32,
    documents: u32,
    to_documents: u32,
    spam: u32,
    scanned: u32,
    errors: u32,
    pub late: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Junk {
    mails: u32,
    people_at_most: u32,
    tries_again: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Newsletters {
    issues: u32,
    clicks_of_each: u32,
    blocked: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drills {
    waves: u32,
    people: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    people: u32,
    links_of_a_workday: u32,
    bad: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    day: i64,
    people: u32,
}

/// Hosts that many share, and how their links begin.
const SHARED: [&str; 4] = [
    "https://contoso.sharepoint.com/:w:/s/team/",
    "https://forms.office.com/r/",
    "https://docs.google.com/document/d/",
    "https://bit.ly/",
];
/// The site that is clicked most.
const FIRST_SITE: &str = "https://site-0.example/page/0";

impl Crowd<'_> {
    /// All of it.
    pub(super) fn live(&mut self) {
        for day in 0..self.month.days {
            let everyday = &self.month.everyday;
            let is_workday = day % 7 < 5;
            let clicks = if is_workday {
                everyday.clicks_of_a_workday
            } else {
                everyday.clicks_of_a_day_off
            };
            for _ in 0..clicks {
                self.work(day);
            }
        }
        self.get_junk();
        self.read_newsletters();
        self.drill();
        self.scan();
        self.mistake();
    }

    /// The front of a list is chosen most.
    fn rank(&mut self, length: u32) -> u32 {
        ((f64::from(length) + 1.0).powf(self.random.f64()) - 1.0) as u32
    }

    fn work(&mut self, day: i64) {
        let everyday = &self.month.everyday;
        let (at, user) = (self.some_time(day), self.somebody());
        let url = if self.dice(everyday.to_documents) {
            let place = self.random.usize(..SHARED.len());
            format!("{}{}", SHARED[place], self.rank(everyday.documents))
        } else {
            format!("https://site-{}.example/page/{}", self.rank(everyday.sites), self.rank(40))
        };
        let mut row = self.row(at, &user, &url, "ClickAllowed");
        row.set(Text::Workload, ["Email", "Email", "Teams", "Office"][self.random.usize(..4)]);
        if self.dice(everyday.spam) {
            row.set(Text::ThreatTypes, "Spam");
        }
        if self.dice(everyday.errors) {
            row.set(Text::ActionType, "UrlErrorPage");
        }
        if self.dice(everyday.scanned) {
            let met = row.clone().with(Text::ActionType, "UrlScanInProgress");
            return self.show_changed(met, at.plus(20 * MINUTE), row);
        }
        self.show(row);
    }

    /// Some day on which people work.
    fn some_workday(&mut self) -> i64 {
        let days: Vec<i64> = self.month.workdays().collect();
        days[self.random.usize(..days.len())]
    }

    fn get_junk(&mut self) {
        for number in 0..self.month.junk.mails {
            let junk = &self.month.junk;
            let url = if number % 5 == 0 {
                format!("https://forms.office.com/r/junk{number}")
            } else {
                format!("https://junk-{number}.test/offer?id={number}")
            };
            let threat = ["Phish", "Spam", "Malware"][self.random.usize(..3)];
            let day = self.some_workday();
            let (first, count) = (self.some_time(day), self.random.u32(1..=junk.people_at_most));
            let mut last = None;
            for user in self.somebodies(count) {
                let at = first.plus(self.random.i64(0..3 * HOUR));
                let row = self.row(at, &user, &url, "ClickBlocked").with(Text::ThreatTypes, threat);
                self.show(row.clone());
                last = Some(row);
            }
            if let Some(again) = last.filter(|_| self.random.u32(0..100) < junk.tries_again) {
                let report = format!("{:032x}", self.random.u128(..));
                let at = again.at.plus(40 * SECOND);
                self.show(Row { at, ..again.with(Text::ReportId, &report) });
            }
        }
    }

    fn read_newsletters(&mut self) {
        for issue in 0..self.month.newsletters.issues {
            let Newsletters { clicks_of_each, blocked, .. } = self.month.newsletters;
            let day = self.some_workday();
            let sent = self.month.day(day).plus(self.random.i64(8 * HOUR..11 * HOUR));
            for _ in 0..clicks_of_each {
                let user = self.somebody();
                let url = format!(
                    "https://links.letter-{}.example/ls/click?upn={issue}-{:016x}",
                    issue % 6,
                    self.random.u64(..)
                );
                // Most in the first hour.
                let soon = self.random.f64().powi(3);
                let at = sent.plus((soon * (9 * HOUR) as f64) as i64);
                let mut row = self.row(at, &user, &url, "ClickAllowed");
                if self.dice(blocked) {
                    row.set(Text::ActionType, "ClickBlocked");
                    row.set(Text::ThreatTypes, "Spam");
                }
                self.show(row);
            }
        }
    }

    fn drill(&mut self) {
        for wave in 0..self.month.drills.waves {
            let day = self.some_workday();
            for user in self.somebodies(self.month.drills.people) {
                let at = self.some_time(day);
                let url = format!("https://login.drill.example/{wave}?who={user}");
                let blocked =
                    self.row(at, &user, &url, "ClickBlocked").with(Text::ThreatTypes, "Phish");
                self.show(blocked.clone());
                if self.random.u8(..3) == 0 {
                    self.go_on(blocked);
                }
            }
        }
    }

    /// Somebody goes on past a warning.
    pub(super) fn go_on(&mut self, past: Row) {
        let at = past.at.plus(self.random.i64(3 * SECOND..40 * SECOND));
        self.show(Row { at, clicked_through: Some(true), ..past });
    }

    fn scan(&mut self) {
        let Scanner { people, links_of_a_workday, bad } = self.month.scanner;
        let whom = self.somebodies(people);
        for day in self.month.workdays() {
            // It comes before people do, and looks at everything at once.
            let from = self.month.day(day).plus(6 * HOUR);
            for user in &whom {
                for _ in 0..links_of_a_workday {
                    let at = from.plus(self.random.i64(0..10 * MINUTE));
                    let address = format!("198.51.100.{}", self.random.u8(1..255));
                    let is_bad = self.dice(bad);
                    let (url, action) = if is_bad {
                        (format!("https://mass-{day}.test/x"), "ClickBlocked")
                    } else {
                        let site = self.rank(self.month.everyday.sites);
                        (format!("https://site-{site}.example/page/0"), "ClickAllowed")
                    };
                    let row = self.row(at, user, &url, action).with(Text::IPAddress, &address);
                    self.show(row.clone());
                    if is_bad {
                        self.go_on(row.with(Text::ThreatTypes, "Phish"));
                    }
                }
            }
        }
    }

    /// What many clicked for long is blocked for a quarter of an hour; then the verdict is taken back.
    fn mistake(&mut self) {
        let Mistake { day, people } = self.month.mistake;
        let from = self.month.day(day).plus(10 * HOUR);
        for user in self.somebodies(people) {
            let at = from.plus(self.random.i64(0..15 * MINUTE));
            let row = self.row(at, &user, FIRST_SITE, "ClickBlocked");
            let named = row.clone().with(Text::ThreatTypes, "Phish");
            self.show_changed(named, from.plus(3 * HOUR), row);
        }
        let span = Span::new(from, from.plus(15 * MINUTE));
        let let_through = |row: &Row| row.text(Text::Url) == FIRST_SITE && span.contains(row.at);
        self.shown.retain(|one| {
            !let_through(&one.row) || one.row.text(Text::ActionType) == "ClickBlocked"
        });
    }
}
