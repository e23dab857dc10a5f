//! The shipped rules over a month of a large organisation: they find what really happens, and hardly
//! anything else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use clickwarden::clock::{Span, Tick, duration_of};
use clickwarden::config::{Config, Switch};
use clickwarden::rules::trial;
use clickwarden::store::Case;

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
fn by_rule(month: &Month, config: &Config, cases: &[Case]) -> BTreeMap<String, (usize, usize)> {
    let on = config.rules.iter().filter(|rule| rule.switch == Switch::On);
    let mut counts: BTreeMap<String, (usize, usize)> =
        on.map(|rule| (rule.name.clone(), (0, 0))).collect();
    for case in cases {
        let (real, other) = counts.get_mut(&case.rule).unwrap();
        let is_real = month.cases.iter().any(|real| real.is_of(case));
        *(if is_real { real } else { other }) += 1;
    }
    counts
}

fn fired<'c>(cases: impl Iterator<Item = &'c Case>) -> BTreeSet<&'c str> {
    cases.map(|case| case.rule.as_str()).collect()
}

fn print(
    month: &Month,
    rules: &BTreeMap<String, (usize, usize)>,
    cases: &[Case],
    told: &[(i64, i64)],
) {
    let messages = |case: &Case| told.iter().filter(|(id, _)| *id == case.id).count();
    eprintln!("\n| rule | real cases | otherwise |\n| --- | --- | --- |");
    for (rule, (real, other)) in rules {
        eprintln!("| {rule} | {real} | {other} |");
    }
    eprintln!("\n| what really happened | fired |\n| --- | --- |");
    for real in &month.cases {
        let names: Vec<&str> =
            fired(cases.iter().filter(|case| real.is_of(case))).into_iter().collect();
        let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        eprintln!("| {} | {names} |", real.name);
    }
    for case in cases.iter().filter(|case| !month.cases.iter().any(|real| real.is_of(case))) {
        eprintln!("otherwise: {} {:?} {:?} {:?}", case.rule, case.severity, case.doubt, case.group);
    }
    for case in cases.iter().filter(|case| messages(case) > 1) {
        eprintln!("alert {} ({}) was told {} times", case.id, case.rule, messages(case));
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
            .read(|snapshot| trial(snapshot, &config, whose, rule, all))
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
    let cases = post.cases();
    let rules = by_rule(&month, &load(&post.program), &cases);
    print(&month, &rules, &cases, &post.told());
    let unheeded = without_exclusions(&post);
    let messages = post.posted().len();
    eprintln!(
        "{count} clicks, {} alerts, {messages} messages; {unheeded} without exclusions; played in \
         {seconds:.0} s",
        cases.len()
    );
    for real in &month.cases {
        let expect: BTreeSet<&str> = real.fires.iter().map(String::as_str).collect();
        let of_it = cases.iter().filter(|case| real.is_of(case));
        assert_eq!(fired(of_it), expect, "{}", real.name);
    }
    let others: usize = rules.values().map(|(_, other)| other).sum();
    assert!(others <= month.others_at_most, "{others} alerts are of nothing real");
    // What is excluded would have fired, so that it is no wonder that it did not.
    assert!(unheeded > cases.len() + 100, "{unheeded}");
    assert!((60_000..150_000).contains(&count), "{count}");
}
