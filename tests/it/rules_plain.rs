//! What a rule's variables come to, and which alerts open, held against a slow and plain re-computation.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clickwarden::click::Text;
use clickwarden::clock::{DAY, HOUR, MINUTE, Span, Tick};
use clickwarden::config::Config;
use clickwarden::rules::backtest;
use fastrand::Rng;

use crate::alerting::{Post, SOC, click, monday};
use crate::support::Row;

const USERS: [&str; 5] = ["Ann", "bob", "cid", "dan", ""];
const URLS: [&str; 6] = [
    "https://one.example/a",
    "https://one.example/b?c",
    "https://TWO.example/",
    "https://forms.office.com/r/1",
    "https://forms.office.com/r/2",
    "no address",
];
const ACTIONS: [&str; 6] = [
    "ClickBlocked",
    "ClickAllowed",
    "UrlScanInProgress",
    "UrlErrorPage",
    "ClickBlockedByTenantPolicy",
    "Odd",
];
const THREATS: [&str; 4] = ["", "Phish", "Spam", "spam, MALWARE"];
/// A row that an exclusion leaves out.
const SCANNER: &str = "192.0.2.99";

/// A history of a few days in which the same few people click on the same few links.
fn history(random: &mut Rng, rows: usize, from: Tick, length: i64) -> Vec<Row> {
    let mut all = Vec::new();
    for _ in 0..rows {
        // Few different times, so that clicks meet in a tick.
        let at = from.plus(random.i64(0..length / (20 * MINUTE)) * 20 * MINUTE);
        let user = USERS[random.usize(..USERS.len())];
        let mut row = click(
            at,
            user,
            URLS[random.usize(..URLS.len())],
            ACTIONS[random.usize(..ACTIONS.len())],
        );
        row.clicked_through = [None, Some(false), Some(false), Some(true)][random.usize(..4)];
        row.set(Text::ReportId, ["", "r1", "r2", "r3"][random.usize(..4)]);
        row.set(Text::ThreatTypes, THREATS[random.usize(..THREATS.len())]);
        row.set(Text::Workload, ["Email", "Teams"][random.usize(..2)]);
        row.set(
            Text::IPAddress,
            [SCANNER, "192.0.2.7", "192.0.2.8", "192.0.2.9"][random.usize(..4)],
        );
        all.push(row);
    }
    all.sort();
    all.dedup();
    all
}

fn has(row: &Row, action: &str) -> bool {
    row.text(Text::ActionType) == action
}

fn is_through(row: &Row) -> bool {
    row.clicked_through == Some(true)
}

fn is_threat(row: &Row) -> bool {
    let threats = row.text(Text::ThreatTypes).to_lowercase();
    threats.contains("phish") || threats.contains("malware")
}

fn person(row: &Row) -> Option<String> {
    let name = row.text(Text::AccountUpn).to_lowercase();
    (!name.is_empty()).then_some(name)
}

/// Where rules by host group a URL.
fn site(url: &str) -> String {
    match url {
        "https://one.example/a" | "https://one.example/b?c" => "one.example".to_owned(),
        "https://TWO.example/" => "two.example".to_owned(),
        url => url.to_owned(),
    }
}

/// What a group is by, as text; `None` where a row is in none.
fn group(row: &Row, by: &str) -> Option<String> {
    let (url, user) = (row.text(Text::Url), row.text(Text::AccountUpn).to_lowercase());
    match by {
        "url" => Some(url.to_owned()),
        "host" => Some(site(url)),
        "user" => person(row),
        "user, url" => Some(format!("{url} {user}")),
        other => panic!("{other}"),
    }
}

