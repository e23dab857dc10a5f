//! `outbox list`, `retry` and `drop` of the real program, and what `status` says of sinks.

use clickwarden::message::sample;
use clickwarden::store::MessageState;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::outbox_rules::{Desk, tried};
use crate::receiver::Receiver;

/// A sink whose first message is dead, its second accepted and its third paused.
pub fn desk() -> (Desk, Receiver) {
    let answers = [400, 204, 410, 204].map(ResponseTemplate::new);
    let receiver = Receiver::answering(answers.into());
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", &receiver.address(), "");
    // A notice of the dead one goes elsewhere, so that the sink's answers stay in order.
    desk.sink("chat", "webhook", &receiver.address(), "");
    let mut stage = desk.stage("soc");
    for message in ["a", "b", "c"] {
        desk.enqueue("soc", message, &sample());
        tried(&receiver, &mut stage);
    }
    (desk, receiver)
}

fn listed(desk: &Desk, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["outbox", "list", "--format", "json"], arguments].concat();
    desk.program.run(&arguments).json()["messages"].as_array().unwrap().clone()
}

#[test]
fn messages_are_listed_those_first_that_somebody_must_see() {
    let (desk, _receiver) = desk();
    let all = listed(&desk, &["--sink", "soc"]);
    let states: Vec<_> = all.iter().map(|one| (&one["message"], &one["state"])).collect();
    let is = |message: &str, state: &str| (json!(message), json!(state));
    let wanted = [is("a", "dead"), is("c", "waiting"), is("b", "accepted")];
    assert_eq!(states, wanted.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>());
    assert_eq!(all[0]["last_answer"], "answered 400");
    assert_eq!((&all[0]["id"], &all[0]["recipient"]), (&json!(1), &Value::Null));
    assert_eq!(listed(&desk, &["--state", "dead"]).len(), 1);
    assert_eq!(listed(&desk, &["--limit", "2"]).len(), 2);
    assert_eq!(listed(&desk, &["--sink", "nobody"]), [Value::Null; 0]);
    let table = desk.program.run(&["outbox", "list", "--limit", "1"]);
    assert!(table.out.contains("answered 400"), "{}", table.out);
    assert!(table.out.contains("… and 4 messages more"), "{}", table.out);
    let none = desk.program.run(&["outbox", "list", "--state", "sending"]);
    assert_eq!(none.out, "no message\n");
}

#[test]
fn a_dead_one_goes_again_and_a_waiting_one_can_be_dropped() {
    let (desk, receiver) = desk();
    for (arguments, code, words) in [
        (&["outbox", "retry", "1", "77"][..], 1, "no message has the number 77"),
        (&["outbox", "drop", "1", "77"], 1, "nothing was changed"),
        (&["outbox", "retry", "3"], 1, "message 3 was accepted already"),
        (&["outbox", "retry", "x"], 2, "invalid value"),
        (&["outbox", "retry"], 2, "required"),
        (&["outbox", "retry", "1", "--all"], 2, "cannot be used with"),
        (&["outbox", "drop"], 2, "required"),
    ] {
        let ran = desk.program.run(arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    assert_eq!(listed(&desk, &["--state", "dead"]).len(), 1);
    // Its sink is paused, which is said.
    let ran = desk.program.run(&["outbox", "retry", "1"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("message 1 to soc: waits, since its sink is paused"), "{}", ran.out);
    assert_eq!(desk.program.run(&["sink", "test", "soc"]).code, Some(0));
    let ran = desk.program.run(&["outbox", "drop", "4"]);
    assert!(ran.out.starts_with("message 4 to soc: dropped"), "{} {}", ran.out, ran.err);
    let mut stage = desk.stage("soc");
    desk.wait(60);
    assert_eq!(tried(&receiver, &mut stage).message, "a");
    let gone = desk.messages("soc").into_iter().find(|message| message.seq == 4);
    assert_eq!(gone, None);
    assert_eq!(desk.messages("soc")[0].state, MessageState::Accepted);
    let ran = desk.program.run(&["outbox", "retry", "--all", "--sink", "soc"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "no message was given up\n"));
}

#[test]
fn one_that_is_being_sent_is_left_alone() {
    let desk = Desk::new(&["contoso"]);
    desk.sink("soc", "webhook", "http://127.0.0.1:9", "");
    desk.enqueue("soc", "a", &sample());
    let owner = clickwarden::store::Owner::here();
    desk.store.claim_message("soc", &owner, desk.clock.now()).unwrap();
    for verb in ["retry", "drop"] {
        let ran = desk.program.run(&["outbox", verb, "1"]);
        assert_eq!(ran.code, Some(75), "{}", ran.err);
        assert!(ran.err.contains("is being sent just now"), "{}", ran.err);
    }
}

#[test]
fn without_a_store_there_is_nothing_to_look_at_and_none_is_made() {
    let program = crate::program::Program::offline();
    for arguments in [&["outbox", "list"][..], &["outbox", "retry", "1"], &["outbox", "drop", "1"]]
    {
        let ran = program.run(arguments);
        assert_eq!(ran.code, Some(78), "{}", ran.err);
        assert!(ran.err.contains("does not exist yet"), "{}", ran.err);
    }
    assert!(!program.store_path().exists());
}

#[test]
fn status_tells_of_sinks_that_need_somebody() {
    let (desk, _receiver) = desk();
    let text = desk.program.run(&["status", "--check"]);
    assert_eq!(text.code, Some(1));
    let object = desk.program.run(&["status", "--format", "json"]).json();
    let soc = object["sinks"].as_array().unwrap().iter().find(|sink| sink["name"] == "soc");
    let soc = soc.unwrap();
    assert_eq!(
        (&soc["type"], &soc["dead"], &soc["waiting"]),
        (&"webhook".into(), &1.into(), &1.into())
    );
    assert_eq!(soc["paused"]["why"], "answered 410: the address is gone");
    for words in [
        "sink soc (webhook): somebody must act",
        "answered 410: the address is gone; put it right, then run `clickwarden sink test soc`",
        "1 message was given up: `clickwarden outbox list --state dead` shows why",
        "messages   1 message waits, the oldest for",
    ] {
        assert!(text.out.contains(words), "no {words:?} in {}", text.out);
    }
    // It is gone from the configuration; its messages are not.
    let path = desk.program.folder.path().join("clickwarden.toml");
    let config =
        std::fs::read_to_string(&path).unwrap().replace("name = \"soc\"", "name = \"new\"");
    std::fs::write(&path, config).unwrap();
    let text = desk.program.run(&["status"]).out;
    assert!(text.contains("sink soc (configured no more): somebody must act"), "{text}");
    assert!(text.contains("1 message waits for a sink that is configured no more"), "{text}");
}
