//! The shipped rules over a month of a large organisation: they find what really happens, and hardly
//! anything else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use clickwarden::clock::{Span, Tick, duration_of};
use clickwarden::config::{Config, Switch};
use clickwarden::rules::backtest;
use clickwarden::store::Alert;

use crate::alerting::{Post, SOC, load};
use crate::month::{Month, Source};

/// Collects and judges the whole month, pass by pass.
fn play(month: &Month, source: &Source) -> Post {
    let mut post = Post::new(&["contoso"], &format!("{SOC}{}", month.config));
    for (at, windows) in source.passes() {
        post.clock.advance(duration_of(at.since(post.clock.now())));
        for window in windows {
            post.answer("contoso", &source.rows(*window, at), *window);
        }
        post.pass("contoso", None);
        post.settle();
    }
    post
}

/// How many alerts each rule made of the real cases, and of anything else.
fn by_rule(month: &Month, config: &Config, alerts: &[Alert]) -> BTreeMap<String, (usize, usize)> {
    let on = config.rules.iter().filter(|rule| rule.switch == Switch::On);
    let mut counts: BTreeMap<String, (usize, usize)> =
        on.map(|rule| (rule.name.clone(), (0, 0))).collect();
    for alert in alerts {
        let (real, other) = counts.get_mut(&alert.rule).unwrap();
        let is_real = month.cases.iter().any(|real| real.is_of(alert));
        *(if is_real { real } else { other }) += 1;
    }
    counts
}

fn fired<'c>(alerts: impl Iterator<Item = &'c Alert>) -> BTreeSet<&'c str> {
    alerts.map(|alert| alert.rule.as_str()).collect()
}

fn print(
    month: &Month,
    rules: &BTreeMap<String, (usize, usize)>,
    alerts: &[Alert],
    told: &[(i64, i64)],
) {
    let messages = |alert: &Alert| told.iter().filter(|(id, _)| *id == alert.id).count();
    eprintln!("\n| rule | real cases | otherwise |\n| --- | --- | --- |");
    for (rule, (real, other)) in rules {
        eprintln!("| {rule} | {real} | {other} |");
    }
    eprintln!("\n| what really happened | fired |\n| --- | --- |");
    for real in &month.cases {
        let names: Vec<&str> =
            fired(alerts.iter().filter(|alert| real.is_of(alert))).into_iter().collect();
        let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        eprintln!("| {} | {names} |", real.name);
    }
    for alert in alerts.iter().filter(|alert| !month.cases.iter().any(|real| real.is_of(alert))) {
        eprintln!(
            "otherwise: {} {:?} {:?} {:?}",
            alert.rule, alert.severity, alert.confidence, alert.group
        );
    }
    for alert in alerts.iter().filter(|alert| messages(alert) > 1) {
        eprintln!("alert {} ({}) was told {} times", alert.id, alert.rule, messages(alert));
    }
}

/// On how many groups the rules would have fired, had nothing been excluded.
fn without_exclusions(post: &Post) -> usize {
    let config = Config { exclusions: Vec::new(), ..load(&post.program) };
    let all = Span::new(Tick(0), post.clock.now());
    let tenant = post.store.tenant("contoso").unwrap();
    let on = config.rules.iter().filter(|rule| rule.switch == Switch::On);
    let firings = on.map(|rule| {
        let whose = (tenant, "contoso");
        post.store
            .read(|snapshot| backtest(snapshot, &config, whose, rule, all))
            .unwrap()
            .firings
            .len()
    });
    firings.sum()
}

#[test]
fn the_shipped_rules_find_what_happens_in_a_month_and_hardly_anything_else() {
    let month = Month::read();
    let source = month.source();
    let began = Instant::now();
    let post = play(&month, &source);
    let (count, seconds) = (source.count(), began.elapsed().as_secs_f64());
    let alerts = post.alerts();
    let rules = by_rule(&month, &load(&post.program), &alerts);
    print(&month, &rules, &alerts, &post.told());
    let unheeded = without_exclusions(&post);
    let messages = post.posted().len();
    eprintln!(
        "{count} clicks, {} alerts, {messages} messages; {unheeded} without exclusions; played in \
         {seconds:.0} s",
        alerts.len()
    );
    for real in &month.cases {
        let expect: BTreeSet<&str> = real.fires.iter().map(String::as_str).collect();
        let of_it = alerts.iter().filter(|alert| real.is_of(alert));
        assert_eq!(fired(of_it), expect, "{}", real.name);
    }
    let others: usize = rules.values().map(|(_, other)| other).sum();
    assert!(others <= month.others_at_most, "{others} alerts are of nothing real");
    // What is excluded would have fired, so that it is no wonder that it did not.
    assert!(unheeded > alerts.len() + 100, "{unheeded}");
    assert!((60_000..150_000).contains(&count), "{count}");
}
