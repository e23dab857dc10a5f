//! What each answer of a channel does to a message and its sink: the real stage on a real store,
//! against a receiver on loopback, by a clock that the test moves.

use std::sync::Arc;
use std::time::Duration;

use clickwarden::auth::SharedAuth;
use clickwarden::clock::{Clock, MINUTE, SECOND, Tick};
use clickwarden::config::Config;
use clickwarden::deliver::{Channel, ChannelContext};
use clickwarden::message::{Content, sample};
use clickwarden::outbox::{AttemptReport, DeliveryStep, Outbox, ReadySink};
use clickwarden::store::{
    AttemptResult, Delivery, MessageState, NewMessage, OutboxEntry, Priority, RetryScope, Store,
    StoreError,
};
use tokio::sync::watch;
use wiremock::ResponseTemplate;

use crate::ledger;
use crate::program::Program;
use crate::receiver::Receiver;
use crate::support::NOW;
use crate::tenants::file;

/// A store, a clock that the test moves, and sinks as an operator configures them.
pub struct Desk {
    pub program: Program,
    pub store: Store,
    pub clock: Clock,
}

impl Desk {
    /// For the tenants `names`.
    pub fn new(names: &[&str]) -> Self {
        let program = Program::of(names, "http://127.0.0.1:9");
        let store = Store::open(&program.store_path()).unwrap();
        Self { program, store, clock: Clock::manual(NOW) }
    }

    /// One more sink: `kind` at `address`, and more lines of its section.
    pub fn sink(&self, name: &str, kind: &str, address: &str, more: &str) {
        let url_file = file(&self.program.folder, &format!("url-{name}"), address, 0o600);
        self.program.configure_also(&format!(
            "[[sink]]\nname = {name:?}\ntype = {kind:?}\nurl_file = {url_file:?}\n{more}\n"
        ));
    }

    pub fn config(&self) -> Config {
        let path = self.program.folder.path().join("clickwarden.toml");
        Config::load(Some(&path), []).unwrap()
    }

    /// The stage of a sink.
    pub fn stage(&self, name: &str) -> Outbox {
        let (config, auth, sample) = (self.config(), SharedAuth::default(), sample());
        let context = ChannelContext {
            tenants: &config.tenants,
            auth: &auth,
            clock: &self.clock,
            sample: &sample,
        };
        let settings = config.sinks.iter().find(|sink| sink.name == name).unwrap().clone();
        let sink = ReadySink { channel: Channel::of(&settings, context).unwrap(), settings };
        let random = fastrand::Rng::with_seed(1);
        let (_, config) = watch::channel(Arc::new(config));
        Outbox::new(sink, self.store.clone(), self.clock.clone(), random).among(config)
    }

    /// Posts `content` to a sink.
    pub fn enqueue(&self, sink: &str, message: &str, content: &Content) {
        self.enqueue_to(sink, message, "", content);
    }

    pub fn enqueue_to(&self, sink: &str, message: &str, recipient: &str, content: &Content) {
        let delivery = Delivery {
            message: message.to_owned(),
            sink: sink.to_owned(),
            recipient: recipient.to_owned(),
        };
        let new = NewMessage { content, deliveries: &[delivery], priority: Priority::Digest };
        assert_eq!(self.store.enqueue(&new, self.clock.now()).unwrap(), 1);
    }

    /// The messages to a sink, the oldest first.
    pub fn messages(&self, sink: &str) -> Vec<OutboxEntry> {
        let mut all = self.store.read(|snapshot| snapshot.messages(None)).unwrap();
        all.retain(|message| message.sink == sink);
        all.reverse();
        all
    }

    /// A program beside moves as well, and no further than to `until`.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn after(&self, seconds: i64) -> Tick {
        self.clock.now().plus(seconds * SECOND)
    }
}

/// Steps once, which must try a message.
pub fn tried(receiver: &Receiver, stage: &mut Outbox) -> AttemptReport {
    match receiver.run(stage.step()).unwrap() {
        DeliveryStep::Attempted(tried) => tried,
        other => panic!("{other:?}"),
    }
}

fn step(receiver: &Receiver, stage: &mut Outbox) -> DeliveryStep {
    receiver.run(stage.step()).unwrap()
}

const fn idle(until: Tick) -> DeliveryStep {
    DeliveryStep::Idle { until: Some(until) }
}

