//! When reports are due, judged by Debian's cron (3.0pl1-162) with a clock of its own: six zones, both
//! changes of 2026. Takes six minutes: `tests/long cron`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use clickwarden::clock::Tick;
use clickwarden::clock::schedule::Schedule;
use jiff::tz::{TimeZone, TimeZoneDatabase, TimeZoneTransition};
use jiff::{SignedDuration, Timestamp};

use crate::oracle;

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    // Half an hour.
    "Australia/Lord_Howe",
    // These two change at midnight.
    "America/Santiago",
    "Africa/Cairo",
    // Two hours.
    "Antarctica/Troll",
];
/// How much faster the clock runs.
const SPEED: f64 = 60.0;
/// Minutes by that clock, before the change and after it. A time that comes twice is no start: it would
/// be taken for the second.
const BEFORE: i64 = 130;
const AFTER: i64 = 200;
/// A job is started within a minute or so; after an hour that is left out cron makes up for it minute
/// by minute, and rests ten seconds after each that had one.
const LATE: i64 = 90;
const MADE_UP: i64 = 15 * 60;

/// One run of cron.
struct Run {
    zone: TimeZone,
    change: i64,
    lines: Vec<String>,
    out: PathBuf,
    cron: Child,
}

/// The changes of 2026.
fn changes(zone: &TimeZone) -> Vec<i64> {
    let [start, end]: [Timestamp; 2] =
        ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"].map(|at| at.parse().unwrap());
    let changes = zone.following(start).take_while(|change| change.timestamp() < end);
    let seconds = |change: TimeZoneTransition<'_>| change.timestamp().as_second();
    changes.map(seconds).collect()
}

/// Lines around the time that is left out, or comes twice.
fn lines(zone: &TimeZone, change: i64) -> Vec<String> {
    let before = zone.to_datetime(Timestamp::from_second(change - 1).unwrap());
    let after = zone.to_datetime(Timestamp::from_second(change).unwrap());
    // Forward it goes from the end of an hour, back into one.
    let within = if after > before { before + SignedDuration::from_secs(1) } else { after };
    let (hour, next) = (within.hour(), (within.hour() + 1) % 24);
    let (half, day) = ((hour + 12) % 24, within.day());
    let weekday = within.weekday().to_sunday_zero_offset();
    vec![
        format!("0 {hour},{half} * * *"),
        format!("30 {hour} * * *"),
        format!("0,40 {hour} * * *"),
        format!("10-50/20 {hour} * * *"),
        format!("5 {hour},{next} * * *"),
        format!("0 {next} * * *"),
        format!("15 {hour} {day} * *"),
        format!("50 {hour} */1 * {weekday}"),
        format!("35 {hour} 28 2 {weekday}"),
        "*/30 * * * *".to_owned(),
        format!("*/20 {hour} * * *"),
        "10 */2 * * *".to_owned(),
    ]
}

fn start(folder: &Path, zone: &TimeZone, change: i64) -> Run {
    let name = zone.iana_name().unwrap();
    let file = |kind: &str| folder.join(format!("{}-{change}.{kind}", name.replace('/', "-")));
    let lines = lines(zone, change);
    std::fs::write(file("lines"), lines.join("\n") + "\n").unwrap();
    let begin = Timestamp::from_second(change - BEFORE * 60).unwrap();
    let seconds = ((BEFORE + AFTER) as f64 * 60.0 / SPEED).to_string();
    let cron = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/debian-cron"))
        .arg(zone.to_datetime(begin).strftime("%Y-%m-%d %H:%M:%S").to_string())
        .args([file("lines"), file("out")])
        .arg(seconds)
        .envs([("TZ", name), ("TZDIR", oracle::zones().to_str().unwrap())])
        .spawn()
        .unwrap();
    Run { zone: zone.clone(), change, lines, out: file("out"), cron }
}

impl Run {
    /// When cron ran each line, by its clock.
    fn theirs(&self) -> Vec<(i64, String)> {
        let text = std::fs::read_to_string(&self.out).unwrap();
        let mut lines = text.lines().map(|line| line.split_once(' ').unwrap());
        let (began, _) = lines.next().unwrap();
        let began: f64 = began.parse().unwrap();
        let by_its_clock = |at: &str| {
            let passed = (at.parse::<f64>().unwrap() - began) * SPEED;
            self.change - BEFORE * 60 + passed as i64
        };
        lines.map(|(at, line)| (by_its_clock(at), line.to_owned())).collect()
    }

    fn ours(&self, line: &str) -> Vec<i64> {
        let schedule = Schedule::parse(line, self.zone.clone()).unwrap();
        let end = self.change + AFTER * 60 - MADE_UP;
        let next = |at: &i64| {
            let next = schedule.next_after(Tick::from_unix_seconds(*at))?.unix_seconds();
            (next < end).then_some(next)
        };
        let start = self.change - BEFORE * 60;
        std::iter::successors(next(&start), next).collect()
    }

    /// Every time of ours is one of theirs, soon after, and the other way round.
    fn compare(&self) -> usize {
        let theirs = self.theirs();
        for line in &self.lines {
            let ours = self.ours(line);
            let ran: Vec<i64> =
                theirs.iter().filter(|(_, ran)| ran == line).map(|(at, _)| *at).collect();
            let about = format!("{line} {:?}: {ours:?}, cron {ran:?}", self.zone.iana_name());
            let mut met = Vec::new();
            for at in ran.iter().filter(|at| **at < self.change + AFTER * 60 - MADE_UP) {
                let due = ours.iter().rfind(|due| *due <= at).unwrap_or_else(|| panic!("{about}"));
                let made_up = *due >= self.change && *due < self.change + MADE_UP;
                assert!(at - due <= if made_up { MADE_UP } else { LATE }, "{about}");
                // What is left out cron runs once for each minute, one after the other.
                assert!(met.last() != Some(due) || *due == self.change, "{about}");
                met.push(*due);
            }
            met.dedup();
            assert_eq!(met, ours, "{about}");
        }
        theirs.len()
    }
}

#[test]
#[ignore = "six minutes: tests/long cron"]
fn debians_cron_runs_every_line_when_it_is_due() {
    let is_there = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if !rustix::process::geteuid().is_root()
        || !["faketime", "unshare"].into_iter().all(is_there)
        || !Path::new("/usr/sbin/cron").exists()
    {
        eprintln!("!!! SKIPPED: Debian's cron needs root, and the packages cron and faketime");
        return;
    }
    let zones = TimeZoneDatabase::from_dir(oracle::zones()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut runs = Vec::new();
    for name in ZONES {
        let zone = zones.get(name).unwrap();
        let changes = changes(&zone);
        assert_eq!(changes.len(), 2, "{name}");
        runs.extend(changes.into_iter().map(|change| start(folder.path(), &zone, change)));
    }
    for run in &mut runs {
        assert!(run.cron.wait().unwrap().success());
    }
    let (lines, ran) = (
        runs.iter().map(|run| run.lines.len()).sum::<usize>(),
        runs.iter().map(Run::compare).sum::<usize>(),
    );
    println!("{lines} lines at {} changes: cron ran them {ran} times, as we say", runs.len());
}
