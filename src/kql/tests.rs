//! The evaluator against plain folds, and the texts it must refuse.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::click::{Action, Click, Clicks, Text};
use crate::clock::{HOUR, MINUTE, SECOND, Span, Tick};
use crate::sync_state::fingerprint::{Fingerprint, Measure, MeasureKind, Measures, Sum, Taker};

use super::query::{self, Bin, ReportIdPart};
use super::*;

const ALWAYS: Span = Span { from: Tick(i64::MIN), until: Tick(i64::MAX) };
const TEXTS: [&str; 5] = ["", "a", "Ab c", "ü😀", "ClickBlocked;x"];
const ACTIONS: [&str; 5] =
    ["ClickBlocked", "ClickAllowed", "clickblocked urlerrorpage", "ClickBlockedByTenantPolicy", ""];

#[derive(Clone, Debug)]
struct GeneratedClick {
    at: Tick,
    shown: Span,
    texts: [&'static str; Text::COUNT],
    through: Option<bool>,
}

impl GeneratedClick {
    fn click(&self) -> Click<'static> {
        let (timestamp, texts) = (self.at, self.texts);
        Click { timestamp, texts, is_clicked_through: self.through, extra: "" }
    }
}

fn tick() -> impl Strategy<Value = Tick> {
    let edge = prop_oneof![Just(1), Just(SECOND), Just(MINUTE), Just(HOUR)];
    (0..3 * HOUR, edge, -1..=1i64).prop_map(|(at, edge, off)| Tick(at).floor(edge).plus(off))
}

fn generated_click() -> impl Strategy<Value = GeneratedClick> {
    let texts = proptest::array::uniform13(prop::sample::select(&TEXTS[..]));
    let action = prop::sample::select(&ACTIONS[..]);
    (tick(), tick(), tick(), texts, action, any::<Option<bool>>()).prop_map(
        |(at, a, b, mut texts, action, through)| {
            texts[Text::ActionType as usize] = action;
            GeneratedClick { at, shown: Span::new(a.min(b), a.max(b)), texts, through }
        },
    )
}

fn table_of(rows: &[GeneratedClick]) -> Table {
    let mut table = click_table(i64::MAX);
    for row in rows {
        add_click(&mut table, &row.click(), row.shown);
    }
    table
}

fn answer(table: &Table, now: Tick, text: &str) -> Result<Vec<BTreeMap<String, String>>, KqlError> {
    let statement = parse(text)?;
    let answer = run(&statement, table.at(now))?;
    let names: Vec<String> = answer.columns().map(|(name, _)| name.to_owned()).collect();
    let row = |row: Vec<String>| names.iter().cloned().zip(row).collect();
    Ok(answer.rows().map(|cells| row(cells.map(|cell| format!("{cell:?}")).collect())).collect())
}

fn measures() -> Measures {
    let lengths = Text::ALL.map(|text| (text.name(), MeasureKind::Length));
    let others = [("IsClickedThrough", MeasureKind::Set), ("ThreatTypes", MeasureKind::Unset)];
    let measure = |(column, kind): (&str, MeasureKind)| Measure { column: column.into(), kind };
    Measures(lengths.into_iter().chain(others).map(measure).collect())
}

fn counted(row: &BTreeMap<String, String>) -> Fingerprint {
    let number = |name: &str| {
        let digits = row[name].trim_start_matches("Long(").trim_end_matches(')').to_owned();
        digits.parse::<u64>().unwrap()
    };
    let mut counted = Fingerprint::default();
    counted.tally.rows = number("Rows");
    counted.tally.blocked = number("Blocked");
    counted.tally.allowed = number("Allowed");
    counted.tally.pending_verdict = number("PendingVerdict");
    counted.tally.error = number("Error");
    counted.tally.clicked_through = number("ClickedThrough");
    counted.tally.blocked_by_tenant_policy = number("BlockedByTenantPolicy");
    for place in 0..measures().0.len() {
        counted.set(place, Sum::Exact(number(&format!("M{place}"))));
    }
    counted
}

