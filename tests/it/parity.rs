//! KQL parity through the front door: what `sync` collected over HTTP, `summary` counts as the
//! query that started it all does, by the word of an engine that others wrote.

use std::collections::BTreeMap;

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span, Tick, ticks_of};
use clickwarden::config::parse_duration;
use serde_json::{Value as Json, json};

use crate::kql_oracle::table_of;
use crate::nasty::{URLS, nasty_rows_around};
use crate::oracle;
use crate::stand::Stand;

const SEED: &str = include_str!("../data/url-clicks-actions-by-url.kql");

/// What our summary adds to the query, said in KQL: first the counts and times, then the users.
const MORE: &str = r#"UrlClickEvents
| extend Policy = ActionType has_any("ClickBlockedByTenantPolicy")
| extend Known = ActionType has_any("ClickBlocked", "ClickAllowed", "UrlScanInProgress", "UrlErrorPage", "ClickBlockedByTenantPolicy")
| summarize BlockedByTenantPolicy = countif(Policy), Other = countif(Known == false), FirstClick = min(Timestamp), LastClick = max(Timestamp) by Url"#;
const USERS: &str = "UrlClickEvents
| where isnotempty(AccountUpn)
| extend User = tolower(AccountUpn)
| summarize n = count() by Url, User
| summarize Clickers = count() by Url";

/// A whole hour, some hours ago: every row around it is older than the time in which rows come.
fn recent() -> Tick {
    Clock::System.now().plus(-6 * HOUR).floor(HOUR)
}

/// Nasty rows at three places of the month; `urls` different addresses besides the nasty ones.
fn rows(seed: u64, count: usize, urls: u32) -> Vec<Json> {
    let mut random = fastrand::Rng::with_seed(seed);
    let places = [recent(), recent().plus(-3 * DAY), recent().plus(-25 * DAY)];
    let around = |(n, base): (u64, Tick)| nasty_rows_around(base, seed * 3 + n, count / 3 + 1);
    let mut rows: Vec<Json> = (0..).zip(places).flat_map(around).collect();
    for row in rows.iter_mut().filter(|_| urls > 0) {
        if random.bool() {
            let number = random.u32(..urls);
            let host = ["a.example", "A.example", "b.example"][random.usize(..3)];
            row["Url"] = json!(format!("https://{host}/{number}"));
        }
    }
    rows
}

/// The columns of both sides by URL. A URL that stands twice fails the test.
type ByUrl = BTreeMap<String, BTreeMap<String, Json>>;

/// The rows of our summary.
fn ours(stand: &Stand, more: &[&str]) -> Vec<Json> {
    let output = stand.run(&[&["summary", "--format", "json"], more].concat());
    assert!(output.status.success(), "{output:?}");
    let answer: Json = serde_json::from_slice(&output.stdout).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    assert!(rows.is_sorted_by_key(order), "the order of rows");
    rows.clone()
}

/// Some columns of them, times cut to what the engine can tell apart.
fn columns(rows: &[Json], columns: &[String]) -> ByUrl {
    let mut by_url = ByUrl::new();
    for row in rows {
        let url = row["Url"].as_str().unwrap().to_owned();
        let cells = columns.iter().map(|name| (name.clone(), cell(name, &row[name]))).collect();
        assert!(by_url.insert(url, cells).is_none(), "a URL stands twice");
    }
    by_url
}

/// Most clicked through first, then most blocked, then by the bytes of the URL.
fn order(row: &Json) -> (i64, i64, String) {
    let count = |name: &str| -row[name].as_i64().unwrap();
    (count("ClickedThrough"), count("Blocked"), row["Url"].as_str().unwrap().to_owned())
}

fn cell(name: &str, value: &Json) -> Json {
    if !name.ends_with("Click") {
        return value.clone();
    }
    json!(Tick::parse(value.as_str().unwrap()).unwrap().floor(10).to_string())
}

fn theirs(answer: &oracle::Answer) -> ByUrl {
    let mut by_url = ByUrl::new();
    for row in &answer.rows {
        let cells: BTreeMap<_, _> =
            answer.columns.iter().cloned().zip(row.iter().cloned()).collect();
        let url = cells["Url"].as_str().unwrap().to_owned();
        assert!(by_url.insert(url, cells).is_none());
    }
    by_url
}

/// `query` over the rows of `span` only.
fn within(span: Span, query: &str) -> String {
    let Span { from, until } = span;
    let cut = format!("where Timestamp >= datetime({from}) and Timestamp < datetime({until})");
    query.replacen("UrlClickEvents", &format!("UrlClickEvents\n| {cut}"), 1)
}

async fn collected(rows: &[Json]) -> Stand {
    collected_with(rows, "").await
}

/// The same, with more sections of the configuration.
async fn collected_with(rows: &[Json], sections: &str) -> Stand {
    let stand = Stand::new(table_of(rows), sections).await;
    let output = stand.run(&["sync"]);
    assert!(output.status.success(), "{output:?}");
    stand
}

