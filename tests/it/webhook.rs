//! `webhook`: deliveries verified and read by libraries that others wrote.

use std::time::Duration;

use clickwarden::clock::Clock;
use clickwarden::deliver::Outcome;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::channel::{self, ID, Line};
use crate::oracle;
use crate::tenants::file;
use crate::told;

const OLD_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW_KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const FOREIGN_KEY: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A delivery as a receiver with `key` sees it.
fn seen(request: &Request, key: &str) -> Value {
    let headers: serde_json::Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
        .collect();
    json!({ "key": key, "headers": headers, "body": String::from_utf8(request.body.clone()).unwrap() })
}

fn header(request: &Request, name: &str) -> String {
    request.headers.get(name).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_delivery_and_its_retry_are_good_to_the_libraries_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let keys =
        [("old", OLD_KEY), ("new", NEW_KEY)].map(|(name, key)| file(&folder, name, key, 0o600));
    // The libraries take what is five minutes old at most, by the machine's clock.
    let clock = Clock::manual(Clock::System.now());
    let line = Line::answering(
        "webhook",
        &format!("signing_key_files = {keys:?}"),
        vec![ResponseTemplate::new(503), ResponseTemplate::new(204)],
        &clock,
    );
    let content = told::digest(25, 200);
    assert!(matches!(line.deliver(&content), Outcome::SinkLater { .. }));
    clock.advance(Duration::from_secs(9));
    assert_eq!(line.deliver(&content), Outcome::Accepted);
    let requests = line.receiver.requests();
    let [first, again] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    assert_eq!(first.body, again.body);
    assert_eq!((header(first, "webhook-id"), header(again, "webhook-id")), (ID.into(), ID.into()));
    let time = |request| header(request, "webhook-timestamp").parse::<i64>().unwrap();
    assert_eq!(time(again) - time(first), 9);
    assert_ne!(header(first, "webhook-signature"), header(again, "webhook-signature"));
    let good =
        [seen(first, OLD_KEY), seen(first, NEW_KEY), seen(again, OLD_KEY), seen(again, NEW_KEY)];
    let bad = tampered(again);
    if oracle::is_skipped() {
        return;
    }
    for judge in oracle::Language::ALL {
        for read in oracle::webhooks(judge, &good) {
            let event = &read["event"];
            assert_eq!(
                (&read["refused"], &event["id"]),
                (&Value::Null, &json!(ID)),
                "{judge:?}: {read}"
            );
            assert_eq!(event["type"], "clickwarden.digest");
            assert_eq!(event["time"], "2026-07-19T22:00:00.000Z");
            assert_eq!(event["data"]["content"], content.data);
        }
        for read in oracle::webhooks(judge, &bad) {
            assert!(read["refused"].is_string(), "{judge:?}: {read}");
        }
    }
}

/// What nobody may take for ours.
fn tampered(request: &Request) -> Vec<Value> {
    let with = |change: &dyn Fn(&mut Value)| {
        let mut seen = seen(request, NEW_KEY);
        change(&mut seen);
        seen
    };
    let body = String::from_utf8(request.body.clone()).unwrap();
    vec![
        seen(request, FOREIGN_KEY),
        with(&|seen| seen["body"] = body.replacen("contoso", "fabrikam", 1).into()),
        with(&|seen| seen["body"] = format!("{body} ").into()),
        with(&|seen| seen["headers"]["webhook-id"] = "another".into()),
        with(&|seen| seen["headers"]["webhook-timestamp"] = "1".into()),
        with(&|seen| seen["headers"]["webhook-signature"] = "v1,AAAA".into()),
    ]
}

#[test]
fn a_receiver_to_which_it_is_too_big_gets_less() {
    let line = Line::new("webhook", "");
    let content = told::digest(40, 2_000);
    let whole = line.drawn(&content);
    assert_eq!(
        (whole["data"]["content"]["rows"].as_array().unwrap().len(), &whole["data"]["left_out"]),
        (40, &json!(0))
    );
    assert_eq!(line.receiver.run(channel::deliver(&line.channel, &content, 10)), Outcome::Accepted);
    let less: Value = line.receiver.requests()[1].body_json().unwrap();
    assert_eq!(
        (less["data"]["content"]["rows"].as_array().unwrap().len(), &less["data"]["left_out"]),
        (10, &json!(30))
    );
    assert_eq!(less["id"], whole["id"]);
}

#[test]
fn the_template_of_the_readme_is_good() {
    let page = include_str!("../../docs/sinks.md");
    let (_, after) = page.split_once("```jinja\n").unwrap();
    let (template, _) = after.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "body.j2", template, 0o600);
    let line = Line::new("webhook", &format!("template_file = {path:?}"));
    let content = told::digest(2, 60);
    let body = line.drawn(&content);
    assert_eq!(body["text"], json!(content.title));
    let url = "hxxps://parcel-0[.]northwind-payroll[.]test/login/a/track/track/?…";
    assert_eq!((&body["urls"][0], body["urls"].as_array().unwrap().len()), (&json!(url), 2));
    let request = &line.receiver.requests()[0];
    assert_eq!(header(request, "content-type"), "application/json; charset=utf-8");
}
