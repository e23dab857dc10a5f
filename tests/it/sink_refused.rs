//! Sinks that cannot work: one clear sentence before anything is sent, and nothing goes astray.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use wiremock::ResponseTemplate;

use crate::program::{Program, Ran};
use crate::receiver::Receiver;
use crate::tenants::file;
use crate::tls::Gateway;

/// A program with the sink `soc`, a webhook, of which `more` are further settings.
fn with_webhook(address: &str, more: &str) -> Program {
    let program = Program::offline();
    let url_file = file(&program.folder, "url", address, 0o600);
    program.configure_also(&format!(
        "[[sink]]\nname = \"soc\"\ntype = \"webhook\"\nurl_file = {url_file:?}\n{more}\n"
    ));
    program
}

fn test(program: &Program) -> Ran {
    program.run(&["sink", "test", "soc"])
}

#[test]
fn a_template_that_draws_nothing_good_is_refused_with_its_place() {
    let receiver = Receiver::new(ResponseTemplate::new(204));
    for (template, words) in [
        ("{\n  \"a\": {{ event.type }\n}", "line 2, column 22: "),
        ("{% if event %}\n{}", "line 1, column 15: unexpected end of input"),
        ("{\n  {{ event.data.title | shout }}", "line 2, column 25: filter shout is unknown"),
        ("{{ event.titel }}", "line 1, column 4: `event.titel` is undefined"),
        (
            "{\"a\": {{ event.type }}",
            "what it draws is no JSON: EOF while parsing an object at line 1",
        ),
    ] {
        let program = with_webhook(&receiver.address(), "");
        let path = file(&program.folder, "body.j2", template, 0o600);
        program.configure_also(&format!("template_file = {path:?}\n"));
        let ran = test(&program);
        assert_eq!(ran.code, Some(78), "{template}: {}", ran.err);
        assert!(
            ran.err.contains(&format!("template_file: {}: {words}", path.display())),
            "{}",
            ran.err
        );
    }
    assert!(receiver.requests().is_empty());
}

#[test]
fn nothing_is_sent_where_machines_keep_their_secrets() {
    for address in [
        "https://169.254.169.254/latest/meta-data",
        "https://0xA9FEA9FE/latest",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
        "https://168.63.129.16/",
        "https://100.100.100.200/latest/meta-data",
        "https://192.0.0.192/",
        "https://[fd20:ce::254]/",
        "https://[::169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::a9fe:a9fe]/",
        "https://[2002:a9fe:a9fe::]/",
        "https://0.0.0.0/",
    ] {
        let ran = test(&with_webhook(address, "allow_http = true"));
        assert_eq!(ran.code, Some(78), "{address}: {}", ran.err);
        assert!(
            ran.err.contains("is a link-local or metadata address, to which nothing is sent"),
            "{}",
            ran.err
        );
    }
}

/// Runs a command where names are looked up in `hosts` first; `None` where that cannot be had.
fn among(hosts: &Path, command: &Command) -> Option<Ran> {
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "--map-root-user", "sh", "-c"]);
    shell.args(["mount --bind \"$0\" /etc/hosts && exec \"$@\""]).arg(hosts);
    let ran: Ran = shell.arg(command.get_program()).args(command.get_args()).output().ok()?.into();
    let inside = ran.code.is_some() && !ran.err.contains("unshare") && !ran.err.contains("mount:");
    if !inside {
        eprintln!("SKIPPED, names cannot be given other addresses here: {}", ran.err);
    }
    inside.then_some(ran)
}

#[test]
fn a_name_that_leads_to_the_metadata_service_leads_nowhere() {
    let program = with_webhook("https://hooks.clickwarden.test/secret-path", "");
    let hosts = program.folder.path().join("hosts");
    for lines in [
        "169.254.169.254 hooks.clickwarden.test\n",
        "127.0.0.1 hooks.clickwarden.test\n169.254.169.254 hooks.clickwarden.test\n",
        "fe80::1 hooks.clickwarden.test\n",
    ] {
        std::fs::write(&hosts, lines).unwrap();
        let Some(ran) = among(&hosts, &program.command(&["sink", "test", "soc"])) else { return };
        assert_eq!(ran.code, Some(75), "{lines}: {}", ran.err);
        let words =
            "sink soc: its host is a link-local or metadata address, to which nothing is sent";
        assert!(ran.err.contains(words) && !ran.err.contains("secret-path"), "{}", ran.err);
    }
}

#[test]
fn nor_does_the_name_of_a_sign_in_host() {
    let program = Program::offline();
    let path = program.folder.path().join("clickwarden.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let login = "login_url = \"https://login.clickwarden.test\"";
    program.configure(&text.replace("login_url = \"http://127.0.0.1:9\"", login));
    let hosts = program.folder.path().join("hosts");
    std::fs::write(&hosts, "64:ff9b::a9fe:a9fe login.clickwarden.test\n").unwrap();
    let Some(ran) = among(&hosts, &program.command(&["check"])) else { return };
    let words = "its host is a link-local or metadata address, to which nothing is sent";
    assert!(ran.out.contains(words), "{}", ran.out);
}

#[test]
fn a_redirect_leads_nowhere() {
    let other = Receiver::new(ResponseTemplate::new(200));
    for status in [301, 302, 303, 307, 308] {
        let there = ResponseTemplate::new(status).insert_header("location", other.address());
        let receiver = Receiver::new(there);
        let ran = test(&with_webhook(&receiver.address(), ""));
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(
            ran.err.contains("a redirect, which is never followed; correct the address"),
            "{}",
            ran.err
        );
        assert_eq!(receiver.requests().len(), 1);
    }
    assert!(other.requests().is_empty());
}

#[test]
fn what_is_no_file_gets_no_lines() {
    let program = Program::offline();
    let folder = program.folder.path().to_owned();
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(made.unwrap().success());
    for name in ["pipe", ""] {
        let path = folder.join(name);
        let program = Program::offline();
        program.configure_also(&format!(
            "[[sink]]\nname = \"soc\"\ntype = \"file\"\npath = {path:?}\n"
        ));
        let ran = test(&program);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("it is no file"), "{}", ran.err);
    }
    let program = Program::offline();
    program.configure_also(&format!(
        "[[sink]]\nname = \"soc\"\ntype = \"file\"\npath = {:?}\n",
        folder.join("a/b")
    ));
    let ran = test(&program);
    assert_eq!(ran.code, Some(75), "{}", ran.err);
    assert!(ran.err.contains("cannot add to path"), "{}", ran.err);
}

