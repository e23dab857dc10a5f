//! When reports are due, judged by cronsim 2.8 (PyPI): in every zone whose clocks change between 2025
//! and 2030, around each change, and by 500 random lines.

use clickwarden::clock::Tick;
use clickwarden::clock::schedule::Schedule;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde_json::{Value, json};

use crate::oracle;

const DAY: i64 = 86_400;
/// The most due times that are compared at one change.
const MOST: usize = 60;

/// One question: a line, in a zone, for a time.
struct Asked {
    line: String,
    zone: TimeZone,
    from: i64,
    until: i64,
}

impl Asked {
    fn json(&self) -> Value {
        let Self { line, zone, from, until } = self;
        let zone = zone.iana_name().unwrap();
        json!({ "line": line, "zone": zone, "from": from, "until": until, "most": MOST })
    }

    /// Where cronsim 2.8 is no judge: it steps by whole hours from the half hour by which clocks change
    /// on Lord Howe, and for lines that run along skips what is due before the next half.
    fn is_half_hourly(&self) -> bool {
        let runs_along = self.line.split_whitespace().take(2).any(|field| field.starts_with('*'));
        let name = self.zone.iana_name().unwrap();
        runs_along && ["Australia/Lord_Howe", "Australia/LHI"].contains(&name)
    }

    /// What a line that runs along is due at: each minute whose time on the clock is due in UTC.
    fn minute_by_minute(&self) -> Vec<i64> {
        let in_utc = Schedule::parse(&self.line, TimeZone::UTC).unwrap();
        let shown = |at: &i64| {
            let offset = self.zone.to_offset(Timestamp::from_second(*at).unwrap()).seconds();
            let shown = Tick::from_unix_seconds(at + i64::from(offset));
            in_utc.last_until(shown) == Some(shown)
        };
        (self.from + 1..self.until).step_by(60).filter(shown).take(MOST).collect()
    }

    fn schedule(&self) -> Schedule {
        Schedule::parse(&self.line, self.zone.clone()).unwrap()
    }

    /// Ours, by walking forward.
    fn forward(&self) -> Vec<i64> {
        let schedule = self.schedule();
        let next = |at: &i64| {
            let next = schedule.next_after(Tick::from_unix_seconds(*at))?.unix_seconds();
            (next < self.until).then_some(next)
        };
        std::iter::successors(next(&self.from), next).take(MOST).collect()
    }

    /// Ours between `from` and the last of `forward`, by walking back.
    fn back(&self, forward: &[i64]) -> Vec<i64> {
        let schedule = self.schedule();
        let last = |at: &i64| {
            let last = schedule.last_until(Tick::from_unix_seconds(*at))?.unix_seconds();
            (last > self.from).then_some(last)
        };
        let start = forward.last().and_then(last);
        let mut back: Vec<i64> = std::iter::successors(start, |at| last(&(at - 1))).collect();
        back.reverse();
        back
    }
}

fn number(random: &mut fastrand::Rng, from: u8, until: u8) -> u8 {
    random.u8(from..=until)
}

/// A field of a cron line, as people write them.
fn field(random: &mut fastrand::Rng, from: u8, until: u8) -> String {
    let low = number(random, from, until - 1);
    // cronsim 2.8 takes "5-5/2" for "5/2", up to the end; Debian's cron for "5".
    let high = number(random, low + 1, until);
    let step = number(random, 2, 7);
    match random.u8(..9) {
        0..3 => "*".to_owned(),
        3 => format!("*/{step}"),
        4 => format!("{low}-{high}"),
        5 => format!("{low}-{high}/{step}"),
        6 => format!("{low},{high},{}", number(random, from, until)),
        _ => low.to_string(),
    }
}

/// A line that is due within any week or so: the nights in which clocks change are met.
fn line(random: &mut fastrand::Rng) -> String {
    let minute = field(random, 0, 59);
    // Clocks change at night.
    let hour = if random.bool() { field(random, 0, 4) } else { field(random, 0, 23) };
    let [day, weekday] = [(1, 31), (0, 7)].map(|(from, until)| match random.u8(..4) {
        0 => field(random, from, until),
        _ => "*".to_owned(),
    });
    format!("{minute} {hour} {day} * {weekday}")
}

/// Each change of each zone, with the seconds that it is by.
fn changes() -> Vec<(TimeZone, i64)> {
    let zones = TimeZoneDatabase::from_dir(oracle::zones()).unwrap();
    let [start, end]: [Timestamp; 2] =
        ["2025-01-01T00:00:00Z", "2031-01-01T00:00:00Z"].map(|at| at.parse().unwrap());
    let mut names: Vec<String> = zones.available().map(|name| name.to_string()).collect();
    names.sort();
    let mut found = Vec::new();
    for name in names {
        let zone = zones.get(&name).unwrap();
        let mut offset = zone.to_offset(start);
        for change in zone.following(start).take_while(|change| change.timestamp() < end) {
            if change.offset() != offset {
                found.push((zone.clone(), change.timestamp().as_second()));
            }
            offset = change.offset();
        }
    }
    found
}

#[test]
fn cronsim_says_the_same_at_every_change_of_every_zone() {
    if oracle::is_skipped() {
        return;
    }
    let mut random = fastrand::Rng::with_seed(12);
    let mut lines: Vec<String> = (0..500).map(|_| line(&mut random)).collect();
    lines.extend(["0 2,14 * * *", "*/15 * * * *", "0 */2 * * *", "*/20 1-3 * * *"].map(Into::into));
    let changes = changes();
    let zones = changes.chunk_by(|a, b| a.0.iana_name() == b.0.iana_name()).count();
    assert!(zones > 150 && changes.len() > 1_500, "{zones} zones, {} changes", changes.len());
    let mut asked = Vec::new();
    for (index, (zone, change)) in changes.iter().enumerate() {
        for line in lines.iter().cycle().skip(index * 2).take(2) {
            let [from, until] = [change - DAY - 1, change + DAY];
            asked.push(Asked { line: line.clone(), zone: zone.clone(), from, until });
        }
    }
    let theirs = oracle::due(&asked.iter().map(Asked::json).collect::<Vec<_>>());
    let mut different = Vec::new();
    for (asked, theirs) in asked.iter().zip(theirs) {
        let ours = asked.forward();
        assert_eq!(asked.back(&ours), ours, "{} {:?}", asked.line, asked.zone.iana_name());
        let theirs = if asked.is_half_hourly() { asked.minute_by_minute() } else { theirs };
        if ours != theirs {
            different.push((asked.json(), ours, theirs));
        }
    }
    assert!(asked.iter().any(Asked::is_half_hourly));
    let few: Vec<_> = different.iter().take(5).collect();
    assert!(different.is_empty(), "{} of {}: {few:#?}", different.len(), asked.len());
}
