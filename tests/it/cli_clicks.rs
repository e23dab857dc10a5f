//! `clicks` of the real program: its filters, and the shape of its rows.

use clickwarden::click::Text;
use clickwarden::clock::{Clock, HOUR, MINUTE, SECOND, Span, Tick};
use serde_json::{Value, json};

use crate::program::Program;
use crate::support::Row;

/// The beginning of the hour before this one, in which everything here happens.
fn base() -> Tick {
    Clock::System.now().plus(-HOUR).hour().start()
}

fn rows(at: Tick) -> Vec<Row> {
    let mut through = Row::new(at, "https://a.example/", "ClickBlocked");
    through.clicked_through = Some(true);
    let mut unknown =
        Row::new(at.plus(SECOND + 1), "https://A.example/", "clickallowed,UrlErrorPage");
    unknown.clicked_through = None;
    let tilt = "\u{202e}";
    unknown.extra =
        format!(r#"{{"Big":12345678901234567890,"State":"theirs","Tilt":"\u202e\u001b{tilt}"}}"#);
    vec![
        through,
        unknown.with(Text::AccountUpn, "BOB@contoso.example"),
        Row::new(at.plus(2 * SECOND), "https://a.example/", "ClickBlockedByTenantPolicy")
            .with(Text::AccountUpn, "bob@contoso.example"),
    ]
}

fn filled() -> (Program, Tick) {
    let (program, at) = (Program::offline(), base());
    program.fill("contoso", &rows(at), at.hour().span());
    (program, at)
}

fn urls_and_actions(program: &Program, arguments: &[&str]) -> Vec<(String, String)> {
    let found = program.run(&[&["clicks", "--format", "json"], arguments].concat()).json();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "Url"), text(row, "ActionType")))
        .collect()
}

#[test]
fn a_row_has_the_sources_columns_then_ours() {
    let (program, at) = filled();
    let until = at.plus(2 * SECOND).to_string();
    let ran = program.run(&["clicks", "--format", "json", "--window", "1s", "--until", &until]);
    let object = ran.json();
    assert_eq!(object["from"], json!(at.plus(SECOND).to_string()));
    assert_eq!(object["until"], json!(until));
    let stored = object["rows"][0]["FirstStored"].as_str().unwrap();
    assert!(Clock::System.now().since(Tick::parse(stored).unwrap()) < MINUTE);
    let expect = format!(
        "{{\"from\":\"{}\",\"until\":\"{until}\",\"rows\":[\n{{\"Timestamp\":\"{}\",\
         \"Url\":\"https://A.example/\",\"ActionType\":\"clickallowed,UrlErrorPage\",\
         \"AccountUpn\":\"BOB@contoso.example\",\"Workload\":\"Email\",\
         \"NetworkMessageId\":\"0a1b2c3d-0000-4000-8000-00000000beef\",\"IPAddress\":\"192.0.2.7\",\
         \"ReportId\":\"0a1b2c3d-0000-4000-8000-00000000cafe\",\"ThreatTypes\":\"\",\
         \"DetectionMethods\":\"\",\"UrlChain\":\"[\\\"https://A.example/\\\"]\",\"AppName\":\"\",\
         \"AppVersion\":\"\",\"SourceId\":\"\",\"IsClickedThrough\":null,\
         \"Big\":12345678901234567890,\"Tilt\":\"\\u202e\\u001b\\u202e\",\
         \"Tenant\":\"contoso\",\"FirstStored\":\"{stored}\",\"State\":\"live\"}}\n]}}\n",
        at.plus(SECOND),
        at.plus(SECOND + 1),
    );
    assert_eq!(ran.out, expect);
}

#[test]
fn is_clicked_through_is_true_false_or_null() {
    let (program, _) = filled();
    let found = program.run(&["clicks", "--format", "json"]).json();
    let through: Vec<&Value> =
        found["rows"].as_array().unwrap().iter().map(|row| &row["IsClickedThrough"]).collect();
    assert_eq!(through, [&json!(false), &json!(null), &json!(true)]);
}