/// What `variable` comes to over `rows`, a group, in the window of `over` that ends at `point`.
fn value(variable: &str, rows: &[&Row], point: Tick, over: i64) -> i64 {
    let inside = |row: &&&Row| row.at <= point && row.at > point.plus(-over);
    let window: Vec<&Row> = rows.iter().filter(inside).copied().collect();
    let count = |is: &dyn Fn(&Row) -> bool| window.iter().filter(|row| is(row)).count() as i64;
    let people = |is: &dyn Fn(&Row) -> bool| {
        let found: BTreeSet<String> =
            window.iter().filter(|row| is(row)).filter_map(|row| person(row)).collect();
        found.len() as i64
    };
    match variable {
        "blocked" => count(&|row| has(row, "ClickBlocked")),
        "allowed" => count(&|row| has(row, "ClickAllowed")),
        "pending_verdict" => count(&|row| has(row, "UrlScanInProgress")),
        "error" => count(&|row| has(row, "UrlErrorPage")),
        "clicked_through" => count(&is_through),
        "blocked_by_tenant_policy" => count(&|row| has(row, "ClickBlockedByTenantPolicy")),
        "other" => count(&|row| has(row, "Odd")),
        "clickers" => people(&|_| true),
        "affected_users" => people(&|row| has(row, "ClickBlocked") || is_through(row)),
        "scan_bypassed" => count(&|row| is_through(row) && bypassed_a_scan(row, rows)),
        "clicked_past_block" => count(&|row| is_through(row) && !bypassed_a_scan(row, rows)),
        "allowed_with_threat" => {
            count(&|row| has(row, "ClickAllowed") && !is_through(row) && is_threat(row))
        }
        "allowed_before_blocked" => allowed_before_blocked(&window, rows),
        "threat_urls" => {
            let urls = window.iter().filter(|row| is_threat(row)).map(|row| row.text(Text::Url));
            urls.collect::<BTreeSet<_>>().len() as i64
        }
        "minutes_span" => {
            let times = || window.iter().map(|row| row.at);
            times().max().unwrap().since(times().min().unwrap()) / MINUTE
        }
        "age_days" => point.since(rows.iter().map(|row| row.at).min().unwrap()).max(0) / DAY,
        "users_ever" => {
            rows.iter().filter_map(|row| person(row)).collect::<BTreeSet<_>>().len() as i64
        }
        other => panic!("{other}"),
    }
}

fn bypassed_a_scan(row: &Row, rows: &[&Row]) -> bool {
    let report = row.text(Text::ReportId);
    let same = |other: &&&Row| {
        other.at.since(row.at).abs() <= HOUR
            && other.text(Text::Url) == row.text(Text::Url)
            && person(other) == person(row)
            && other.text(Text::ReportId) == report
    };
    let near: Vec<_> = rows.iter().filter(same).collect();
    !report.is_empty()
        && near.iter().any(|other| has(other, "UrlScanInProgress"))
        && !near.iter().any(|other| has(other, "ClickBlocked"))
}

fn allowed_before_blocked(window: &[&Row], rows: &[&Row]) -> i64 {
    let mut people = BTreeSet::new();
    for block in window.iter().filter(|row| has(row, "ClickBlocked")) {
        let before = |row: &&&Row| {
            row.text(Text::Url) == block.text(Text::Url)
                && row.at < block.at
                && row.at >= block.at.plus(-48 * HOUR)
        };
        let before: Vec<_> = rows.iter().filter(before).collect();
        if !before.iter().any(|row| has(row, "ClickBlocked")) {
            let let_through = before.iter().filter(|r| has(r, "ClickAllowed") || is_through(r));
            people.extend(let_through.filter_map(|row| person(row)));
        }
    }
    people.len() as i64
}

/// The variables that are numbers.
const VARIABLES: [&str; 17] = [
    "blocked",
    "allowed",
    "pending_verdict",
    "error",
    "clicked_through",
    "blocked_by_tenant_policy",
    "other",
    "clickers",
    "affected_users",
    "scan_bypassed",
    "clicked_past_block",
    "allowed_with_threat",
    "allowed_before_blocked",
    "threat_urls",
    "minutes_span",
    "age_days",
    "users_ever",
];
const BY: [&str; 4] = ["url", "host", "user", "user, url"];