proptest! {
    #[test]
    fn a_count_is_the_fold_of_what_is_shown(
        rows in prop::collection::vec(generated_click(), 0..60), now in tick(), a in tick(), b in tick(),
    ) {
        let (table, span, measures) = (table_of(&rows), Span::new(a, b), measures());
        let placed: Vec<_> = measures.0.iter().enumerate().collect();
        let taker = Taker::new(&measures, |_| true);
        for bin in [Bin::Hour, Bin::Minute, Bin::Second] {
            let mut folded: BTreeMap<Tick, Fingerprint> = BTreeMap::new();
            for row in rows.iter().filter(|r| r.shown.contains(now) && span.contains(r.at)) {
                let click = row.click();
                let of = folded.entry(row.at.floor(bin.ticks())).or_default();
                taker.add(of, &click, Action::of(click.text(Text::ActionType)));
            }
            let answer = answer(&table, now, &query::count(span, bin, &placed)).unwrap();
            let bins: Vec<_> = answer.iter().map(|row| row["Bin"].clone()).collect();
            let expected: Vec<_> = folded.keys().map(|bin| format!("Time({bin:?})")).collect();
            prop_assert_eq!(bins, expected);
            for (row, folded) in answer.iter().zip(folded.values()) {
                prop_assert!(folded.matches_count(&counted(row)), "{:?} {:?}", folded, row);
            }
        }
    }

    #[test]
    fn halves_add_up_to_the_whole(rows in prop::collection::vec(generated_click(), 0..40), a in tick(), b in tick(), middle in tick()) {
        let rows: Vec<_> = rows.into_iter().map(|row| GeneratedClick { shown: ALWAYS, ..row }).collect();
        let (table, span, measures) = (table_of(&rows), Span::new(a, b), measures());
        let placed: Vec<_> = measures.0.iter().enumerate().collect();
        let halves = answer(&table, b, &query::count_halves(span, middle, &placed)).unwrap();
        let whole = answer(&table, b, &query::count_whole(span, &placed)).unwrap();
        prop_assert_eq!(whole.len(), 1);
        let late = |row: &GeneratedClick| span.contains(row.at) && row.at >= middle;
        let found: u64 = halves.iter().filter(|h| h["Late"] == "Bool(true)").map(|h| counted(h).rows()).sum();
        prop_assert_eq!(found as usize, rows.iter().filter(|row| late(row)).count());
        let sum: Fingerprint = halves.iter().map(counted).collect::<Vec<_>>().iter().sum();
        prop_assert!(sum.matches_count(&counted(&whole[0])));
    }

    #[test]
    fn a_fetch_shows_every_row_of_its_span_in_order(rows in prop::collection::vec(generated_click(), 0..60), now in tick(), a in tick(), b in tick()) {
        let (table, span) = (table_of(&rows), Span::new(a, b));
        let fetched = answer(&table, now, &query::fetch(span)).unwrap();
        let mut expected: Vec<_> =
            rows.iter().filter(|r| r.shown.contains(now) && span.contains(r.at)).collect();
        expected.sort_by_key(|row| row.at);
        prop_assert_eq!(fetched.len(), expected.len());
        for (fetched, row) in fetched.iter().zip(expected) {
            prop_assert_eq!(&fetched["Timestamp"], &format!("{:?}", Value::Time(row.at)));
            let through = row.through.map_or(Value::Null, Value::Bool);
            prop_assert_eq!(&fetched["IsClickedThrough"], &format!("{through:?}"));
            for text in Text::ALL {
                let value = Value::Text(row.texts[text as usize]);
                prop_assert_eq!(&fetched[text.name()], &format!("{value:?}"));
            }
        }
    }

    #[test]
    fn every_row_is_in_exactly_one_part(reports in prop::collection::vec("[0-9a-gA-F]?[-a-z]{0,3}", 0..40)) {
        let mut table = click_table(i64::MAX);
        for report in &reports {
            let mut texts = [""; Text::COUNT];
            texts[Text::ReportId as usize] = report;
            let click = Click { timestamp: Tick(5), texts, is_clicked_through: None, extra: "" };
            add_click(&mut table, &click, ALWAYS);
        }
        let span = Span::new(Tick(5), Tick(6));
        let part = |part| answer(&table, Tick(9), &query::fetch_part(span, part)).unwrap();
        let found: usize = ReportIdPart::ALL.into_iter().map(|p| part(p).len()).sum();
        prop_assert_eq!(found, reports.len());
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC*") {
        let _ = parse(&text);
    }

    #[test]
    fn no_tokens_break_reader_or_evaluator(tokens in prop::collection::vec(prop::sample::select(&[
        "UrlClickEvents", "|", "where", "summarize", "by", "(", ")", ",", "=", "==", ">=", "<",
        "and", "Timestamp", "Url", "count", "countif", "bin", "1h", "0h", "7", "\"x\"", "has_any",
        "startswith_cs", "!startswith_cs", "datetime(2026-01-01)", "order", "asc", "take", "extend",
        "project", "strlen", "isempty", "min", "max", "sum", "true", "IsClickedThrough",
    ][..]), 0..25)) {
        let table = table_of(&[GeneratedClick { at: Tick(0), shown: ALWAYS, texts: ["x"; Text::COUNT], through: None }]);
        let _ = answer(&table, Tick(0), &format!("UrlClickEvents | {}", tokens.join(" ")));
    }
}

