//! Random queries of the subset, judged by engines that others wrote.

use clickwarden::clock::HOUR;

use crate::kql_oracle::{by_name, our_columns, our_rows, table_of};
use crate::nasty::{base, nasty_rows};
use crate::oracle;

#[test]
fn random_queries_of_the_subset_are_answered_alike() {
    if oracle::is_skipped() {
        return;
    }
    let rows = nasty_rows(1_000);
    let table = table_of(&rows);
    let mut random = fastrand::Rng::with_seed(11);
    let texts: Vec<String> = (0..80).map(|_| random_query(&mut random)).collect();
    for (theirs, text) in oracle::duckdb_all(&rows, &texts).iter().zip(&texts) {
        assert_eq!(our_rows(&table, text), by_name(&theirs.columns, &theirs.rows), "{text}");
    }
    for (checked, text) in oracle::validate(&texts).iter().zip(&texts) {
        assert_eq!(checked.errors, Vec::<String>::new(), "{text}");
        assert_eq!(checked.columns, our_columns(text), "{text}");
    }
}

fn random_query(random: &mut fastrand::Rng) -> String {
    const KEYS: [&str; 7] = [
        "Url",
        "ActionType",
        "IsClickedThrough",
        "Long",
        "Bin = bin(Timestamp, 1h)",
        "Bin = bin(Timestamp, 10s)",
        "Bin = bin(Timestamp, 1d)",
    ];
    const AGGREGATES: [&str; 7] = [
        "A = count()",
        "B = sum(strlen(Url))",
        "C = min(Timestamp)",
        "D = max(Timestamp)",
        "E = max(strlen(ActionType))",
        "F = countif(isempty(ThreatTypes) and IsClickedThrough)",
        "G = countif(Long)",
    ];
    let mut text = "UrlClickEvents".to_owned();
    for _ in 0..random.usize(..3) {
        let tests: Vec<_> = (0..random.usize(1..3)).map(|_| random_test(random)).collect();
        text = format!("{text} | where {}", tests.join(" and "));
    }
    text = format!("{text} | extend Long = {}", random_test(random));
    if random.u8(..) < 40 {
        return text + " | project Timestamp, Long, Url, n = strlen(Workload)";
    }
    let some = |random: &mut fastrand::Rng, from: &[&str]| {
        let most = random.usize(1..4);
        let kept = from.iter().filter(|_| random.bool()).take(most).copied();
        kept.collect::<Vec<_>>().join(", ")
    };
    let aggregates = match some(random, &AGGREGATES) {
        none if none.is_empty() => "A = count()".to_owned(),
        some => some,
    };
    let keys = 4 + random.usize(1..4);
    match some(random, &KEYS[..keys]) {
        keys if keys.matches("Bin").count() > 1 || keys.is_empty() => {
            format!("{text} | summarize {aggregates}")
        }
        keys => format!("{text} | summarize {aggregates} by {keys}"),
    }
}

fn random_test(random: &mut fastrand::Rng) -> String {
    let time = base().plus(random.i64(-2 * HOUR..3 * HOUR)).floor(10);
    match random.u8(..10) {
        0 => format!("Timestamp >= datetime({time})"),
        1 => format!("Timestamp < datetime({time})"),
        2 => "Url == \"https://A.example/\"".to_owned(),
        3 => "ActionType has_any (\"clickblocked\", 'UrlErrorPage')".to_owned(),
        4 => format!("ReportId startswith_cs \"{:x}\"", random.u8(..16)),
        5 => format!("ReportId !startswith_cs \"{:X}\"", random.u8(..16)),
        6 => "isnotempty(ThreatTypes)".to_owned(),
        7 => "isempty(IsClickedThrough)".to_owned(),
        8 => format!("IsClickedThrough == {}", random.bool()),
        _ => format!("strlen(Url) >= {}", random.u8(..30)),
    }
}
