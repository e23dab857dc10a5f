//! Every encoding seen, and bytes of every kind.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::click::Click;
use crate::clock::Tick;
use crate::sync_state::fingerprint::Sum;

const SAMPLE: &str = include_str!("../../../wiremock-fixtures/__files/hunt-rows.json");

fn one(row: &serde_json::Value) -> FetchAnswer {
    let body = json!({
        "schema": [
            {"name": "Timestamp", "type": "DateTime"},
            {"name": "Url", "type": "String"},
            {"name": "Zeta", "type": "String"},
            {"name": "Alpha", "type": "Object"},
        ],
        "results": [row],
    });
    clicks(body.to_string().as_bytes(), 1).unwrap()
}

fn with(column: &str, value: &serde_json::Value) -> FetchAnswer {
    one(&json!({"Timestamp": "2026-07-19T17:02:06Z", column: value}))
}

#[test]
fn reads_a_whole_answer() {
    let answer = clicks(SAMPLE.as_bytes(), 10).unwrap();
    assert_eq!((answer.clicks.len(), answer.unreadable), (2, 0));
    assert_eq!(answer.results, ResultsShape::Array);
    assert_eq!(answer.schema.len(), 15);
    assert_eq!(answer.schema[9], Column { name: "IsClickedThrough".into(), kind: Kind::SByte });
    assert!(Text::ALL.into_iter().all(|text| answer.present.has(text)) && !answer.present.extra);
    let click = answer.clicks.get(0).unwrap();
    assert_eq!(click.timestamp, Tick::parse("2026-07-19T17:02:06.1314605Z").unwrap());
    assert_eq!(click.is_clicked_through, Some(false));
    assert!(click.text(Text::UrlChain).starts_with("[\"https://u10203040.ct"));
    assert_eq!(click.text(Text::IPAddress), "2001:db8:1f05::106c");
    let click = answer.clicks.get(1).unwrap();
    assert_eq!(click.is_clicked_through, Some(true));
    assert_eq!(click.text(Text::ActionType), "DpapiAccessed");
    assert_eq!(click.extra, "");
}

#[test]
fn reads_every_boolean() {
    for (value, expected) in [
        (json!(0), Some(false)),
        (json!(1), Some(true)),
        (json!(1.0), Some(true)),
        (json!(-1), Some(true)),
        (json!(false), Some(false)),
        (json!(true), Some(true)),
        (json!("0"), Some(false)),
        (json!("1"), Some(true)),
        (json!("True"), Some(true)),
        (json!("FALSE"), Some(false)),
        (json!(""), None),
        (json!("maybe"), None),
        (json!(null), None),
        (json!({}), None),
        (json!({"@odata.type": "#SByte"}), None),
        (json!([1]), None),
    ] {
        let answer = with("IsClickedThrough", &value);
        assert_eq!(answer.clicks.get(0).unwrap().is_clicked_through, expected, "{value}");
    }
    assert_eq!(with("Url", &json!("")).clicks.get(0).unwrap().is_clicked_through, None);
}

