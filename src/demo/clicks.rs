//! Invents the clicks of a tenant: when they happen, when the source shows them, what becomes of
//! them afterwards.
//!
//! Everything follows from a seed, and the future is told along with the past: a click that is
//! yet to come is a row that is not shown yet.

use fastrand::Rng;

use crate::clock::{DAY, HOUR, MINUTE, SECOND, Span, Tick};
use crate::kql::{Table, add_click, click_table};

use super::scenes::{self, ClickScene, LinkVerdict};

/// The end of a span for a row that stays.
const FOR_GOOD: Tick = Tick(i64::MAX);

/// When people click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Mostly on weekdays from 7 to 18 o'clock UTC.
    OfficeHours,
    /// At any time alike, so that someone who watches sees them come.
    Even,
}

/// The table of a simulated tenant at `now`: about `count` clicks of the last 30 days, and three a
/// minute from two hours before `now` until a day after it, so that there is always news;
/// a few seconds after `now` there is something to alert of.
pub fn invented_table(seed: u64, now: Tick, count: usize) -> Table {
    let mut table = click_table(30 * DAY);
    let past = Span::new(now.plus(-30 * DAY), now);
    let lively = Span::new(now.plus(-2 * HOUR), now.plus(DAY));
    invent_clicks(&mut table, seed, past, count, Rhythm::OfficeHours);
    let news = (lively.ticks() / (20 * SECOND)) as usize;
    invent_clicks(&mut table, seed.wrapping_add(1), lively, news, Rhythm::Even);
    add_alarm(&mut table, seed, now);
    table
}

/// Soon after `now` somebody goes on past a block: whoever watches sees an alert.
fn add_alarm(table: &mut Table, seed: u64, now: Tick) {
    let scene = scenes::campaign(&mut Rng::with_seed(seed), LinkVerdict::Phish);
    let (blocked, gone_on) = (now.plus(5 * SECOND), now.plus(9 * SECOND));
    add(table, blocked, &scene, Span::new(blocked, FOR_GOOD));
    let through = ClickScene { through: Some(true), ..scene };
    add(table, gone_on, &through, Span::new(gone_on, FOR_GOOD));
}

/// Adds about `count` invented clicks of `span` to `table`, of which 20 parts in 1,000 come very
/// late, 30 change after the fact, 3 are withdrawn, and 3 are there twice. A span of four days or
/// more sees a phishing campaign three days before its end. The same arguments add the same rows.
pub fn invent_clicks(table: &mut Table, seed: u64, span: Span, count: usize, rhythm: Rhythm) {
    let mut random = Rng::with_seed(seed);
    let campaign = campaign_span(span);
    let of_campaign = campaign.map_or(0, |_| (count / 50).min(150));
    let mut times: Vec<Tick> =
        (of_campaign..count).map(|_| some_time(&mut random, span, rhythm)).collect();
    if let Some(campaign) = campaign {
        times.extend((0..of_campaign).map(|_| within(&mut random, campaign)));
    }
    times.sort_unstable();
    for at in times {
        let part_of_it = campaign.filter(|c| c.contains(at) && random.u8(..) < 200);
        match part_of_it {
            Some(campaign) => add_campaign(table, &mut random, at, campaign),
            None => add_any(table, &mut random, at),
        }
    }
}

/// Three hours, three days before the end.
fn campaign_span(span: Span) -> Option<Span> {
    let from = span.until.plus(-3 * DAY).floor(DAY).plus(13 * HOUR);
    (span.ticks() >= 4 * DAY).then(|| Span::new(from, from.plus(3 * HOUR)))
}

fn within(random: &mut Rng, span: Span) -> Tick {
    span.from.plus(random.i64(0..span.ticks().max(1)))
}

fn some_time(random: &mut Rng, span: Span, rhythm: Rhythm) -> Tick {
    let mut at = within(random, span);
    // Bounded: a span may hold no office hour at all.
    for _ in 0..64 {
        if rhythm == Rhythm::Even || random.u32(..100) < busyness(at) {
            break;
        }
        at = within(random, span);
    }
    at
}

/// How likely a click is at this time, in percent of the busiest hour.
fn busyness(at: Tick) -> u32 {
    let of_hour = match at.hour().0.rem_euclid(24) {
        8..=11 | 13..=15 => 100,
        12 | 16 => 60,
        7 | 17 => 30,
        18..=22 => 6,
        _ => 2,
    };
    // Day 0 was a Thursday.
    let weekend = matches!(at.0.div_euclid(DAY).rem_euclid(7), 2 | 3);
    if weekend { of_hour / 12 } else { of_hour }
}

/// When the source shows a click: two and a half minutes later as a rule, hours for a few.
fn appearance(random: &mut Rng, at: Tick) -> Tick {
    if random.u16(..1_000) < 20 {
        return at.plus(random.i64(HOUR..20 * HOUR));
    }
    // The sum of three is near enough to a bell curve; its exponential is a lognormal.
    let bell: f64 = (0..3).map(|_| random.f64()).sum::<f64>() * 2.0 - 3.0;
    at.plus((150.0 * bell.exp() * SECOND as f64) as i64)
}

