//! Our queries and our evaluator, judged by engines that others wrote.

use std::collections::BTreeMap;

use clickwarden::click::selection::{Indicators, Selection};
use clickwarden::clock::{HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::kql::query::{self, Bin, ReportIdPart};
use clickwarden::kql::{self, Kind, Table, Value};
use clickwarden::sync_state::fingerprint::{Measure, MeasureKind};
use serde_json::{Value as Json, json};

use crate::nasty::{URLS, base, nasty_rows};
use crate::oracle;

const SEED: &str = include_str!("../data/url-clicks-actions-by-url.kql");

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

#[test]
fn microsofts_parser_accepts_the_question_for_any_case() {
    if oracle::is_skipped() {
        return;
    }
    let span = even_spans()[0];
    let mut texts = Vec::new();
    for hostile in
        ["a\" or true //", "a\\", "\\\"", "a\r\nb\u{202e}\u{e0001}", "\u{1f600} '; drop", ""]
    {
        let mut selection = Selection::default();
        selection.urls.add(hostile);
        selection.users.add(hostile);
        selection.messages.add(hostile);
        selection.reports.add(hostile);
        selection.hosts.add("b.example").unwrap();
        selection.networks.add("192.0.2.0/24").unwrap();
        selection.networks.add("2001:db8::/32").unwrap();
        selection.networks.add("192.0.2.7").unwrap();
        for words in [&mut selection.actions, &mut selection.threats, &mut selection.workloads] {
            words.0.push(hostile.to_owned());
        }
        selection.in_chain.0.push(hostile.to_owned());
        let mut any = Indicators { hosts: selection.hosts.clone(), ..Indicators::default() };
        any.networks = selection.networks.clone();
        any.urls.add(hostile);
        any.ids.add(hostile);
        selection.indicators = Some(any);
        texts.push(kql::portal_query(span, &selection));
    }
    for (checked, text) in oracle::validate(&texts).iter().zip(&texts) {
        assert_eq!(checked.errors, Vec::<String>::new(), "{text}");
        assert_eq!(checked.tables, ["UrlClickEvents"], "{text}");
    }
}

/// Microsoft's language service 12.4.1 has nothing against the first of each pair, and refuses the
/// second.
const TAKEN_AND_REFUSED: [[&str; 2]; 9] = [
    ["extend B = 1 | extend C = B", "extend B = 1, C = B"],
    ["extend B = 1, C = 2", "extend B = 1, B = 2"],
    ["extend Url = \"x\", Y = Url", "extend Url, Url"],
    ["project A = Url, Url", "project Url, Url"],
    ["project A = 1, B = 1", "project A = 1, A = 1"],
    ["summarize count(), count()", "summarize A = count(), A = count()"],
    [
        "summarize n = count() by Url, bin(Timestamp, 1h), Timestamp",
        "summarize Url = count() by Url",
    ],
    ["where IsClickedThrough == 1", "where Url < \"x\""],
    ["where 1 >= IsClickedThrough", "where Url >= ActionType"],
];

#[test]
fn our_evaluator_refuses_what_microsofts_parser_refuses() {
    if oracle::is_skipped() {
        return;
    }
    let texts = TAKEN_AND_REFUSED.as_flattened();
    let texts: Vec<_> = texts.iter().map(|rest| format!("UrlClickEvents | {rest}")).collect();
    let table = kql::click_table(i64::MAX);
    for (place, (checked, text)) in oracle::validate(&texts).iter().zip(&texts).enumerate() {
        let is_taken = place % 2 == 0;
        assert_eq!(checked.errors.is_empty(), is_taken, "{text}: {:?}", checked.errors);
        let ours = kql::run(&kql::parse(text).unwrap(), table.at(Tick(0))).map(|_| ());
        assert_eq!(ours.is_ok(), is_taken, "{text}: {ours:?}");
        if is_taken {
            assert_eq!(checked.columns, our_columns(text), "{text}");
        }
    }
}

/// The columns that our evaluator gives the answer, with their types in KQL.
pub fn our_columns(text: &str) -> Vec<(String, String)> {
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
fn the_query_that_started_it_is_answered_as_duckdb_does() {
    if oracle::is_skipped() {
        return;
    }
    let rows = nasty_rows(20_000);
    let columns = ["Url", "Blocked", "Allowed", "PendingVerdict", "Error", "ClickedThrough"];
    let theirs = by_name(&columns.map(str::to_owned), &oracle::duckdb(&rows, SEED));
    assert_eq!(our_rows(&table_of(&rows), SEED), theirs);
    assert_eq!(theirs.len(), URLS.len());
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
        "| extend Url = ActionType, ActionType = Url, n = strlen(Url) | project Url, ActionType, n",
        "| where IsClickedThrough == 1 | summarize n = count()",
        "| where 0 == IsClickedThrough | summarize n = count()",
        "| where strlen(Url) == true | summarize n = count()",
        "| project Url | take 0",
        "| where ReportId startswith_cs \"A\" | project ReportId",
    ]
    .map(|rest| format!("UrlClickEvents {rest}"))
    .to_vec()
}

pub fn our_rows(table: &Table, text: &str) -> Vec<BTreeMap<String, Json>> {
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
pub fn by_name(columns: &[String], rows: &[Vec<Json>]) -> Vec<BTreeMap<String, Json>> {
    let mut rows: Vec<BTreeMap<_, _>> =
        rows.iter().map(|row| columns.iter().cloned().zip(row.iter().cloned()).collect()).collect();
    rows.sort_by_cached_key(|row| json!(row).to_string());
    rows
}

pub fn table_of(rows: &[Json]) -> Table {
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