#[test]
fn a_line_that_was_cut_short_stays_a_line_of_its_own() {
    let program = Program::offline();
    let path = file(&program.folder, "messages.jsonl", "{\"whole\": 1}\n{\"cut\": ", 0o600);
    program
        .configure_also(&format!("[[sink]]\nname = \"soc\"\ntype = \"file\"\npath = {path:?}\n"));
    for _ in 0..2 {
        assert_eq!(test(&program).code, Some(0));
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let good: Vec<bool> =
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).collect();
    assert_eq!(good, [true, false, true, true], "{text}");
}

#[test]
fn the_daemon_says_all_that_is_wrong_with_its_sinks_and_does_not_start() {
    let program = Program::offline();
    let connector = "https://contoso.webhook.office.com/webhookb2/secret-path";
    let sinks = [
        ("teams", "teams", connector),
        ("empty", "slack", "\n"),
        ("metadata", "webhook", "https://169.254.169.254/secret-path"),
        ("template", "webhook", "https://hooks.example/secret-path"),
    ]
    .map(|(name, kind, address)| {
        let url_file = file(&program.folder, name, address, 0o600);
        format!("[[sink]]\nname = {name:?}\ntype = {kind:?}\nurl_file = {url_file:?}\n")
    });
    let sinks = sinks.concat();
    let template = file(&program.folder, "body.j2", "{{ event.type | shout }}", 0o600);
    program.configure_also(&format!("{sinks}template_file = {template:?}\n"));
    let ran = program.run(&["run"]);
    assert_eq!(ran.code, Some(78), "{}", ran.err);
    for words in [
        "sink teams: url_file: ",
        "Microsoft switched off in May 2026",
        "sink empty: url_file: ",
        "sink metadata: url_file: ",
        "sink template: template_file: ",
        "line 1, column 17: filter shout is unknown",
    ] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert!(!ran.err.contains("secret-path"), "{}", ran.err);
}

#[test]
fn an_answer_that_repeats_the_address_does_not_give_it_away() {
    let (path, query) = ("/services/T0/canary-0123456789-path", "sig=canary%2Bquery&v=1");
    for status in [400, 404, 429, 500, 302] {
        let echo = format!("cannot POST {path}?{query}, sig=canary+query");
        let receiver = Receiver::new(ResponseTemplate::new(status).set_body_string(echo));
        for kind in ["teams", "slack", "webhook"] {
            let program = Program::offline();
            let address = format!("{}{path}?{query}", receiver.address());
            let url_file = file(&program.folder, "url", &address, 0o600);
            program.configure_also(&format!(
                "[[sink]]\nname = \"soc\"\ntype = {kind:?}\nurl_file = {url_file:?}\n"
            ));
            let ran = program.run(&["-vv", "sink", "test", "soc"]);
            assert!(ran.err.contains(&format!("answered {status}")), "{}", ran.err);
            assert!(!(ran.out + &ran.err).contains("canary"), "{kind}, {status}");
        }
    }
}

#[test]
fn a_certificate_that_does_not_verify_gets_nothing() {
    let receiver = Receiver::new(ResponseTemplate::new(204));
    let gateway = |name| receiver.run(Gateway::start(&receiver.address(), name));
    let (own, others) = (gateway("127.0.0.1"), gateway("other.test"));
    for (gateway, trusted, words) in [
        (&own, None, "invalid peer certificate: UnknownIssuer (ca_file can name a gateway's)"),
        (&own, Some(&others), "invalid peer certificate: "),
        (&others, Some(&others), "invalid peer certificate: certificate not valid for name"),
    ] {
        let program = with_webhook(&format!("{}/secret-path", gateway.url), "");
        if let Some(trusted) = trusted {
            let ca_file = file(&program.folder, "ca.pem", &trusted.authority, 0o644);
            program.configure_also(&format!("ca_file = {ca_file:?}\n"));
        }
        let ran = test(&program);
        assert_eq!(ran.code, Some(75), "{}", ran.err);
        let said = format!("sink soc: cannot be reached: {words}");
        assert!(ran.err.contains(&said) && !ran.err.contains("secret-path"), "{}", ran.err);
        assert_eq!(gateway.heard.load(Ordering::SeqCst), 0);
    }
    assert!(receiver.requests().is_empty());
    let program = with_webhook(&own.url, "");
    let ca_file = file(&program.folder, "ca.pem", &own.authority, 0o644);
    program.configure_also(&format!("ca_file = {ca_file:?}\n"));
    assert_eq!(test(&program).code, Some(0));
}
