//! A month of a large organisation, made of the file that says what happens in it.

mod cases;
mod everyday;

use std::collections::{BTreeMap, BTreeSet};

use clickwarden::click::Text;
use clickwarden::clock::{DAY, HOUR, Hour, MINUTE, SECOND, Span, Tick};
use fastrand::Rng;
use serde::Deserialize;

use crate::alerting::{click, monday};
use crate::support::Row;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Month {
    seed: u64,
    people: u32,
    days: i64,
    hours_between_passes: i64,
    pub others_at_most: usize,
    pub config: String,
    everyday: everyday::Everyday,
    junk: everyday::Junk,
    newsletters: everyday::Newsletters,
    drills: everyday::Drills,
    scanner: everyday::Scanner,
    mistake: everyday::Mistake,
    #[serde(rename = "case")]
    pub cases: Vec<cases::Real>,
}

/// A row, and while the source shows it.
#[derive(Clone, Debug)]
struct Shown {
    row: Row,
    during: Span,
}

/// Whoever makes clicks up.
struct Crowd<'m> {
    month: &'m Month,
    random: Rng,
    shown: Vec<Shown>,
}

/// What the source shows, and when it shows something else.
pub struct Source {
    hours: BTreeMap<Hour, Vec<Shown>>,
    passes: Vec<(Tick, Vec<Span>)>,
}

impl Month {
    pub fn read() -> Self {
        toml::from_str(include_str!("../data/month.toml")).unwrap()
    }

    /// All that happens in it. The same file makes the same clicks.
    pub fn source(&self) -> Source {
        let mut crowd = Crowd { month: self, random: Rng::with_seed(self.seed), shown: Vec::new() };
        crowd.live();
        for case in &self.cases {
            crowd.happen(case);
        }
        Source::of(self, crowd.shown)
    }

    /// When a day begins.
    fn day(&self, day: i64) -> Tick {
        assert!(day < self.days, "the month has no day {day}");
        monday().floor(DAY).plus(day * DAY)
    }

    fn workdays(&self) -> impl Iterator<Item = i64> + use<> {
        (0..self.days).filter(|day| day % 7 < 5)
    }
}

impl Crowd<'_> {
    /// Somebody.
    fn somebody(&mut self) -> String {
        format!("u{:05}@contoso.example", self.random.u32(0..self.month.people))
    }

    fn somebodies(&mut self, count: u32) -> Vec<String> {
        let mut found = BTreeSet::new();
        while found.len() < count as usize {
            found.insert(self.somebody());
        }
        let mut found: Vec<String> = found.into_iter().collect();
        self.random.shuffle(&mut found);
        found
    }

    /// Some time of a day, mostly in office hours.
    fn some_time(&mut self, day: i64) -> Tick {
        let from_seven = if self.random.u8(..100) < 92 {
            // The mean of two: most of it in the middle of the day.
            i64::midpoint(self.random.i64(0..11 * HOUR), self.random.i64(0..11 * HOUR))
        } else {
            self.random.i64(0..16 * HOUR)
        };
        self.month.day(day).plus(7 * HOUR + from_seven)
    }

    fn dice(&mut self, parts_in_10_000: u32) -> bool {
        self.random.u32(0..10_000) < parts_in_10_000
    }

    /// A click with a report of its own.
    fn row(&mut self, at: Tick, user: &str, url: &str, action: &str) -> Row {
        let report = format!("{:032x}", self.random.u128(..));
        let address = format!("203.0.113.{}", self.random.u8(1..255));
        click(at, user, url, action)
            .with(Text::ReportId, &report)
            .with(Text::IPAddress, &address)
            .with(Text::NetworkMessageId, &format!("{:032x}", self.random.u128(..)))
    }

    /// Shows a row from some minutes after its click on, or hours for a few.
    fn show(&mut self, row: Row) -> Tick {
        let late = self.month.everyday.late;
        let delay = if self.dice(late) {
            self.random.i64(HOUR..20 * HOUR)
        } else {
            self.random.i64(90 * SECOND..8 * MINUTE)
        };
        let from = row.at.plus(delay);
        self.show_during(row, Span::new(from, Tick(i64::MAX)));
        from
    }

    /// Shows one row until `then`, and another instead of it from then on.
    fn show_changed(&mut self, row: Row, then: Tick, later: Row) {
        let from = row.at.plus(2 * MINUTE);
        self.show_during(row, Span::new(from, then));
        self.show_during(later, Span::new(then, Tick(i64::MAX)));
    }

    fn show_during(&mut self, row: Row, during: Span) {
        self.shown.push(Shown { row, during });
    }
}

impl Source {
    fn of(month: &Month, shown: Vec<Shown>) -> Self {
        let begin = monday();
        let step = month.hours_between_passes * HOUR;
        let end = month.day(month.days - 1).plus(2 * DAY);
        let count = end.since(begin) / step;
        let pass_of = |at: Tick| at.since(begin).max(0).div_euclid(step) + i64::from(at > begin);
        let mut changed: BTreeMap<i64, BTreeSet<Hour>> = BTreeMap::new();
        let mut hours: BTreeMap<Hour, Vec<Shown>> = BTreeMap::new();
        for one in shown {
            let hour = one.row.at.hour();
            for at in [one.during.from, one.during.until] {
                changed.entry(pass_of(at)).or_default().insert(hour);
            }
            hours.entry(hour).or_default().push(one);
        }
        let windows = |number: &i64| changed.get(number).map(merged).unwrap_or_default();
        let passes = (0..=count).map(|n| (begin.plus(n * step), windows(&n))).collect();
        Self { hours, passes }
    }

    /// When each pass is, and the windows in which the source shows something else than before it.
    pub fn passes(&self) -> impl Iterator<Item = (Tick, &[Span])> {
        self.passes.iter().map(|(at, windows)| (*at, windows.as_slice()))
    }

    /// What it shows of a window of whole hours.
    pub fn rows(&self, window: Span, now: Tick) -> Vec<Row> {
        let hours = self.hours.range(window.from.hour()..window.until.hour());
        let shown = hours.flat_map(|(_, shown)| shown).filter(|one| one.during.contains(now));
        shown.map(|one| one.row.clone()).collect()
    }

    pub fn count(&self) -> usize {
        let for_good = |one: &&Shown| one.during.until == Tick(i64::MAX);
        self.hours.values().flatten().filter(for_good).count()
    }
}

/// Hours that follow one another, as one window.
fn merged(hours: &BTreeSet<Hour>) -> Vec<Span> {
    let mut windows: Vec<Span> = Vec::new();
    for hour in hours {
        match windows.last_mut() {
            Some(last) if last.until == hour.start() => last.until = hour.end(),
            _ => windows.push(hour.span()),
        }
    }
    windows
}
