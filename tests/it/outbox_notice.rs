//! Who hears that a sink is broken or a message dead, who must not, and how a sink goes on.

use clickwarden::message::{Content, MessageKind, sample};
use clickwarden::outbox::DeliveryStep;
use clickwarden::store::{AttemptResult, ClaimResult, MessageState, OutboxEntry, Owner};
use serde_json::Value;
use wiremock::ResponseTemplate;

use crate::outbox_rules::{Desk, tried};
use crate::receiver::Receiver;

fn of(tenants: &[&str]) -> Content {
    let tenants = tenants.iter().map(|tenant| (*tenant).to_owned()).collect();
    Content { kind: MessageKind::Digest, tenants, ..sample() }
}

fn states(messages: &[OutboxEntry]) -> Vec<MessageState> {
    messages.iter().map(|message| message.state).collect()
}

#[test]
fn a_sink_that_is_gone_pauses_once_and_another_tells() {
    for status in [401, 403, 404, 410] {
        let (gone, good) = (
            Receiver::new(ResponseTemplate::new(status)),
            Receiver::new(ResponseTemplate::new(204)),
        );
        let desk = Desk::new(&["contoso"]);
        desk.sink("soc", "webhook", &gone.address(), "");
        desk.sink("chat", "webhook", &good.address(), "");
        let mut stage = desk.stage("soc");
        desk.enqueue("soc", "1", &of(&["contoso"]));
        desk.enqueue("soc", "2", &of(&["contoso"]));
        let first = tried(&gone, &mut stage);
        assert_eq!((first.result, first.noticed.as_deref()), (AttemptResult::Pause, Some("chat")));
        desk.wait(100 * 86_400);
        assert!(matches!(gone.run(stage.step()).unwrap(), DeliveryStep::Paused { .. }));
        assert_eq!(states(&desk.messages("soc")), [MessageState::Waiting; 2], "{status}");
        assert_eq!(gone.requests().len(), 1);
        // One notice, through the other.
        let mut chat = desk.stage("chat");
        tried(&good, &mut chat);
        assert_eq!(good.run(chat.step()).unwrap(), DeliveryStep::Idle { until: None });
        let body = good.body();
        assert_eq!(body["type"], "clickwarden.notice");
        let told = &body["data"]["content"];
        assert_eq!((&told["sink"], &told["state"]), (&Value::from("soc"), &Value::from("paused")));
    }
}

#[test]
fn a_notice_goes_to_no_sink_of_another_tenant() {
    let gone = Receiver::new(ResponseTemplate::new(410));
    let desk = Desk::new(&["contoso", "fabrikam"]);
    let tenants = |names: &[&str]| format!("tenants = {names:?}");
    desk.sink("soc", "webhook", &gone.address(), &tenants(&["contoso"]));
    desk.sink("theirs", "webhook", &gone.address(), &tenants(&["fabrikam"]));
    desk.sink("both", "webhook", &gone.address(), &tenants(&["fabrikam", "contoso"]));
    desk.sink("all", "webhook", &gone.address(), "shared = true");
    for (broken, through) in [
        // In the order of the configuration, but for those that may not hear of it.
        ("soc", Some("both")),
        // Its notice waits for whoever mends it; the next goes by the next.
        ("both", Some("all")),
        ("theirs", Some("all")),
        // Nobody is left.
        ("all", None),
    ] {
        desk.enqueue(broken, broken, &of(&[]));
        let tried = tried(&gone, &mut desk.stage(broken));
        assert_eq!(
            (tried.result, tried.noticed.as_deref()),
            (AttemptResult::Pause, through),
            "{broken}"
        );
    }
    assert_eq!(desk.messages("theirs").len(), 1);
    assert_eq!(desk.messages("both").len(), 2);
}

#[test]
fn a_notice_rather_goes_through_a_sink_that_works() {
    let gone = Receiver::new(ResponseTemplate::new(410));
    let later = ResponseTemplate::new(503).insert_header("retry-after", "3600");
    let busy = Receiver::new(later);
    let good = Receiver::new(ResponseTemplate::new(204));
    let desk = Desk::new(&["contoso"]);
    desk.sink("busy", "webhook", &busy.address(), "");
    desk.sink("good", "webhook", &good.address(), "pace = \"1m\"");
    for sink in ["soc", "other"] {
        desk.sink(sink, "webhook", &gone.address(), "");
    }
    for (sink, receiver) in [("busy", &busy), ("good", &good)] {
        desk.enqueue(sink, sink, &of(&[]));
        tried(receiver, &mut desk.stage(sink));
    }
    desk.enqueue("soc", "1", &of(&[]));
    assert_eq!(tried(&gone, &mut desk.stage("soc")).noticed.as_deref(), Some("good"));
    // Where none works, it waits for one that may work again.
    desk.wait(60);
    let ClaimResult::Deliver(claimed) =
        desk.store.claim_message("good", &Owner::here(), desk.clock.now()).unwrap()
    else {
        panic!()
    };
    desk.store
        .record_attempt(&claimed, &AttemptResult::Pause, "gone", None, desk.clock.now())
        .unwrap();
    desk.enqueue("other", "2", &of(&[]));
    assert_eq!(tried(&gone, &mut desk.stage("other")).noticed.as_deref(), Some("busy"));
}