fn add_any(table: &mut Table, random: &mut Rng, at: Tick) {
    let scene = scenes::any(random);
    let from = appearance(random, at);
    match random.u16(..1_000) {
        0..30 => {
            let then = from.plus(random.i64(10 * MINUTE..30 * HOUR));
            add_changed(table, at, scene, from, then);
        }
        30..33 => {
            let until = from.plus(random.i64(HOUR..30 * HOUR));
            add(table, at, &scene, Span::new(from, until));
        }
        33..36 => {
            add(table, at, &scene, Span::new(from, FOR_GOOD));
            add(table, at, &scene, Span::new(from, FOR_GOOD));
        }
        _ => add_with_sequel(table, random, at, scene, from),
    }
}

fn add(table: &mut Table, at: Tick, scene: &ClickScene, shown: Span) {
    add_click(table, &scene.click(at), shown);
}

/// A verdict after the fact: a scan in progress becomes another row, any other link turns out bad.
fn add_changed(table: &mut Table, at: Tick, scene: ClickScene, from: Tick, then: Tick) {
    add(table, at, &scene, Span::new(from, then));
    let later = match scene.action {
        "UrlScanInProgress" => ClickScene { action: "ClickAllowed", ..scene },
        _ => scene.into_phish(),
    };
    add(table, at, &later, Span::new(then, FOR_GOOD));
}

/// A click, and for some of the blocked ones the second row, of the same report, that says that
/// the user went on.
fn add_with_sequel(table: &mut Table, random: &mut Rng, at: Tick, scene: ClickScene, from: Tick) {
    add(table, at, &scene, Span::new(from, FOR_GOOD));
    if scene.action == "ClickBlocked" && random.u8(..) < 40 {
        let pause = random.i64(2 * SECOND..40 * SECOND);
        let through = ClickScene { through: Some(true), ..scene };
        add(table, at.plus(pause), &through, Span::new(from.plus(pause), FOR_GOOD));
    }
}

fn add_campaign(table: &mut Table, random: &mut Rng, at: Tick, campaign: Span) {
    let from = appearance(random, at);
    let known_from = campaign.from.plus(campaign.ticks() / 3);
    if at < known_from {
        // The verdict reaches the clicks that were let through hours later.
        let scene = scenes::campaign(random, LinkVerdict::NotYet);
        let then = campaign.until.plus(random.i64(HOUR..6 * HOUR)).max(from);
        add_changed(table, at, scene, from, then);
    } else {
        let scene = scenes::campaign(random, LinkVerdict::Phish);
        add_with_sequel(table, random, at, scene, from);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kql::{Value, parse, run};

    fn month() -> Span {
        let now = Tick::parse("2026-11-20T15:00:00Z").unwrap();
        Span::new(now.plus(-30 * DAY), now)
    }

    fn counts(query: &str, table: &Table, now: Tick) -> Vec<Vec<String>> {
        let statement = parse(query).unwrap();
        let answer = run(&statement, table.at(now)).unwrap();
        answer.rows().map(|row| row.map(|cell| format!("{cell:?}")).collect()).collect()
    }

    #[test]
    fn the_same_seed_invents_the_same_clicks() {
        let told = |seed| {
            let mut table = click_table(30 * DAY);
            invent_clicks(&mut table, seed, month(), 500, Rhythm::OfficeHours);
            counts("UrlClickEvents", &table, month().until)
        };
        assert_eq!(told(1), told(1));
        assert_ne!(told(1), told(2));
    }

    #[test]
    fn a_month_has_everything_in_it() {
        let mut table = click_table(30 * DAY);
        invent_clicks(&mut table, 1, month(), 5_000, Rhythm::OfficeHours);
        let now = month().until;
        let by = |column: &str| -> BTreeSet<String> {
            let text = format!("UrlClickEvents | summarize by {column}");
            counts(&text, &table, now).into_iter().flatten().collect()
        };
        let actions: Vec<_> = by("ActionType").into_iter().collect();
        assert_eq!(
            actions,
            [
                "ClickAllowed",
                "ClickBlocked",
                "ClickBlockedByTenantPolicy",
                "UrlErrorPage",
                "UrlScanInProgress"
            ]
            .map(|action| format!("{:?}", Value::Text(action)))
        );
        assert_eq!(by("Workload").len(), 4);
        assert_eq!(by("IsClickedThrough").len(), 3);
        let shown = counts("UrlClickEvents", &table, now).len();
        let later = counts("UrlClickEvents", &table, now.plus(DAY)).len();
        assert!((4_500..5_500).contains(&shown), "{shown}");
        assert_ne!(shown, later);
        assert!(table.len() > shown, "some rows have two versions");
    }

    #[test]
    fn there_is_always_news() {
        let now = month().until;
        let table = invented_table(1, now, 500);
        let shown = |at| counts("UrlClickEvents", &table, at).len();
        for minute in (0..20 * 60).step_by(60) {
            let at = now.plus(minute * MINUTE);
            assert!(shown(at) < shown(at.plus(5 * MINUTE)), "{at}");
        }
    }

    #[test]
    fn no_link_leads_anywhere() {
        let mut random = Rng::with_seed(3);
        for _ in 0..5_000 {
            let url = scenes::any(&mut random).url;
            let Some((_, rest)) = url.split_once("://") else { continue };
            let host = rest.split(['/', '?', '"', '#']).next().unwrap_or_default();
            let end = host.rsplit('.').next().unwrap_or_default();
            assert!(matches!(end, "example" | "test") || host.starts_with('['), "{url}");
        }
    }
}
