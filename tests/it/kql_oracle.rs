//! Our queries and our evaluator, judged by engines that others wrote.

use std::collections::BTreeMap;

use clickwarden::clock::{HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::fingerprint::{Measure, MeasureKind};
use clickwarden::kql::query::{self, Bin, ReportIdPart};
use clickwarden::kql::{self, Kind, Table, Value};
use serde_json::{Value as Json, json};

use crate::oracle;

const SEED: &str = include_str!("../data/url-clicks-actions-by-url.kql");

/// An hour on which the generated rows lie, and a little around it.
fn base() -> Tick {
    Tick::parse("2026-11-22T05:00:00Z").unwrap()
}

fn measures() -> Vec<Measure> {
    let all_texts = clickwarden::click::Text::ALL.map(|text| (text.name(), MeasureKind::Length));
    let others = [
        ("IsClickedThrough", MeasureKind::Set),
        ("ThreatTypes", MeasureKind::Set),
        ("NetworkMessageId", MeasureKind::Unset),
        ("Timestamp", MeasureKind::Set),
    ];
    let measure = |(column, kind): (&str, MeasureKind)| Measure { column: column.into(), kind };
    all_texts.into_iter().chain(others).map(measure).collect()
}

/// Spans with edges on whole microseconds, which is all that duckdb-kql can tell apart.
fn even_spans() -> Vec<Span> {
    let from = base();
    let span = |a: i64, b: i64| Span::new(from.plus(a), from.plus(b));
    vec![
        span(0, HOUR),
        span(-HOUR, 2 * HOUR),
        span(7 * MINUTE, 8 * MINUTE),
        span(SECOND, SECOND + 10),
        span(123_450, HOUR - 10),
        span(HOUR - 10, HOUR + 10),
        span(5 * HOUR, 6 * HOUR),
    ]
}

/// Every kind of text for each of `spans`.
fn texts(spans: &[Span]) -> Vec<String> {
    let measures = measures();
    let all: Vec<_> = measures.iter().enumerate().collect();
    let few: Vec<_> = all.iter().copied().skip(3).step_by(4).collect();
    let mut texts = vec![query::columns(), SEED.to_owned()];
    for (place, span) in spans.iter().enumerate() {
        let middle = span.from.plus(span.ticks() / 2).floor(10);
        let lists = [all.as_slice(), &few, &[]];
        for measures in lists.into_iter().skip(place % 3).step_by(3) {
            let bins = [Bin::Hour, Bin::Minute, Bin::Second];
            texts.extend(bins.map(|bin| query::count(*span, bin, measures)));
            texts.push(query::count_halves(*span, middle, measures));
            texts.push(query::count_whole(*span, measures));
        }
        texts.push(query::count_rows(*span));
        texts.push(query::fetch(*span));
        if place == 0 {
            texts.extend(ReportIdPart::ALL.map(|part| query::fetch_part(*span, part)));
        }
    }
    texts
}

#[test]
fn microsofts_parser_accepts_every_text() {
    if oracle::is_skipped() {
        return;
    }
    let mut spans = even_spans();
    let tick = base().plus(7);
    spans.push(Span::new(tick, tick.plus(1)));
    spans.push(Span::new(base().plus(-1), base().plus(HOUR - 1)));
    let texts = texts(&spans);
    for (checked, text) in oracle::validate(&texts).iter().zip(&texts) {
        assert_eq!(checked.errors, Vec::<String>::new(), "{text}");
        assert_eq!(checked.tables, ["UrlClickEvents"], "{text}");
        assert_eq!(checked.columns, our_columns(text), "{text}");
    }
}

/// The columns that our evaluator gives the answer, with their types in KQL.
fn our_columns(text: &str) -> Vec<(String, String)> {
    let table = kql::click_table(i64::MAX);
    let statement = kql::parse(text).unwrap();
    let answer = kql::run(&statement, table.at(Tick(0))).unwrap();
    answer.columns().map(|(name, kind)| (name.to_owned(), kind.kql_name().to_owned())).collect()
}

#[test]
fn duckdb_answers_every_text_as_our_evaluator_does() {
    if oracle::is_skipped() {
        return;
    }
    let rows = nasty_rows(3_000);
    let table = table_of(&rows);
    let mut texts = texts(&even_spans());
    texts.extend(more_of_the_subset());
    for (theirs, text) in oracle::duckdb_all(&rows, &texts).iter().zip(&texts) {
        assert_eq!(our_rows(&table, text), by_name(&theirs.columns, &theirs.rows), "{text}");
    }
}

#[test]
fn empty_tables_are_answered_alike() {
    if oracle::is_skipped() {
        return;
    }
    let texts = texts(&even_spans()[..1]);
    let table = kql::click_table(i64::MAX);
    for (theirs, text) in oracle::duckdb_all(&[], &texts).iter().zip(&texts) {
        assert_eq!(our_rows(&table, text), by_name(&theirs.columns, &theirs.rows), "{text}");
    }
}

/// What collection does not send, but the subset allows.
fn more_of_the_subset() -> Vec<String> {
    [
        "| where Url == \"\" and IsClickedThrough == true | summarize count()",
        "| where IsClickedThrough == false | summarize n = count() by Workload, ActionType",
        "| where ActionType has_any (\"clickblocked\", 'URLERRORPAGE') | project Url, T = Timestamp",
        "| summarize First = min(Timestamp), Last = max(Timestamp), n = count() by Url",
        "| where isempty(ThreatTypes) | summarize n = count() by bin(Timestamp, 5m)",
        "| extend Long = strlen(Url) | summarize most = max(Long), least = min(Long)",
        "| summarize n = count() by Url | where n >= 3 | project n, Url",
        "| extend Url = ActionType | summarize n = count() by Url",
        "| project Url | take 0",
        "| where ReportId startswith_cs \"A\" | project ReportId",
    ]
    .map(|rest| format!("UrlClickEvents {rest}"))
    .to_vec()
}

fn our_rows(table: &Table, text: &str) -> Vec<BTreeMap<String, Json>> {
    let statement = kql::parse(text).unwrap();
    let answer = kql::run(&statement, table.at(base())).unwrap();
    let columns: Vec<String> = answer.columns().map(|(name, _)| name.to_owned()).collect();
    let rows: Vec<Vec<Json>> = answer.rows().map(|row| row.map(as_json).collect()).collect();
    by_name(&columns, &rows)
}

fn as_json(value: Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(bool) => json!(bool),
        Value::Long(long) => json!(long),
        Value::Time(tick) => json!(tick.floor(10).to_string()),
        Value::Text(text) | Value::Json(text) => json!(text),
    }
}