#[test]
fn a_text_column_takes_any_value() {
    for (value, expected) in [
        (json!("https://ä.example/\u{1F600}\"\\\n"), "https://ä.example/\u{1F600}\"\\\n"),
        (json!(null), ""),
        (json!({}), ""),
        (json!({"@odata.type": "#x"}), ""),
        (json!(7), "7"),
        (json!(-7), "-7"),
        (json!(1.5), "1.5"),
        (json!(true), "true"),
        (json!([]), "[]"),
        (json!(["a", {"b": {}}, "c\"d"]), r#"["a",{"b":null},"c\"d"]"#),
        (json!({"b": [1, 2], "x@odata.type": "#y"}), r#"{"b":[1,2]}"#),
    ] {
        assert_eq!(with("Url", &value).clicks.get(0).unwrap().text(Text::Url), expected);
    }
}

#[test]
fn unknown_columns_are_kept_with_sorted_keys() {
    let answer = one(&json!({
        "zeta": "", "ALPHA": {"@odata.type": "#d", "k": "v"}, "Alpha@odata.type": "#x",
        "Timestamp": "2026-07-19T17:02:06Z", "Beta": {}, "Gamma": null, "Delta": [1, {}],
    }));
    let extra = r#"{"Alpha":{"k":"v"},"Beta":null,"Delta":[1,null],"Gamma":null,"Zeta":""}"#;
    assert_eq!(answer.clicks.get(0).unwrap().extra, extra);
    assert!(answer.present.extra);
}

#[test]
fn keys_may_come_in_any_casing_and_order() {
    let body = r#"{"Results":[{"url":"u","TIMESTAMP":"2026-07-19T17:02:06.5Z","reportId":"r"}],
        "@odata.context":"x","Schema":[{"Type":"string","Name":"timestamp"},{"name":"url"}]}"#;
    let answer = clicks(body.as_bytes(), 0).unwrap();
    assert_eq!(answer.schema[0], Column { name: "Timestamp".into(), kind: Kind::String });
    assert!(answer.present.has(Text::Url) && !answer.present.has(Text::ReportId));
    let click = answer.clicks.get(0).unwrap();
    assert_eq!((click.text(Text::Url), click.text(Text::ReportId)), ("u", "r"));
    assert_eq!(click.timestamp, Tick::parse("2026-07-19T17:02:06.5Z").unwrap());
}

#[test]
fn rows_without_a_time_are_counted() {
    let body = r#"{"schema":[],"results":[{"Url":"a"},{"Timestamp":"soon"},{"Timestamp":{}},
        null,7,"x",[1],{"Timestamp":"2026-07-19T17:02:06Z"}]}"#;
    let answer = clicks(body.as_bytes(), 0).unwrap();
    assert_eq!((answer.unreadable, answer.clicks.len()), (7, 1));
}

#[test]
fn no_list_of_rows_is_told_from_an_empty_one() {
    for (body, results) in [
        (r#"{"schema":[],"results":[]}"#, ResultsShape::Array),
        (r#"{"schema":[],"results":null}"#, ResultsShape::Null),
        (r#"{"schema":[]}"#, ResultsShape::Null),
        ("\u{feff}{\"schema\":[]}", ResultsShape::Null),
    ] {
        assert_eq!(clicks(body.as_bytes(), 0).unwrap().results, results, "{body}");
        let rows = (results == ResultsShape::Array).then(Vec::new);
        assert_eq!(counts(body.as_bytes()).unwrap().rows, rows, "{body}");
    }
}

#[test]
fn what_is_no_answer_is_refused() {
    let deep = format!(r#"{{"schema":[],"results":[{}"#, "[".repeat(100_000));
    for body in [
        "",
        "<html></html>",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"error":{}}"#,
        &deep,
        r#"{"schema":[],"results":[]} x"#,
        r#"{"schema":[],"results":7}"#,
        r#"{"schema":[{}],"results":[]}"#,
        r#"{"schema":[],"results":[],"results":[]}"#,
    ] {
        assert!(clicks(body.as_bytes(), 9).is_err(), "{body:.40}");
        assert!(columns(body.as_bytes()).is_err(), "{body:.40}");
    }
    let half = &SAMPLE.as_bytes()[..SAMPLE.len() / 2];
    let error = clicks(half, 2).unwrap_err().to_string();
    assert!(error.starts_with("the reply is not whole JSON") && !error.contains("http"), "{error}");
}

#[test]
fn a_text_that_is_no_unicode_spoils_nothing() {
    let body = br#"{"schema":[],"results":[{"Timestamp":"2026-07-19T17:02:06Z","Url":"a\ud800b"},
        {"Timestamp":"2026-07-19T17:02:07Z","Url":"c"}]}"#;
    let answer = clicks(body, 0).unwrap();
    let urls: Vec<_> = answer.clicks.iter().map(|c| c.text(Text::Url)).collect();
    assert_eq!(urls, ["a\u{fffd}b", "c"]);
    let bad = clicks(
        b"{\"schema\":[],\"results\":[{\"Timestamp\":\"2026-07-19T17:02:06Z\",\"Url\":\"\xff\"}]}",
        0,
    );
    assert_eq!(bad.unwrap().clicks.get(0).unwrap().text(Text::Url), "\u{fffd}");
}

#[test]
fn reads_counts() {
    let body = r#"{"schema":[{"name":"Bin","type":"DateTime"}],"results":[
        {"Bin":"2026-07-19T17:00:00Z","Rows":7,"Blocked":1,"Allowed":2,"PendingVerdict":3,"Error":4,
         "ClickedThrough":5,"BlockedByTenantPolicy":6,"M2":99,"M0":{},"Mx":1,"Else":"x"},
        {"late":1,"rows":"8","m1":12.0}]}"#;
    let rows = counts(body.as_bytes()).unwrap().rows.unwrap();
    let tally = rows[0].fingerprint.tally;
    assert_eq!((tally.rows, tally.blocked, tally.allowed, tally.pending_verdict), (7, 1, 2, 3));
    assert_eq!((tally.error, tally.clicked_through, tally.blocked_by_tenant_policy), (4, 5, 6));
    assert_eq!(rows[0].bin, Tick::parse("2026-07-19T17:00:00Z"));
    assert_eq!(rows[0].fingerprint.sums, [Sum::Exact(0), Sum::New, Sum::Exact(99)]);
    assert_eq!((rows[1].late, rows[1].fingerprint.rows()), (Some(true), 8));
    assert_eq!(rows[1].fingerprint.sum(1), Sum::Exact(12));
}

