//! `slack`: messages by Slack's own types and limits, and what answers mean.

use std::time::Duration;

use clickwarden::clock::{Clock, SECOND, duration_of};
use clickwarden::deliver::Outcome;
use clickwarden::message::sample;
use clickwarden::outbox::{DeliveryStep, Outbox};
use clickwarden::store::{AttemptResult, Delivery, NewMessage, Priority, RetryScope};
use serde_json::Value;
use wiremock::ResponseTemplate;

use crate::channel::{self, Line};
use crate::hostile;
use crate::oracle;
use crate::program::Program;
use crate::receiver::Receiver;
use crate::support::{NOW, place};
use crate::tenants::file;
use crate::told;

fn length(value: &Value) -> usize {
    value.as_str().unwrap().chars().count()
}

fn blocks<'m>(message: &'m Value, kind: &str) -> Vec<&'m Value> {
    let all = message["blocks"].as_array().unwrap();
    all.iter().filter(|block| block["type"] == kind).collect()
}

/// The counts and lengths of Slack's reference, which its types do not hold.
pub fn assert_within_limits(message: &Value) {
    assert!(length(&message["text"]) > 0 && length(&message["text"]) <= 3_000);
    assert!(message["blocks"].as_array().unwrap().len() <= 50);
    let texts = |block: &Value, longest: usize| {
        let length = length(&block["text"]);
        assert!(length > 0 && length <= longest, "{block}");
    };
    for block in blocks(message, "header") {
        texts(&block["text"], 150);
    }
    for block in blocks(message, "section") {
        if block.get("text").is_some() {
            texts(&block["text"], 3_000);
        }
        let fields = block["fields"].as_array().cloned().unwrap_or_default();
        assert!(fields.len() <= 10);
        for field in &fields {
            texts(field, 2_000);
        }
    }
    for block in blocks(message, "actions") {
        assert!(block["elements"].as_array().unwrap().len() <= 25);
    }
    for block in blocks(message, "context") {
        let elements = block["elements"].as_array().unwrap();
        assert!(elements.len() <= 10);
        for element in elements {
            texts(element, 3_000);
        }
    }
    let tables = blocks(message, "table");
    assert!(tables.len() <= 1);
    for table in tables {
        let rows = table["rows"].as_array().unwrap();
        assert!((2..=100).contains(&rows.len()));
        let cells: Vec<&Value> = rows.iter().flat_map(|row| row.as_array().unwrap()).collect();
        assert!(cells.iter().all(|cell| length(&cell["text"]) > 0));
        assert!(cells.iter().map(|cell| length(&cell["text"])).sum::<usize>() <= 10_000);
        assert!(rows.iter().all(|row| row.as_array().unwrap().len() <= 20));
        assert!(table["column_settings"].as_array().unwrap().len() <= 20);
    }
}

/// A workspace that refuses tables.
fn without_tables() -> Line {
    let refused = ResponseTemplate::new(400).set_body_string("invalid_blocks");
    let taken = ResponseTemplate::new(200).set_body_string("ok");
    Line::answering("slack", "", vec![refused, taken], &Clock::manual(NOW))
}

#[test]
fn messages_of_any_size_are_as_slack_wants_them() {
    let (tables, texts) = (Line::new("slack", ""), without_tables());
    let mut messages = Vec::new();
    for (urls, longest) in [(0, 40), (1, 2_000), (45, 2_000), (500, 2_000), (500, 40)] {
        let content = told::digest(urls, longest);
        let (table, text) = (tables.drawn(&content), texts.drawn(&content));
        for (message, least) in [(&table, 40), (&text, 40)] {
            assert_within_limits(message);
            let shown = message.to_string().matches("northwind").count();
            assert!(shown.min(urls) >= urls.min(least), "{urls}: {shown} are shown");
            assert_eq!(urls == 0, message.to_string().contains("No URLs"));
            assert!(!message.to_string().contains("session="), "a token is shown");
        }
        assert_eq!((blocks(&table, "table").len(), blocks(&text, "table").len()), (1, 0));
        messages.extend([table, text]);
    }
    for content in hostile::messages() {
        let (table, text) = (tables.drawn(&content), texts.drawn(&content));
        assert_within_limits(&table);
        assert_within_limits(&text);
        messages.extend([table, text]);
    }
    if !oracle::is_skipped() {
        assert_eq!(oracle::slack(&messages), [""; 0]);
    }
}

#[test]
fn the_compiler_would_have_found_a_wrong_message() {
    if oracle::is_skipped() {
        return;
    }
    let mut message = Line::new("slack", "").drawn(&sample());
    message["blocks"][0]["colour"] = "red".into();
    assert_eq!(oracle::slack(&[message]).len(), 1);
}