/// Rows by column name and in an order of their own. The binned texts say their order; that it is
/// kept is a unit test of ours.
fn by_name(columns: &[String], rows: &[Vec<Json>]) -> Vec<BTreeMap<String, Json>> {
    let mut rows: Vec<BTreeMap<_, _>> =
        rows.iter().map(|row| columns.iter().cloned().zip(row.iter().cloned()).collect()).collect();
    rows.sort_by_cached_key(|row| json!(row).to_string());
    rows
}

fn table_of(rows: &[Json]) -> Table {
    let mut table = kql::click_table(i64::MAX);
    let always = Span::new(Tick(i64::MIN), Tick(i64::MAX));
    for row in rows {
        let cells: Vec<Value<'_>> = table
            .columns()
            .iter()
            .skip(1)
            .map(|column| match (column.kind, &row[&column.name]) {
                (Kind::Bool, Json::Bool(bool)) => Value::Bool(*bool),
                (Kind::Bool, _) => Value::Null,
                (_, text) => Value::Text(text.as_str().unwrap_or_default()),
            })
            .collect();
        let timestamp = Tick::parse(row["Timestamp"].as_str().unwrap()).unwrap();
        table.add(timestamp, always, &cells);
    }
    table
}

/// Rows with all that is known to go wrong: odd actions, null and empty cells, the same URL in two
/// casings, doubles, pairs that share a `ReportId`, ticks on and beside every edge.
fn nasty_rows(count: usize) -> Vec<Json> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut rows: Vec<Json> = Vec::with_capacity(count);
    while rows.len() < count {
        let row = nasty_row(&mut random);
        if random.u8(..) < 20 {
            rows.push(row.clone());
        }
        if random.u8(..) < 40 {
            let mut through = row.clone();
            through["IsClickedThrough"] = json!(true);
            rows.push(through);
        }
        rows.push(row);
    }
    rows
}

fn nasty_row(random: &mut fastrand::Rng) -> Json {
    const ACTIONS: [&str; 16] = [
        "ClickAllowed",
        "ClickBlocked",
        "ClickBlockedByTenantPolicy",
        "UrlErrorPage",
        "UrlScanInProgress",
        "CLICKBLOCKED",
        "clickallowed",
        " ClickBlocked ",
        "ClickBlocked,ClickAllowed",
        "ClickBlocked_ClickAllowed",
        "xClickBlocked",
        "ClickBlocked2",
        "Click Blocked",
        "",
        "UrlErrorPage;UrlScanInProgress",
        "—ClickAllowed—",
    ];
    const URLS: [&str; 10] = [
        "",
        "https://a.example/",
        "https://A.example/",
        "https://a.example",
        "https://ü.example/😀/e\u{301}",
        "\"quoted\" \\ 'both'",
        "=cmd|' /c calc'!A0",
        "tab\tline\nend",
        "https://b.example/?q=1,2;3|4",
        "\u{202e}moc.example",
    ];
    let pick =
        |random: &mut fastrand::Rng, from: &[&str]| from[random.usize(..from.len())].to_owned();
    let report = format!("{:x}-{}", random.u8(..16), random.u8(..));
    json!({
        "Timestamp": nasty_time(random).to_string(),
        "Url": pick(random, &URLS),
        "ActionType": pick(random, &ACTIONS),
        "AccountUpn": pick(random, &["u@a.example", "U@A.EXAMPLE", "", "ß@a.example"]),
        "Workload": pick(random, &["Email", "Teams", "Office", "Copilot"]),
        "NetworkMessageId": pick(random, &["", "53913957-73ec-4a39-d4ee-08dee5b715c8"]),
        "ThreatTypes": pick(random, &["", "Phish", "Phish, Malware"]),
        "IPAddress": pick(random, &["192.0.2.7", "2001:db8::106c"]),
        "IsClickedThrough": ([json!(true), json!(false), Json::Null][random.usize(..3)].clone()),
        "UrlChain": pick(random, &["", "[\"https://a.example/\"]"]),
        "ReportId": if random.bool() { report } else { report.to_uppercase().replacen('0', "z", 1) },
    })
}

/// Times on and within a tick of the edges of microseconds, seconds, minutes and hours, and others.
fn nasty_time(random: &mut fastrand::Rng) -> Tick {
    let step = [10, SECOND, MINUTE, HOUR][random.usize(..4)];
    let somewhere = base().plus(random.i64(-2 * HOUR..3 * HOUR));
    match random.u8(..4) {
        0 => somewhere,
        1 => somewhere.floor(step),
        _ => somewhere.floor(step).plus(random.i64(-1..=1)),
    }
}