#[test]
fn refuses_in_kustos_words() {
    let table = click_table(i64::MAX);
    let words = [
        "",
        "Nothing",
        "UrlClickEvents | where",
        "UrlClickEvents | where Missing == 1",
        "UrlClickEvents | summarize n = sum(strlen(Missing)) by Url",
        "UrlClickEvents | summarize n = sum(strlen(IsClickedThrough))",
        "UrlClickEvents | summarize dcount(Url)",
        "UrlClickEvents | where Url",
        "UrlClickEvents | where Url == 1",
        "UrlClickEvents | extend x = 1h",
        "UrlClickEvents | extend B = 1, C = B",
        "UrlClickEvents | extend B = 1, B = 2",
        "UrlClickEvents | project Url, Url",
        "UrlClickEvents | summarize n = count(), n = count()",
        "UrlClickEvents | where Url < \"x\"",
        "UrlClickEvents | where Url contains \"x\"",
        "UrlClickEvents | project Url | where ActionType == \"\"",
        "UrlClickEvents | where Timestamp >= datetime(yesterday)",
        "UrlClickEvents | where Url == \"open",
        ".drop table UrlClickEvents",
    ]
    .map(|text| format!("{text}\n    {}", answer(&table, Tick(0), text).unwrap_err()));
    insta::assert_snapshot!(words.join("\n"));
}

#[test]
fn deep_brackets_are_refused_not_followed() {
    let text = format!("UrlClickEvents | where {}true", "(".repeat(100_000));
    assert!(matches!(parse(&text), Err(KqlError::Syntax { .. })));
    let text = format!("UrlClickEvents | where {}true{}", "(".repeat(30), ")".repeat(30));
    assert!(parse(&text).is_ok());
}

#[test]
fn orders_as_kusto_does() {
    let row = |at, through| GeneratedClick {
        at: Tick(at),
        shown: ALWAYS,
        texts: [""; Text::COUNT],
        through,
    };
    let table = table_of(&[row(1, Some(true)), row(2, None), row(3, Some(false)), row(4, None)]);
    let order = |by: &str| -> Vec<String> {
        let text = format!("UrlClickEvents | order by {by}");
        answer(&table, Tick(0), &text)
            .unwrap()
            .into_iter()
            .map(|r| r["Timestamp"].clone())
            .collect()
    };
    let times = |all: [i64; 4]| all.map(|tick| format!("Time(Tick({tick}))")).to_vec();
    assert_eq!(order("IsClickedThrough asc, Timestamp asc"), times([2, 4, 3, 1]));
    assert_eq!(order("IsClickedThrough, Timestamp desc"), times([1, 3, 4, 2]));
}

#[test]
fn names_what_has_no_name_as_kusto_does() {
    let statement = parse(
        "UrlClickEvents // a remark\n| summarize count(), countif(IsClickedThrough), min(Timestamp), \
         sum(strlen(Url)) by bin(Timestamp, 1h), Url",
    )
    .unwrap();
    let table = click_table(i64::MAX);
    let answer = run(&statement, table.at(Tick(0))).unwrap();
    let names: Vec<_> = answer.columns().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names, ["Timestamp", "Url", "count_", "countif_", "min_Timestamp", "sum_"]);
}

#[test]
fn extra_columns_of_a_click_find_their_place() {
    let mut table = click_table(i64::MAX);
    for (name, kind) in [("Note", Kind::Text), ("Tags", Kind::Dynamic), ("Score", Kind::Long)] {
        table.add_column(Column::new(name, kind));
    }
    let extra = r#"{"Gone":1,"Note":"n","Score":-7,"Tags":["x"]}"#;
    let texts = [""; Text::COUNT];
    let click = Click { timestamp: Tick(1), texts, is_clicked_through: None, extra };
    let clicks: Clicks = [click].into_iter().collect();
    add_click(&mut table, &clicks.get(0).unwrap(), ALWAYS);
    let rows = answer(&table, Tick(0), "UrlClickEvents | project Note, Tags, Score").unwrap();
    let values: Vec<_> = rows[0].values().cloned().collect();
    assert_eq!(values, ["Text(\"n\")", "Long(-7)", "Json(\"[\\\"x\\\"]\")"]);
}