/// The whole month: every row, so the query needs no cut.
const EVERYTHING: (Option<Span>, &str) = (None, "30d");

/// Compares summaries of windows with the query, and with what they have besides; gives the number
/// of URLs in the first.
fn compare(stand: &Stand, rows: &[Json], windows: &[(Option<Span>, &str)]) -> usize {
    compare_with(stand, rows, windows, &[])
}

/// The same with more flags.
fn compare_with(
    stand: &Stand,
    rows: &[Json],
    windows: &[(Option<Span>, &str)],
    flags: &[&str],
) -> usize {
    let asked = windows.iter().flat_map(|(span, _)| {
        let cut = |query: &str| span.map_or_else(|| query.to_owned(), |span| within(span, query));
        [SEED, MORE, USERS].map(cut)
    });
    let answers = oracle::duckdb_all(rows, &asked.collect::<Vec<_>>());
    for ((span, length), answers) in windows.iter().zip(answers.chunks(3)) {
        let [seed, more, users] = answers else { panic!("three answers") };
        let until = span.map(|span| span.until.to_string());
        let mut arguments = [flags, &["--window", length]].concat();
        arguments.extend(until.iter().flat_map(|until| ["--until", until]));
        let counted = ours(stand, &arguments);
        assert_eq!(columns(&counted, &seed.columns), theirs(seed), "{arguments:?}");
        assert_eq!(columns(&counted, &more.columns), theirs(more), "{arguments:?}");
        let mut clickers = columns(&counted, &users.columns);
        // A URL that only nobody clicked has no row there, and none of theirs here.
        clickers.retain(|_, cells| cells["Clickers"] != json!(0));
        assert_eq!(clickers, theirs(users), "{arguments:?}");
    }
    answers[0].rows.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_collected_is_counted_as_the_query_counts_it() {
    if oracle::is_skipped() {
        return;
    }
    for seed in 1..=4 {
        let rows = rows(seed, 1_500, 0);
        let stand = collected(&rows).await;
        assert_eq!(compare(&stand, &rows, &[EVERYTHING]), URLS.len());
    }
}

/// Exclusions are ours, not the query's: with all that they leave out it counts as the query does.
#[tokio::test(flavor = "multi_thread")]
async fn with_what_is_excluded_all_is_counted_as_the_query_counts_it() {
    if oracle::is_skipped() {
        return;
    }
    let rows = rows(8, 1_500, 20);
    let exclude =
        "[[exclude]]\nhosts = [\"a.example\"]\n[[exclude]]\nurls = [\"https://b.example/1*\"]";
    let stand = collected_with(&rows, exclude).await;
    let summary = |more: &[&str]| -> Json {
        let output =
            stand.run(&[&["summary", "--window", "30d", "--format", "json"], more].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (without, all) = (summary(&[]), summary(&["--include-excluded"]));
    assert!(without["excluded"].as_u64().unwrap() > 100, "{}", without["excluded"]);
    assert_eq!(all["excluded"], 0);
    assert_ne!(without["rows"], all["rows"]);
    assert!(compare_with(&stand, &rows, &[EVERYTHING], &["--include-excluded"]) > URLS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_counted_as_the_query_counts_them() {
    if oracle::is_skipped() {
        return;
    }
    let rows = rows(5, 24_000, 2_000);
    assert!(rows.len() >= 24_000);
    let stand = collected(&rows).await;
    assert!(compare(&stand, &rows, &[EVERYTHING]) > 4_000);
}

/// Windows whose edges lie where rows do, on whole microseconds: all that the engine has.
#[tokio::test(flavor = "multi_thread")]
async fn windows_are_cut_where_the_query_would_cut() {
    if oracle::is_skipped() {
        return;
    }
    let rows = rows(6, 6_000, 0);
    let stand = collected(&rows).await;
    let base = recent();
    let mut windows = vec![
        (base, "1h"),
        (base.plus(HOUR), "7d"),
        (base.plus(MINUTE), "90s"),
        (base.plus(123_450), "1m"),
        (base.plus(HOUR - 10), "2h"),
        (base.plus(HOUR + 10), "2h"),
        (base.plus(37 * MINUTE + 11 * SECOND + 1_230), "29d"),
        (base.plus(-2 * DAY), "23h59m59s"),
        (base.plus(-10 * DAY), "1d"),
    ];
    // A row on an edge is in the window that begins there, not in the one that ends there.
    let times = rows.iter().map(|row| Tick::parse(row["Timestamp"].as_str().unwrap()).unwrap());
    for at in times.filter(|at| at.0 % 10 == 0).step_by(400) {
        windows.extend([(at, "1h"), (at.plus(HOUR), "1h")]);
    }
    let span = |(until, length): (Tick, &'static str)| {
        let ticks = ticks_of(parse_duration(length).unwrap());
        (Some(Span::new(until.plus(-ticks), until)), length)
    };
    let windows: Vec<_> = windows.into_iter().map(span).collect();
    assert!(windows.len() > 20);
    compare(&stand, &rows, &windows);
}