/// A rule of its own name.
fn rule(name: &str, by: &str, over: &str, when: &str) -> String {
    let by: Vec<String> = by.split(", ").map(|part| format!("{part:?}")).collect();
    format!(
        "[[rule]]\nname = {name:?}\nby = [{}]\nover = {over:?}\nwhen = {when:?}\nseverity = \"low\"\n",
        by.join(", ")
    )
}

const EXCLUDED: &str = "[[exclude]]\nreason = \"scanner\"\nnetworks = [\"192.0.2.99\"]\n";

/// All that holds: the group, the number of points, the first and the last.
type Held = BTreeMap<String, (u64, Tick, Tick)>;

#[test]
fn every_variable_is_what_a_plain_look_at_the_rows_makes_it() {
    let seed = Rng::new().u64(..);
    let mut random = Rng::with_seed(seed);
    let now = monday();
    let mut sections = format!("{SOC}{EXCLUDED}");
    let overs = [("10m", 10 * MINUTE), ("6h", 6 * HOUR), ("3d", 3 * DAY)];
    let mut cases = Vec::new();
    for variable in VARIABLES {
        for by in BY {
            let (over, ticks) = overs[random.usize(..overs.len())];
            let least = random.i64(1..4);
            let name = format!("{variable}-{}", by.replace(", ", "-").replace('_', "-"));
            let name = name.replace('_', "-");
            sections.push_str(&rule(&name, by, over, &format!("{variable} >= {least}")));
            cases.push((name, variable, by, ticks, least));
        }
    }
    let mut post = Post::new(&["contoso"], &sections);
    let rows = history(&mut random, 250, now.plus(-6 * DAY), 6 * DAY);
    post.bring("contoso", &rows);
    let config = config(&post);
    let counted: Vec<&Row> =
        rows.iter().filter(|row| row.text(Text::IPAddress) != SCANNER).collect();
    let span = Span::new(now.plus(-2 * DAY), now);
    let tenant = post.store.tenant("contoso").unwrap();
    for (name, variable, by, over, least) in cases {
        let rule = config.rules.iter().find(|rule| rule.name == name).unwrap();
        let fired = post
            .store
            .read(|snapshot| backtest(snapshot, &config, (tenant, "contoso"), rule, span));
        let fired: Held = fired
            .unwrap()
            .firings
            .into_iter()
            .map(|firing| {
                let clickwarden::store::GroupName { url, host, user } = firing.group;
                let place = url.or(host);
                let text = match (place, user) {
                    (Some(place), Some(user)) => format!("{place} {user}"),
                    (place, user) => place.or(user).unwrap(),
                };
                (text, (firing.points, firing.first, firing.last))
            })
            .collect();
        let plain = plain(&counted, variable, by, over, least, span);
        assert_eq!(fired, plain, "seed {seed}: {variable} >= {least} by {by} over {over}");
    }
}

fn plain(rows: &[&Row], variable: &str, by: &str, over: i64, least: i64, span: Span) -> Held {
    let mut groups: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if let Some(key) = group(row, by) {
            groups.entry(key).or_default().push(row);
        }
    }
    let mut held = Held::new();
    for (key, rows) in groups {
        let points: BTreeSet<Tick> =
            rows.iter().map(|row| row.at).filter(|at| span.contains(*at)).collect();
        let holds = |point: &Tick| value(variable, &rows, *point, over) >= least;
        let points: Vec<Tick> = points.into_iter().filter(holds).collect();
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            held.insert(key, (points.len() as u64, *first, *last));
        }
    }
    held
}

fn config(post: &Post) -> Config {
    Config::load(Some(&post.program.folder.path().join("clickwarden.toml")), []).unwrap()
}

