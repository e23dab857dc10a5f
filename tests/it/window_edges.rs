//! Windows whose edges lie one tick before, at and behind clicks, judged by chdb's `DateTime64(7)`.
//! Long lane: `tests/long edges` installs chdb.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use clickwarden::click::Text;
use clickwarden::clock::{Clock, HOUR, MINUTE, SECOND, Span, Tick};
use serde_json::{Value, json};

use crate::program::Program;
use crate::support::Row;

/// Counts by URL: the query's five.
type Counts = BTreeMap<String, [u64; 5]>;

/// What chdb answers for each window.
fn judged(rows: &[Row], windows: &[Span]) -> Vec<Counts> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({ "Timestamp": row.at.to_string(), "Url": row.text(Text::Url),
                    "ActionType": row.text(Text::ActionType), "IsClickedThrough": row.clicked_through })
        })
        .collect();
    let windows: Vec<_> =
        windows.iter().map(|span| [span.from.to_string(), span.until.to_string()]).collect();
    let mut python = Command::new(root.join("target/oracle-long/venv/bin/python"))
        .arg(root.join("tests/oracle/edges.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("chdb is not installed: run tests/long edges");
    let asked = json!({ "rows": rows, "windows": windows });
    serde_json::to_writer(python.stdin.take().unwrap(), &asked).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the program answers for a window, at its edges to the tick.
fn answered(program: &Program, window: Span) -> Counts {
    // A length as the program takes it: the edge that it names is the end.
    let length = format!("{}s", window.ticks() / SECOND);
    let until = window.until.to_string();
    let arguments = ["summary", "--format", "json", "--window", &length, "--until", &until];
    let summary = program.run(&arguments).json();
    assert_eq!(summary["from"], window.from.to_string());
    let rows = summary["rows"].as_array().unwrap().iter();
    let columns = ["Blocked", "Allowed", "PendingVerdict", "Error", "ClickedThrough"];
    rows.map(|row| {
        let url = row["Url"].as_str().unwrap().to_owned();
        (url, columns.map(|column| row[column].as_u64().unwrap()))
    })
    .collect()
}

#[test]
#[ignore = "long lane: tests/long edges"]
fn window_edges_are_exact_to_the_tick() {
    let program = Program::offline();
    let noon = Clock::System.now().plus(-30 * HOUR).hour().start();
    let actions =
        ["ClickBlocked", "ClickAllowed", "UrlScanInProgress", "UrlErrorPage", "clickBLOCKED-x"];
    // At hours' edges, beside them, at neighbouring ticks, and with all digits.
    let places = [
        0,
        1,
        2,
        3,
        -1,
        -2,
        SECOND,
        SECOND - 1,
        SECOND + 1,
        MINUTE,
        MINUTE + 7,
        HOUR - 1,
        HOUR,
        HOUR + 1,
        1_234_567,
        7_654_321,
        2 * HOUR - 1,
        2 * HOUR,
        3 * HOUR + 9_999_999,
        3 * HOUR + 10_000_000,
    ];
    let rows: Vec<Row> = places
        .iter()
        .enumerate()
        .map(|(n, place)| {
            let url = format!("https://{}.example/", n % 3);
            let mut row = Row::new(noon.plus(*place), &url, actions[n % actions.len()]);
            row.clicked_through = [Some(true), Some(false), None][n % 3];
            row
        })
        .collect();
    let all = Span::new(noon.plus(-HOUR), noon.plus(5 * HOUR));
    program.fill("contoso", &rows, all);
    // Each row at the end of a window and at its beginning, one tick apart each way.
    let steps = [-2, -1, 0, 1, 2];
    let windows: Vec<Span> = rows
        .iter()
        .flat_map(|row| steps.map(|step| row.at.plus(step)))
        .flat_map(|edge: Tick| {
            [HOUR, 2 * HOUR, SECOND].into_iter().flat_map(move |long| {
                [Span::new(edge.plus(-long), edge), Span::new(edge, edge.plus(long))]
            })
        })
        .collect();
    let judged = judged(&rows, &windows);
    let mut distinct = std::collections::BTreeSet::new();
    for (window, expected) in windows.iter().zip(&judged) {
        assert_eq!(&answered(&program, *window), expected, "{window}");
        distinct.insert(format!("{expected:?}"));
    }
    println!(
        "{} windows, {} different answers, none differs from chdb's",
        windows.len(),
        distinct.len()
    );
    assert!(distinct.len() > 30);
}