#[test]
fn filters_are_the_documented_ones() {
    let (program, _) = filled();
    let pair = |url: &str, action: &str| (url.to_owned(), action.to_owned());
    let blocked = pair("https://a.example/", "ClickBlocked");
    let unknown = pair("https://A.example/", "clickallowed,UrlErrorPage");
    let policy = pair("https://a.example/", "ClickBlockedByTenantPolicy");
    for (arguments, expect) in [
        (vec![], vec![&policy, &unknown, &blocked]),
        (vec!["--url", "https://a.example/"], vec![&policy, &unknown, &blocked]),
        (vec!["--user", "Bob@Contoso.example"], vec![&policy, &unknown]),
        (vec!["--action", "CLICKBLOCKED"], vec![&blocked]),
        (vec!["--action", "ClickAllowed", "--user", "alice@contoso.example"], vec![]),
        (vec!["--limit", "1"], vec![&policy]),
        (vec!["--limit", "0"], vec![]),
        (vec!["--url", "https://nobody.example/"], vec![]),
        (vec!["--tenant", "contoso"], vec![&policy, &unknown, &blocked]),
    ] {
        let found = urls_and_actions(&program, &arguments);
        assert_eq!(found.iter().collect::<Vec<_>>(), expect, "{arguments:?}");
    }
}

#[test]
fn withdrawn_rows_are_shown_when_asked_for() {
    let (program, at) = filled();
    program.fill("contoso", &rows(at)[1..], at.hour().span());
    assert_eq!(urls_and_actions(&program, &[]).len(), 2);
    let all = program.run(&["clicks", "--format", "json", "--withdrawn"]).json();
    let states: Vec<&Value> =
        all["rows"].as_array().unwrap().iter().map(|row| &row["State"]).collect();
    assert_eq!(states, [&json!("live"), &json!("live"), &json!("withdrawn")]);
    let table = program.run(&["clicks", "--withdrawn"]);
    assert!(table.out.contains("withdrawn"), "{}", table.out);
    let summary = program.run(&["summary", "--format", "json"]).json();
    assert_eq!(
        summary["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["Blocked"].as_u64().unwrap())
            .sum::<u64>(),
        0
    );
}

#[test]
fn rows_of_all_tenants_and_hours_are_in_order() {
    let (program, at) = (Program::of(&["contoso", "fabrikam"], "http://127.0.0.1:9"), base());
    for (tenant, offset) in [("contoso", 0), ("fabrikam", MINUTE)] {
        let rows: Vec<Row> = (0..30)
            .map(|n| {
                Row::new(at.plus(offset - n * 20 * MINUTE), "https://a.example/", "ClickAllowed")
            })
            .collect();
        program.fill(tenant, &rows, Span::new(at.plus(-12 * HOUR), at.plus(HOUR)));
    }
    let found = program.run(&["clicks", "--format", "json"]).json();
    let rows = found["rows"].as_array().unwrap();
    let times: Vec<Tick> =
        rows.iter().map(|row| Tick::parse(row["Timestamp"].as_str().unwrap()).unwrap()).collect();
    assert_eq!(times.len(), 60);
    assert!(times.is_sorted_by(|a, b| a >= b));
    assert_eq!((&rows[0]["Tenant"], &rows[1]["Tenant"]), (&json!("fabrikam"), &json!("contoso")));
    let csv = program.run(&["clicks", "--format", "csv", "--tenant", "fabrikam"]);
    assert_eq!(csv.out.lines().count(), 31);
    // A truth value is no text.
    assert!(
        csv.out
            .lines()
            .skip(1)
            .all(|row| [",true,", ",false,", ",,"].iter().any(|t| row.contains(t)))
    );
    assert!(!csv.out.contains("\"true\"") && !csv.out.contains("\"false\""), "{}", csv.out);
    let marked = program.run(&["clicks", "--format", "csv", "--tenant", "fabrikam", "--bom"]);
    assert_eq!(marked.out, format!("\u{feff}{}", csv.out));
    let table = program.run(&["clicks", "--bom"]);
    assert_eq!((table.code, table.err.contains("--format csv")), (Some(2), true));
    assert!(csv.out.starts_with("\"Timestamp\",\"Url\",\"ActionType\",\"AccountUpn\","));
    assert!(
        csv.out
            .lines()
            .next()
            .unwrap()
            .ends_with("\"IsClickedThrough\",\"Extra\",\"Tenant\",\"FirstStored\",\"State\"")
    );
}