/// The rules whose alerts are held against a plain look: name, by, over, variable, least.
const OPENING: [(&str, &str, i64, &str, i64); 5] = [
    ("a", "url", 6 * HOUR, "affected_users", 2),
    ("b", "host", 2 * HOUR, "blocked", 3),
    ("c", "user", 12 * HOUR, "threat_urls", 2),
    ("d", "user, url", DAY, "clicked_past_block", 1),
    ("e", "host", DAY, "allowed_before_blocked", 1),
];

#[test]
fn an_alert_opens_where_the_news_makes_the_difference() {
    let seed = Rng::new().u64(..);
    let mut random = Rng::with_seed(seed);
    let mut sections = format!("{SOC}{EXCLUDED}");
    for (name, by, over, variable, least) in OPENING {
        let over = format!("{}h", over / HOUR);
        sections.push_str(&rule(name, by, &over, &format!("{variable} >= {least}")));
    }
    for _ in 0..12 {
        let mut post = Post::new(&["contoso"], &sections);
        post.clock.advance(Duration::from_hours(24));
        let from = post.clock.now().plus(-40 * HOUR);
        let mut rest = history(&mut random, 60, from, 39 * HOUR);
        let (mut known, mut expect): (Vec<Row>, BTreeSet<(String, String)>) = Default::default();
        while !rest.is_empty() {
            random.shuffle(&mut rest);
            let news = rest.split_off(rest.len().saturating_sub(random.usize(1..9)));
            post.bring("contoso", &news);
            post.settle();
            expect.extend(opened(&known, &news));
            known.extend(news);
            let shipped = |rule: &str| !OPENING.iter().any(|(name, ..)| *name == rule);
            let alerts = post.alerts().into_iter().filter(|alert| !shipped(&alert.rule));
            let alerts: BTreeSet<(String, String)> = alerts.map(|alert| named(&alert)).collect();
            assert_eq!(alerts, expect, "seed {seed}");
        }
    }
}

fn named(alert: &clickwarden::store::Alert) -> (String, String) {
    let group = alert.group.clone();
    let place = group.url.or(group.host);
    let text = match (place, group.user) {
        (Some(place), Some(user)) => format!("{place} {user}"),
        (place, user) => place.or(user).unwrap(),
    };
    (alert.rule.clone(), text)
}

/// The alerts that `news` open after `known`.
fn opened(known: &[Row], news: &[Row]) -> BTreeSet<(String, String)> {
    let counts = |row: &&Row| row.text(Text::IPAddress) != SCANNER;
    let before: Vec<&Row> = known.iter().filter(counts).collect();
    let after: Vec<&Row> = known.iter().chain(news).filter(counts).collect();
    let mut opened = BTreeSet::new();
    for (name, by, over, variable, least) in OPENING {
        let groups: BTreeSet<String> =
            news.iter().filter(counts).filter_map(|row| group(row, by)).collect();
        for key in groups {
            let of = |rows: &[&Row]| -> Vec<Row> {
                let own = rows.iter().filter(|row| group(row, by).as_ref() == Some(&key));
                own.map(|row| (*row).clone()).collect()
            };
            let (before, after) = (of(&before), of(&after));
            let (before, after): (Vec<&Row>, Vec<&Row>) =
                (before.iter().collect(), after.iter().collect());
            let touched: Vec<Tick> = news
                .iter()
                .filter(counts)
                .filter(|row| group(row, by).as_ref() == Some(&key))
                .map(|row| row.at)
                .collect();
            let within = |at: &Tick| touched.iter().any(|t| *at >= *t && at.since(*t) <= over);
            let points: BTreeSet<Tick> = after.iter().map(|row| row.at).filter(within).collect();
            let differs = |point: &Tick| {
                value(variable, &after, *point, over) >= least
                    && value(variable, &before, *point, over) < least
            };
            if points.iter().any(differs) {
                opened.insert((name.to_owned(), key));
            }
        }
    }
    opened
}