#[test]
fn of_the_dead_one_notice_an_hour_and_of_dead_notices_none() {
    let (bad, good) =
        (Receiver::new(ResponseTemplate::new(422)), Receiver::new(ResponseTemplate::new(204)));
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &bad.address(), "");
    desk.sink("chat", "webhook", &good.address(), "");
    let mut stage = desk.stage("soc");
    for message in ["1", "2", "3"] {
        desk.enqueue("soc", message, &of(&[]));
        assert_eq!(tried(&bad, &mut stage).result, AttemptResult::Dead);
    }
    assert_eq!(desk.messages("chat").len(), 1);
    desk.wait(3_600);
    desk.enqueue("soc", "4", &of(&[]));
    assert_eq!(tried(&bad, &mut stage).result, AttemptResult::Dead);
    assert_eq!(desk.messages("chat").len(), 2);
    desk.wait(3_600);
    desk.enqueue("soc", "5", &Content { kind: MessageKind::Notice, ..of(&[]) });
    assert_eq!(tried(&bad, &mut stage).result, AttemptResult::Dead);
    assert_eq!(desk.messages("chat").len(), 2);
}

#[test]
fn the_only_sink_tells_of_its_own_dead() {
    let answers = vec![ResponseTemplate::new(422), ResponseTemplate::new(204)];
    let receiver = Receiver::answering(answers);
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "");
    let mut stage = desk.stage("soc");
    desk.enqueue("soc", "1", &of(&[]));
    assert_eq!(tried(&receiver, &mut stage).noticed.as_deref(), Some("soc"));
    assert!(matches!(tried(&receiver, &mut stage).result, AttemptResult::Accepted { .. }));
    let body: Value = receiver.requests()[1].body_json().unwrap();
    assert_eq!(body["data"]["content"]["why"], "answered 422");
}

#[test]
fn what_a_sink_may_no_more_hear_of_is_not_sent() {
    let receiver = Receiver::new(ResponseTemplate::new(204));
    let desk = Desk::new(&["contoso", "fabrikam"]);
    desk.sink("soc", "webhook", &receiver.address(), "tenants = [\"contoso\"]");
    let mut stage = desk.stage("soc");
    desk.enqueue("soc", "1", &of(&["contoso", "fabrikam"]));
    desk.enqueue_to("soc", "2", "somebody@else.example", &of(&["contoso"]));
    for _ in 0..3 {
        tried(&receiver, &mut stage);
    }
    let messages = desk.messages("soc");
    for (message, words) in messages.iter().zip(["may not hear of", "none of this sink's any more"])
    {
        assert_eq!(message.state, MessageState::Dead);
        assert!(message.detail.contains(words), "{}", message.detail);
    }
    // All that came is a notice of that.
    assert_eq!(receiver.requests().len(), 1);
    for request in receiver.requests() {
        let body: Value = request.body_json().unwrap();
        assert_eq!(body["type"], "clickwarden.notice");
    }
}

#[test]
fn a_sample_that_gets_through_ends_a_pause() {
    let answers = vec![ResponseTemplate::new(410), ResponseTemplate::new(204)];
    let receiver = Receiver::answering(answers);
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "");
    let mut stage = desk.stage("soc");
    desk.enqueue("soc", "1", &of(&[]));
    desk.enqueue("soc", "2", &of(&[]));
    assert_eq!(tried(&receiver, &mut stage).result, AttemptResult::Pause);
    let ran = desk.program.run(&["sink", "test", "soc"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("accepted the sample") && ran.out.contains("resumed"), "{}", ran.out);
    assert!(ran.out.contains("2 messages waiting"), "{}", ran.out);
    for _ in 0..2 {
        assert!(matches!(tried(&receiver, &mut stage).result, AttemptResult::Accepted { .. }));
    }
    // The second time there is no pause to end.
    let ran = desk.program.run(&["sink", "test", "soc"]);
    assert_eq!(ran.out, "sink soc: accepted the sample\n");
}
