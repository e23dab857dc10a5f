//! `sink test` of the real program, against receivers on loopback.

use std::path::PathBuf;

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::program::{Program, Ran};
use crate::receiver::Receiver;
use crate::tenants::file;

const SIGNING_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A program with the sink `soc` of a type that has an address.
fn with_sink(kind: &str, address: &str, more: &str) -> Program {
    let program = Program::offline();
    let url_file = file(&program.folder, "url", address, 0o600);
    program.configure_also(&format!(
        "[[sink]]\nname = \"soc\"\ntype = {kind:?}\nurl_file = {url_file:?}\n{more}\n"
    ));
    program
}

fn test(program: &Program) -> Ran {
    program.run(&["sink", "test", "soc"])
}

#[test]
fn a_workflow_gets_a_card_and_the_address_as_it_was_written() {
    let receiver = Receiver::new(ResponseTemplate::new(202));
    let query = "api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-b_C";
    let program = with_sink("teams", &format!("{}/w%2Fx?{query}\n", receiver.address()), "");
    let ran = test(&program);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "sink soc: accepted the sample\n"),
        "{}",
        ran.err
    );
    let request = &receiver.requests()[0];
    assert_eq!((request.url.path(), request.url.query()), ("/w%2Fx", Some(query)));
    assert!(request.headers.get("authorization").is_none());
    let body = receiver.body();
    let card = &body["attachments"][0]["content"];
    assert_eq!((&body["type"], &card["version"]), (&json!("message"), &json!("1.5")));
    // A card may break a line after a dot.
    let text = card.to_string().replace('\u{200b}', "");
    assert!(text.contains("hxxps://evil[.]example/login?…"), "{text}");
    assert!(!text.contains("0123456789"), "a token is shown: {text}");
}

