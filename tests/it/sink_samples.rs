//! `sink test --alert` and `--digest`: samples that look like the real thing, and say TEST.

use clickwarden::click::Text;
use clickwarden::clock::MINUTE;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::alerting::{Post, SOC, monday, through};
use crate::cli_report::to_file;
use crate::hostile_chat::assert_card_dead;
use crate::program::Program;
use crate::receiver::Receiver;
use crate::tenants::file;
use crate::told;

fn keys(value: &Value) -> Vec<String> {
    let keys = value.as_object().unwrap().keys().filter(|key| *key != "test");
    keys.cloned().collect()
}

/// What a sink that is a file gets of `sink test` with a flag.
fn event(flag: &str) -> Value {
    let program = Program::offline();
    let path = to_file(&program);
    let ran = program.run(&["sink", "test", "siem", flag]);
    let said = "sink siem: accepted the sample\n";
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), said), "{}", ran.err);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_sample_alert_is_a_real_one_that_says_test() {
    let event = event("--alert");
    assert_eq!(event["type"], "clickwarden.alert");
    let title = "TEST: High: jane[.]doe clicked past a block on login-portal[.]example";
    assert_eq!(
        (&event["data"]["title"], &event["data"]["content"]["test"]),
        (&json!(title), &json!(true))
    );
    let mut post = Post::new(&["contoso"], SOC);
    let row = through(monday().plus(-MINUTE), "ann", "https://evil.example/", "ClickBlocked");
    post.bring("contoso", &[row.with(Text::ThreatTypes, "Phish")]);
    post.settle();
    let real = &post.posted()[0].content.data;
    let sample = &event["data"]["content"];
    assert_eq!(keys(sample), keys(real));
    assert_eq!(keys(&sample["alerts"][0]), keys(&real["alerts"][0]));
    assert_eq!(sample["alerts"][0]["Id"], 0, "no command means a real one");
}

#[test]
fn a_sample_digest_is_a_real_one_that_says_test() {
    let event = event("--digest");
    assert_eq!(event["type"], "clickwarden.digest");
    let title = "TEST: clickwarden daily: jane[.]doe at risk; 25 of 1,234 clicks blocked";
    assert_eq!(
        (&event["data"]["title"], &event["data"]["content"]["test"]),
        (&json!(title), &json!(true))
    );
    let sample = &event["data"]["content"];
    let real = told::real().data;
    assert_eq!(keys(sample), keys(&real));
    for table in ["rows", "users_at_risk"] {
        assert_eq!(keys(&sample[table][0]), keys(&real[table][0]), "{table}");
    }
}

#[test]
fn people_read_that_it_is_a_test_and_that_nobody_clicked() {
    for flag in ["--alert", "--digest"] {
        let receiver = Receiver::new(ResponseTemplate::new(202));
        let program = Program::offline();
        let url_file = file(&program.folder, "url", &receiver.address(), 0o600);
        program.configure_also(&format!(
            "[[sink]]\nname = \"soc\"\ntype = \"teams\"\nurl_file = {url_file:?}\n"
        ));
        let ran = program.run(&["sink", "test", "soc", flag]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let body = receiver.body().to_string();
        let body = body.replace("/v2/advanced-hunting?tid=", "").replace(GUID, "");
        assert_card_dead(&serde_json::from_str(&body.replace("/v2/advanced-hunting", "")).unwrap());
        assert!(
            body.contains("This is a TEST with invented clicks. Nobody clicked anything"),
            "{body}"
        );
        assert!(body.contains("jane[.]doe"), "{body}");
    }
    let both = Program::offline().run(&["sink", "test", "soc", "--alert", "--digest"]);
    assert_eq!(both.code, Some(2), "{}", both.err);
}

const GUID: &str = crate::config::GUID;