#[test]
fn a_count_that_cannot_be_read_is_no_count() {
    for row in [
        r#"{"Rows":-1}"#,
        r#"{"Rows":1.5}"#,
        r#"{"Rows":"x"}"#,
        r#"{"Blocked":1}"#,
        "{}",
        r#"{"Rows":1,"Bin":"soon"}"#,
        r#"{"Rows":1,"Late":"soon"}"#,
        "7",
        "null",
    ] {
        let body = format!(r#"{{"schema":[],"results":[{row}]}}"#);
        assert!(counts(body.as_bytes()).is_err(), "{row}");
    }
}

#[test]
fn learns_columns() {
    let body = r#"{"schema":[{"name":"url","type":"String"},{"name":"New","type":"Object"}]}"#;
    let columns = columns(body.as_bytes()).unwrap();
    assert_eq!(columns[0].name, "Url");
    assert_eq!(columns[1], Column { name: "New".into(), kind: Kind::Other("Object".into()) });
}

prop_compose! {
    fn click_row()(
        ticks in 0i64..40_000_000_000_000_000,
        texts in prop::array::uniform13(prop_oneof![Just(String::new()), any::<String>()]),
        through in any::<Option<bool>>(),
    ) -> (Tick, [String; Text::COUNT], Option<bool>) {
        (Tick(ticks), texts, through)
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(rows in prop::collection::vec(click_row(), 0..5), sbyte: bool) {
        let encode = |(tick, texts, through): &(Tick, [String; Text::COUNT], Option<bool>)| {
            let mut row = serde_json::Map::new();
            row.insert("Timestamp".into(), json!(tick.to_string()));
            for text in Text::ALL {
                row.insert(text.name().into(), json!(texts[text as usize]));
            }
            let value = match through {
                None => json!({}),
                Some(value) if sbyte => json!(u8::from(*value)),
                Some(value) => json!(value),
            };
            row.insert("IsClickedThrough@odata.type".into(), json!("#SByte"));
            row.insert("IsClickedThrough".into(), value);
            serde_json::Value::Object(row)
        };
        let body = json!({"schema": [], "results": rows.iter().map(encode).collect::<Vec<_>>()});
        let answer = clicks(body.to_string().as_bytes(), rows.len()).unwrap();
        let expected: Vec<_> = rows.iter().map(|(timestamp, texts, through)| Click {
            timestamp: *timestamp,
            texts: std::array::from_fn(|place| texts[place].as_str()),
            is_clicked_through: *through,
            extra: "",
        }).collect();
        prop_assert_eq!(answer.clicks.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (clicks(&bytes, 1), counts(&bytes), columns(&bytes));
    }

    #[test]
    fn no_damage_makes_it_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        cuts: bool,
    ) {
        let mut body = SAMPLE.as_bytes().to_vec();
        for (at, byte) in edits {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if cuts {
            body.truncate(cut.index(body.len()));
            prop_assert!(clicks(&body, 2).is_err());
        }
        let _ = (clicks(&body, usize::MAX), counts(&body), columns(&body));
    }
}