#[test]
fn a_workspace_that_refuses_tables_gets_text_from_then_on() {
    let line = without_tables();
    for requests in [2, 3] {
        assert_eq!(line.deliver(&told::digest(3, 80)), Outcome::Accepted);
        let came: Vec<Value> =
            line.receiver.requests().iter().map(|request| request.body_json().unwrap()).collect();
        let tables: Vec<usize> = came.iter().map(|body| blocks(body, "table").len()).collect();
        assert_eq!(tables, [1, 0, 0][..requests]);
        assert!(came[requests - 1].to_string().contains("Clicked through 13"), "{came:?}");
    }
}

#[test]
fn what_slack_answers_is_understood() {
    let answer = |status, text: &str| ResponseTemplate::new(status).set_body_string(text);
    let again = "make a new webhook for the channel and put its address into url_file";
    for (answer, outcome, words) in [
        (answer(200, "ok"), "Accepted", ""),
        (answer(400, "invalid_payload"), "Refused", "invalid_payload"),
        (answer(400, "no_text"), "Refused", "no_text"),
        (answer(403, "action_prohibited"), "Broken", again),
        (answer(400, "posting_to_general_channel_denied"), "Broken", again),
        (answer(404, "channel_not_found"), "Broken", again),
        (answer(404, "No service"), "Broken", again),
        (answer(410, "channel_is_archived"), "Broken", again),
        (answer(403, "team_disabled"), "Broken", again),
        (answer(404, ""), "Broken", "the address is gone"),
        (answer(500, "rollup_error"), "SinkLater", "rollup_error"),
    ] {
        let line = Line::answering("slack", "", vec![answer], &Clock::manual(NOW));
        let came = format!("{:?}", line.deliver(&sample()));
        assert!(came.starts_with(outcome) && came.contains(words), "{came}");
        assert_eq!(line.receiver.requests().len(), 1);
    }
    let busy = answer(429, "rate_limited").insert_header("retry-after", "30");
    let line = Line::answering("slack", "", vec![busy], &Clock::manual(NOW));
    let told = "answered 429: rate_limited".to_owned();
    let wait = Some(Duration::from_secs(30));
    assert_eq!(line.deliver(&sample()), Outcome::SinkLater { wait, detail: told });
}

#[test]
fn lines_can_be_chosen() {
    let line = Line::new("slack", "layout = \"lines\"");
    assert_eq!(blocks(&line.drawn(&told::digest(3, 80)), "table").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_room_waits_as_long_as_it_says_and_one_that_is_gone_keeps_its_messages() {
    let answer = |status, text: &str| ResponseTemplate::new(status).set_body_string(text);
    let (receiver, place, program) = tokio::task::block_in_place(|| {
        let answers = vec![
            answer(429, "rate_limited").insert_header("retry-after", "30"),
            answer(200, "ok"),
            answer(410, "channel_is_archived"),
        ];
        (Receiver::answering(answers), place(), Program::offline())
    });
    let url_file = file(&program.folder, "url", &receiver.address(), 0o600);
    let (store, clock) = (place.store.clone(), Clock::manual(NOW));
    let settings = format!("type = \"slack\"\nurl_file = {url_file:?}");
    let sink = channel::sink(&program, &settings, &clock);
    let deliveries = ["a", "b", "c"].map(|message| Delivery {
        message: message.to_owned(),
        sink: "soc".to_owned(),
        recipient: String::new(),
    });
    let message =
        NewMessage { content: &sample(), deliveries: &deliveries, priority: Priority::Digest };
    tokio::task::block_in_place(|| store.enqueue(&message, NOW)).unwrap();
    let mut stage = Outbox::new(sink, store, clock.clone(), fastrand::Rng::with_seed(1));
    let mut results = Vec::new();
    loop {
        match stage.step().await.unwrap() {
            DeliveryStep::Attempted(tried) => results.push(tried.result),
            DeliveryStep::Idle { until: Some(until) } => {
                clock.advance(duration_of(until.since(clock.now())));
            }
            DeliveryStep::Paused { why } => {
                assert!(why.contains("answered 410: channel_is_archived"), "{why}");
                break;
            }
            DeliveryStep::Idle { until: None } => panic!("nothing waits"),
        }
    }
    let wait = Duration::from_secs(30);
    let later = AttemptResult::Later { wait, scope: RetryScope::Sink };
    let accepted = AttemptResult::Accepted { pace: Duration::from_secs(1) };
    assert_eq!(results, [later, accepted, AttemptResult::Pause]);
    // Thirty seconds by its word, one by our pace.
    assert_eq!(clock.now(), NOW.plus(31 * SECOND));
    assert_eq!(tokio::task::block_in_place(|| receiver.requests()).len(), 3);
    tokio::task::block_in_place(|| drop((receiver, place)));
}