#[test]
fn slack_gets_plain_text_where_it_refuses_a_table() {
    let receiver = Receiver::new(ResponseTemplate::new(400).set_body_string("invalid_blocks"));
    let program = with_sink("slack", &receiver.address(), "");
    let ran = test(&program);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("answered 400: invalid_blocks"), "{}", ran.err);
    let bodies: Vec<Value> =
        receiver.requests().iter().map(|request| request.body_json().unwrap()).collect();
    let tables = |body: &Value| {
        body["blocks"].as_array().unwrap().iter().filter(|block| block["type"] == "table").count()
    };
    assert_eq!(bodies.iter().map(tables).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn an_event_is_signed_with_every_key() {
    let receiver = Receiver::new(ResponseTemplate::new(204));
    let program = Program::offline();
    let url_file = file(&program.folder, "url", &receiver.address(), 0o600);
    let key = file(&program.folder, "key", SIGNING_KEY, 0o600);
    program.configure_also(&format!(
        "[[sink]]\nname = \"soc\"\ntype = \"webhook\"\nurl_file = {url_file:?}\n\
         signing_key_files = [{key:?}, {key:?}]\n"
    ));
    assert_eq!(test(&program).code, Some(0));
    let request = &receiver.requests()[0];
    let header = |name: &str| request.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/cloudevents+json; charset=utf-8");
    let body = receiver.body();
    assert_eq!(body["id"], json!(header("webhook-id")));
    assert_eq!(
        (&body["specversion"], &body["type"]),
        (&json!("1.0"), &json!("clickwarden.sample"))
    );
    let signature = header("webhook-signature");
    let (first, second) = signature.split_once(' ').unwrap();
    assert!(first == second && first.starts_with("v1,"), "{signature}");
}

#[test]
fn answers_have_their_exit_codes() {
    let redirect = ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:9/");
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    for (answer, code, words) in [
        (busy, 75, "answered 429"),
        (ResponseTemplate::new(503), 75, "answered 503"),
        (ResponseTemplate::new(404), 1, "the address is gone"),
        (ResponseTemplate::new(401), 1, "it refuses us"),
        (ResponseTemplate::new(422), 1, "answered 422"),
        (redirect, 1, "a redirect, which is never followed"),
    ] {
        let receiver = Receiver::new(answer);
        let ran = test(&with_sink("webhook", &receiver.address(), ""));
        assert_eq!(ran.code, Some(code), "{words}: {}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
        assert!(!ran.err.contains(&receiver.address()), "the address is shown: {}", ran.err);
        assert_eq!(receiver.requests().len(), 1);
    }
    let ran = test(&with_sink("webhook", "http://127.0.0.1:9/secret-path", ""));
    assert_eq!(ran.code, Some(75), "{}", ran.err);
    assert!(
        ran.err.contains("cannot be reached") && !ran.err.contains("secret-path"),
        "{}",
        ran.err
    );
}

#[test]
fn a_sink_is_reached_by_its_own_proxy() {
    let proxy = Receiver::new(ResponseTemplate::new(204));
    let more = format!("allow_http = true\nproxy = {:?}", proxy.address());
    let ran = test(&with_sink("webhook", "http://hooks.clickwarden.test/x?y=%2F", &more));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let url = proxy.requests()[0].url.clone();
    assert_eq!((url.path(), url.query()), ("/x", Some("y=%2F")));
    let host = proxy.requests()[0].headers.get("host").unwrap().clone();
    assert_eq!(host, "hooks.clickwarden.test");
}

#[test]
fn lines_are_added_to_a_file_that_nobody_else_reads() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::offline();
    let path = program.folder.path().join("messages.jsonl");
    program
        .configure_also(&format!("[[sink]]\nname = \"soc\"\ntype = \"file\"\npath = {path:?}\n"));
    for _ in 0..2 {
        assert_eq!(test(&program).code, Some(0));
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0]["id"] != lines[1]["id"] && lines[0]["type"] == "clickwarden.sample");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_cannot_work_is_said_before_anything_is_sent() {
    let connector = "https://contoso.webhook.office.com/webhookb2/x";
    for (kind, address, words) in [
        ("teams", connector, "an Office 365 connector, which Microsoft switched off in May 2026"),
        ("slack", "http://hooks.example/x", "is plain http: use https"),
        ("slack", "https://hooks.slack.com/triggers/x", "is the address of a Slack workflow"),
        ("slack", "hooks.example/x", "holds no address"),
        ("slack", "https://u:p@hooks.example/x", "holds a user name or password"),
        ("webhook", "", "is empty"),
    ] {
        let ran = test(&with_sink(kind, address, ""));
        assert_eq!(ran.code, Some(78), "{words}: {}", ran.err);
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
        assert!(!ran.err.contains("webhookb2"), "the address is shown: {}", ran.err);
    }
    let program = with_sink("webhook", "https://hooks.example/x", "");
    let open = file(&program.folder, "open", "https://hooks.example/x", 0o644);
    let template = file(&program.folder, "template", "{\n  {{ event.title | shout }}", 0o600);
    let folder: PathBuf = program.folder.path().to_owned();
    for (settings, words) in [
        (format!("url_file = {open:?}"), "can be read by others"),
        (format!("url_file = {folder:?}"), "is no file"),
        (
            format!("url_file = {:?}\ntemplate_file = {template:?}", folder.join("url")),
            "line 2, column 20: filter shout is unknown",
        ),
    ] {
        let program_path = folder.join("clickwarden.toml");
        let config = std::fs::read_to_string(&program_path).unwrap();
        let (before, _) = config.split_once("[[sink]]").unwrap();
        program.configure(&format!(
            "{before}[[sink]]\nname = \"soc\"\ntype = \"webhook\"\n{settings}\n"
        ));
        let ran = test(&program);
        assert_eq!(ran.code, Some(78), "{words}: {}", ran.err);
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    let ran = program.run(&["sink", "test", "sco"]);
    assert_eq!(ran.code, Some(78));
    assert!(ran.err.contains("configured are: soc"), "{}", ran.err);
}

#[test]
fn a_sink_of_several_tenants_says_whose() {
    let program = Program::of(&["contoso", "fabrikam"], "http://127.0.0.1:9");
    program.configure_also("[[sink]]\nname = \"soc\"\ntype = \"file\"\npath = \"x\"\n");
    let ran = program.run(&["config", "show"]);
    assert_eq!(ran.code, Some(78));
    assert!(ran.err.contains("sink[0].tenants: is missing, and there are several"), "{}", ran.err);
    program.configure_also("tenants = [\"fabrikam\"]\n");
    assert_eq!(program.run(&["config", "show"]).code, Some(0));
}

#[test]
fn every_type_of_sink_in_the_schema_is_known() {
    let schema: Value = serde_json::from_str(clickwarden::config::SCHEMA).unwrap();
    let types = schema["properties"]["sink"]["items"]["properties"]["type"]["enum"].clone();
    let types: Vec<String> = serde_json::from_value(types).unwrap();
    for kind in &types {
        let program = Program::offline();
        program.configure_also(&format!("[[sink]]\nname = \"soc\"\ntype = {kind:?}\n"));
        let ran = program.run(&["config", "show"]);
        assert!(ran.code == Some(78) && !ran.err.contains("no type of sink"), "{}", ran.err);
    }
    let program = Program::offline();
    program.configure_also("[[sink]]\nname = \"soc\"\ntype = \"pigeon\"\n");
    let ran = program.run(&["config", "show"]);
    let choose = ran.err.split_once("\"pigeon\" is no type of sink").unwrap().1;
    assert!(types.iter().all(|kind| choose.contains(kind.as_str())), "{choose}");
}