fn throttled(wait: &str) -> ResponseTemplate {
    let answer = ResponseTemplate::new(429).insert_header("retry-after", wait);
    answer.insert_header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
}

#[test]
fn a_wait_that_is_named_is_kept_to_the_second_in_every_form() {
    let answers = ["7", "Sun, 06 Nov 1994 08:51:37 GMT", "3600"]
        .map(throttled)
        .into_iter()
        .chain([ResponseTemplate::new(204)]);
    let receiver = Receiver::answering(answers.collect());
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "");
    let mut stage = desk.stage("soc");
    desk.enqueue("soc", "1", &sample());
    desk.enqueue("soc", "2", &sample());
    for (count, seconds) in (1..).zip([7, 120, 3_600]) {
        let result = tried(&receiver, &mut stage).result;
        let wait = Duration::from_secs(seconds);
        assert_eq!(result, AttemptResult::Later { wait, scope: RetryScope::Sink });
        // Neither this message nor the other goes before its time.
        desk.wait(seconds - 1);
        assert_eq!(step(&receiver, &mut stage), idle(desk.after(1)));
        assert_eq!(receiver.requests().len(), count);
        desk.wait(1);
    }
    for _ in 0..2 {
        assert!(matches!(tried(&receiver, &mut stage).result, AttemptResult::Accepted { .. }));
    }
    let bodies: Vec<_> = receiver.requests().into_iter().map(|request| request.body).collect();
    assert!(bodies[..4].iter().all(|body| *body == bodies[0]), "a retry differs");
    assert_ne!(bodies[4], bodies[0]);
}

#[test]
fn what_is_too_big_goes_again_with_half_the_rows_until_it_fits() {
    let too_big = || ResponseTemplate::new(413);
    let answers = vec![too_big(), too_big(), ResponseTemplate::new(202), too_big()];
    let receiver = Receiver::answering(answers);
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "teams", &receiver.address(), "");
    let mut stage = desk.stage("soc");
    let content = crate::told::digest(8, 40);
    let whole = content.rows();
    desk.enqueue("soc", "1", &content);
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(tried(&receiver, &mut stage).result);
    }
    let rows = |result: &AttemptResult| match result {
        AttemptResult::Smaller { rows } => *rows,
        _ => 0,
    };
    assert_eq!(told.iter().map(rows).collect::<Vec<_>>(), [whole / 2, whole / 4, 0]);
    let sizes: Vec<_> = receiver.requests().iter().map(|request| request.body.len()).collect();
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
    // One that is too big without any row is given up.
    desk.enqueue("soc", "2", &sample());
    desk.wait(60);
    let last = loop {
        match tried(&receiver, &mut stage) {
            AttemptReport { result: AttemptResult::Smaller { .. }, .. } => {}
            other => break other,
        }
    };
    assert_eq!(last.result, AttemptResult::Dead);
    assert!(last.detail.starts_with("too big without any row: answered 413"), "{}", last.detail);
}

#[test]
fn a_message_that_is_refused_dies_with_the_reason_and_holds_up_no_other() {
    let refused = ResponseTemplate::new(400).set_body_string("no such field: \u{202e}x\r\ny");
    let receiver = Receiver::answering(vec![refused, ResponseTemplate::new(204)]);
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "");
    let mut stage = desk.stage("soc");
    desk.enqueue("soc", "1", &sample());
    desk.enqueue("soc", "2", &sample());
    assert_eq!(tried(&receiver, &mut stage).result, AttemptResult::Dead);
    // A notice of it, as there is no other sink, and the other message.
    for _ in 0..2 {
        assert!(matches!(tried(&receiver, &mut stage).result, AttemptResult::Accepted { .. }));
    }
    let messages = desk.messages("soc");
    assert_eq!(messages[0].state, MessageState::Dead);
    assert_eq!(messages[0].detail, "answered 400: no such field: x y");
    assert_eq!(messages[1].state, MessageState::Accepted);
}

#[test]
fn two_messages_have_the_pace_between_them() {
    let receiver = Receiver::new(ResponseTemplate::new(204));
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "pace = \"10s\"");
    let mut stage = desk.stage("soc");
    for message in ["1", "2", "3"] {
        desk.enqueue("soc", message, &sample());
    }
    for count in 1..=3 {
        assert!(matches!(tried(&receiver, &mut stage).result, AttemptResult::Accepted { .. }));
        assert_eq!(step(&receiver, &mut stage), idle(desk.after(10)));
        desk.wait(9);
        // Another process is bound by it as well.
        assert_eq!(step(&receiver, &mut desk.stage("soc")), idle(desk.after(1)));
        assert_eq!(receiver.requests().len(), count);
        desk.wait(1);
    }
}

