//! Mail through the outbox: what is put off is sent again as it was, what is too big gets smaller.

use std::time::Duration;

use clickwarden::clock::{Clock, MINUTE, duration_of};
use clickwarden::message::{Block, Content, Value as Shown, sample};
use clickwarden::outbox::{AttemptReport, DeliveryStep, Outbox};
use clickwarden::store::{AttemptResult, Delivery, NewMessage, Priority, RetryScope, Store};
use serde_json::{Value, json};

use crate::channel;
use crate::mail_server::MailServer;
use crate::program::Program;
use crate::support::{NOW, place};

const THREE: [&str; 3] = ["ann@contoso.example", "bob@contoso.example", "eve@contoso.example"];
/// More than any of these tests needs.
const MOST_STEPS: usize = 40;

/// The stage of a sink that mails to `server`.
fn stage(server: &MailServer, store: &Store, clock: &Clock) -> Outbox {
    let program = Program::offline();
    let settings = server.settings(&format!("to = {THREE:?}"));
    let sink = channel::sink(&program, &settings, clock);
    Outbox::new(sink, store.clone(), clock.clone(), fastrand::Rng::with_seed(1))
}

/// A message to each of `recipients`.
fn enqueue(store: &Store, content: &Content, recipients: &[&str]) {
    let delivery = |recipient: &&str| Delivery {
        message: channel::ID.to_owned(),
        sink: "soc".to_owned(),
        recipient: (*recipient).to_owned(),
    };
    let deliveries: Vec<Delivery> = recipients.iter().map(delivery).collect();
    store
        .enqueue(&NewMessage { content, deliveries: &deliveries, priority: Priority::Digest }, NOW)
        .unwrap();
}

/// Steps until nothing is left to do; what was tried.
async fn run(stage: &mut Outbox, clock: &Clock) -> Vec<AttemptResult> {
    let mut tried = Vec::new();
    for _ in 0..MOST_STEPS {
        match stage.step().await.unwrap() {
            DeliveryStep::Attempted(AttemptReport { result, .. }) => tried.push(result),
            DeliveryStep::Idle { until: Some(until) } => {
                clock.advance(duration_of(until.since(clock.now())));
            }
            DeliveryStep::Idle { until: None } | DeliveryStep::Paused { .. } => return tried,
        }
    }
    panic!("it never ends: {tried:?}");
}

/// Posts a message to `recipients` at a server with `settings`, and runs to the end.
async fn delivered(
    settings: Value,
    content: Content,
    recipients: &[&str],
) -> Option<(MailServer, Vec<AttemptResult>)> {
    let server = tokio::task::block_in_place(|| MailServer::start(settings))?;
    let (place, clock) = (tokio::task::block_in_place(place), Clock::manual(NOW));
    tokio::task::block_in_place(|| enqueue(&place.store, &content, recipients));
    let mut stage = stage(&server, &place.store, &clock);
    let tried = run(&mut stage, &clock).await;
    Some((server, tried))
}

const ACCEPTED: AttemptResult = AttemptResult::Accepted { pace: Duration::from_secs(2) };

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_put_off_is_sent_again_byte_for_byte() {
    for first in ["451 4.7.1 Greylisted", "cut"] {
        let settings = json!({ "tls": "starttls", "data": [first] });
        let Some((server, tried)) = delivered(settings, sample(), &THREE[..1]).await else {
            return;
        };
        assert!(
            matches!(tried[0], AttemptResult::Later { .. }) && tried[1] == ACCEPTED,
            "{tried:?}"
        );
        let sent = server.noted("data");
        assert_eq!((tried.len(), sent.len()), (2, 2));
        assert_eq!(sent[0]["sha256"], sent[1]["sha256"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_off_or_refused_holds_up_no_other() {
    let rcpt = json!({
        "ann@contoso.example": ["450 4.2.0 Later"], "bob@contoso.example": ["550 5.1.1 No such user"],
    });
    let settings = json!({ "tls": "starttls", "rcpt": rcpt });
    let Some((server, tried)) = delivered(settings, sample(), &THREE).await else { return };
    let [
        AttemptResult::Later { scope: RetryScope::Message, .. },
        AttemptResult::Dead,
        third,
        fourth,
    ] = &tried[..]
    else {
        panic!("{tried:?}")
    };
    assert_eq!([third, fourth], [&ACCEPTED; 2]);
    let sent = server.noted("data");
    let to: Vec<&Value> = sent.iter().map(|data| &data["to"]).collect();
    assert_eq!(to, [&json!([THREE[2]]), &json!([THREE[0]])]);
    assert_eq!(sent[0]["sha256"], sent[1]["sha256"], "the same mail, the same id");
}

/// The sample with a table of 40 rows.
fn long() -> Content {
    let mut content = sample();
    for block in &mut content.blocks {
        if let Block::Table(table) = block {
            let row = table.rows[0].clone();
            table.rows = (0..40).map(|_| row.clone()).collect();
            table.rows[39][0] = Shown::Url("https://last.example/".to_owned());
        }
    }
    content
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_too_big_is_sent_with_fewer_rows_and_without_its_file() {
    let settings = json!({ "tls": "starttls", "data": ["552 5.3.4 Message too big"] });
    let Some((server, tried)) = delivered(settings, long(), &THREE[..1]).await else { return };
    assert_eq!(tried, [AttemptResult::Smaller { rows: 20 }, ACCEPTED]);
    let mail = &server.parsed()[0];
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("… and 23 more URLs") && !text.contains("last[.]example"), "{text}");
    assert!(
        text.contains("Note: The attached file is left out, for the mail was too big with it.")
    );
    assert_eq!((&mail["csv"], &mail["tree"][0]), (&Value::Null, &json!("multipart/alternative")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_us_pauses_the_sink_and_keeps_the_mail() {
    for settings in [
        json!({ "tls": "starttls", "mail": ["550 5.7.1 Not as this sender"] }),
        json!({ "tls": "starttls", "user": "u", "password": "p" }),
    ] {
        let Some((server, tried)) = delivered(settings, sample(), &THREE).await else { return };
        assert_eq!((tried, server.noted("data").len()), (vec![AttemptResult::Pause], 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_busy_makes_the_whole_sink_wait() {
    let settings = json!({ "tls": "starttls", "greeting": ["421 4.3.2 Too many connections"] });
    let Some((server, tried)) = delivered(settings, sample(), &THREE).await else { return };
    let AttemptResult::Later { wait, scope: RetryScope::Sink } = &tried[0] else {
        panic!("{tried:?}")
    };
    assert!(clickwarden::clock::ticks_of(*wait) <= 15 * MINUTE);
    assert_eq!((&tried[1..], server.mails().len()), (&[ACCEPTED; 3][..], 3));
}