#[test]
fn a_message_is_given_up_after_three_days_of_tries_not_of_waiting() {
    let receiver = Receiver::new(ResponseTemplate::new(503));
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "");
    let mut stage = desk.stage("soc");
    desk.enqueue("soc", "1", &sample());
    // The machine was off for a week: that is no try.
    desk.wait(7 * 86_400);
    let first = desk.clock.now();
    let (mut tries, mut last) = (0, first);
    while desk.messages("soc")[0].state != MessageState::Dead {
        match step(&receiver, &mut stage) {
            DeliveryStep::Attempted(_) => (tries, last) = (tries + 1, desk.clock.now()),
            DeliveryStep::Idle { .. } => desk.wait(600),
            DeliveryStep::Paused { why } => panic!("{why}"),
        }
        assert!(tries < 1_000);
    }
    let hours = last.since(first) / (60 * MINUTE);
    assert!((72..74).contains(&hours), "{hours}");
    assert!(desk.messages("soc")[0].detail.starts_with("given up after three days: answered 503"));
    // Whoever retries it gives it as much time again.
    desk.store.retry(&[desk.messages("soc")[0].seq], desk.clock.now()).unwrap();
    assert!(matches!(tried(&receiver, &mut stage).result, AttemptResult::Later { .. }));
}

#[test]
fn what_was_sent_is_not_sent_again_for_want_of_room_to_write_it_down() {
    let receiver = ledger::Receiver::start("HTTP/1.1 204 No Content");
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.url, "");
    let mut stage = desk.stage("soc");
    desk.enqueue("soc", "1", &sample());
    // Once the request is there, nobody else can write.
    let path = desk.program.store_path();
    let held = Arc::new(std::sync::Mutex::new(None));
    let holder = held.clone();
    receiver.ask(move |point| {
        if point == ledger::Point::Arrived {
            let db = rusqlite::Connection::open(&path).unwrap();
            db.execute_batch("BEGIN IMMEDIATE").unwrap();
            *holder.lock().unwrap() = Some(db);
        }
        true
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert!(matches!(runtime.block_on(stage.step()), Err(StoreError::Busy)));
    assert_eq!(receiver.arrived().len(), 1);
    drop(held.lock().unwrap().take());
    let DeliveryStep::Attempted(tried) = runtime.block_on(stage.step()).unwrap() else { panic!() };
    assert!(matches!(tried.result, AttemptResult::Accepted { .. }));
    assert_eq!(receiver.arrived().len(), 1);
    assert_eq!(desk.messages("soc")[0].state, MessageState::Accepted);
}

#[test]
fn one_that_cannot_be_read_back_dies_and_the_next_one_goes() {
    let receiver = Receiver::new(ResponseTemplate::new(204));
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "");
    desk.enqueue("soc", "1", &sample());
    desk.enqueue("soc", "2", &sample());
    let db = rusqlite::Connection::open(desk.program.store_path()).unwrap();
    db.execute("UPDATE content SET body = x'7b22' WHERE id = 1", []).unwrap();
    let tried = tried(&receiver, &mut desk.stage("soc"));
    assert_eq!((tried.message.as_str(), receiver.requests().len()), ("2", 1));
    let first = &desk.messages("soc")[0];
    assert_eq!(first.state, MessageState::Dead);
    assert!(first.detail.starts_with("cannot be read back"), "{}", first.detail);
}

#[test]
fn a_clock_that_is_set_back_makes_no_wait_longer() {
    let receiver = Receiver::answering(vec![throttled("3600"), ResponseTemplate::new(204)]);
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "");
    let mut stage = desk.stage("soc");
    desk.enqueue("soc", "1", &sample());
    tried(&receiver, &mut stage);
    desk.clock.set_by(-30 * 24 * 60 * MINUTE);
    assert_eq!(step(&receiver, &mut stage), idle(desk.after(3_600)));
    desk.wait(3_599);
    assert_eq!(step(&receiver, &mut stage), idle(desk.after(1)));
    desk.wait(1);
    assert!(matches!(tried(&receiver, &mut stage).result, AttemptResult::Accepted { .. }));
}
