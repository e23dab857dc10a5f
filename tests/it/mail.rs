//! Mail over SMTP to a real server: what it takes, what it refuses, and what becomes of it.

use std::fs;

use serde_json::{Value, json};

use crate::mail_server::{MailServer, login, sink_test};
use crate::program::Program;
use crate::tenants::file;

const TO: &str = "to = [\"ann@contoso.example\"]\n";
const THREE: &str =
    "to = [\"ann@contoso.example\", \"bob@contoso.example\", \"eve@contoso.example\"]\n";

/// A program that mails to the server as `u` with `password`.
fn signed_in(server: &MailServer, password: &str, more: &str) -> Program {
    let program = Program::offline();
    let login = login(&program, password);
    program.configure_also(&server.section(&format!("{login}{more}")));
    program
}

#[test]
fn a_mail_is_taken_over_starttls_and_tls_after_a_login() {
    for (tls, mechanism) in [("starttls", "PLAIN"), ("implicit", "PLAIN")] {
        let settings = json!({ "tls": tls, "user": "u", "password": "canary-p w" });
        let Some(server) = MailServer::start(settings) else { return };
        let program = signed_in(&server, "canary-p w\n", &format!("tls = {tls:?}\n{TO}"));
        let ran = sink_test(&program);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{tls}");
        assert_eq!(ran.out, "sink soc, ann@contoso.example: accepted the sample\n");
        let login = &server.noted("auth")[0];
        assert_eq!((&login["mechanism"], &login["taken"]), (&json!(mechanism), &json!(true)));
        assert!(login["tls"].as_str().unwrap().starts_with("TLSv1."), "{login}");
        assert_eq!(server.noted("mail")[0]["address"], "clicks@contoso.example");
        assert_eq!((server.mails().len(), server.noted("quit").len()), (1, 1));
    }
}

#[test]
fn the_password_is_in_no_output_even_when_everything_is_told() {
    let settings = json!({ "tls": "starttls", "user": "u", "password": "canary-right" });
    let Some(server) = MailServer::start(settings) else { return };
    for (password, code) in [("canary-right", 0), ("canary-wrong", 1)] {
        let program = signed_in(&server, password, TO);
        for command in [&["-vvv", "sink", "test", "soc"][..], &["-vvv", "check"]] {
            let ran = program.run(command);
            assert!(command[1] == "check" || ran.code == Some(code), "{}", ran.err);
            // As AUTH PLAIN sends it, too.
            for trace in ["canary", "AHUAY2FuYXJ5"] {
                assert!(!ran.out.contains(trace) && !ran.err.contains(trace), "{}", ran.err);
            }
        }
    }
}

#[test]
fn a_server_on_this_machine_may_do_without() {
    let Some(server) = MailServer::start(json!({ "tls": "none" })) else { return };
    let program = server.program(&format!("tls = \"none\"\n{TO}"));
    assert_eq!(sink_test(&program).code, Some(0));
    assert_eq!(server.noted("data")[0]["tls"], Value::Null);
}

#[test]
fn a_wrong_password_is_said_with_its_file() {
    let settings = json!({ "tls": "starttls", "user": "u", "password": "right" });
    let Some(server) = MailServer::start(settings) else { return };
    let program = signed_in(&server, "canary-wrong", TO);
    let ran = sink_test(&program);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let words = "the server refuses the login of u: 535 5.7.8 Authentication credentials invalid; \
                 correct username, or the password in ";
    assert!(ran.err.contains(words) && !ran.err.contains("canary"), "{}", ran.err);
    assert_eq!((server.noted("mail").len(), server.noted("quit").len()), (0, 1));
    // Without a login at all.
    let ran = sink_test(&server.program(TO));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let words = "the server refuses the sender clicks@contoso.example: 530 5.7.0 Authentication \
                 required; set username with password_file, or with oauth = true";
    assert!(ran.err.contains(words), "{}", ran.err);
}

#[test]
fn nothing_is_said_to_a_server_that_cannot_prove_its_name() {
    for tls in ["starttls", "implicit"] {
        let settings = json!({ "tls": tls, "user": "u", "password": "p" });
        let Some(server) = MailServer::start(settings) else { return };
        let program = signed_in(&server, "p", &format!("tls = {tls:?}\n{TO}"));
        let config = program.folder.path().join("clickwarden.toml");
        let text = fs::read_to_string(&config).unwrap();
        let without = text.replace(&format!("ca_file = {:?}\n", server.authority()), "");
        program.configure(&without);
        let ran = sink_test(&program);
        assert_eq!(ran.code, Some(75), "{}", ran.err);
        let words = "TLS with 127.0.0.1 fails: invalid peer certificate: UnknownIssuer; ca_file can \
                     name the certificate that issued the server's";
        assert!(ran.err.contains(words), "{}", ran.err);
        // Its certificate is for another name.
        program.configure(&text.replace("127.0.0.1\"\nport", "localhost\"\nport"));
        let ran = sink_test(&program);
        assert_eq!(ran.code, Some(75), "{}", ran.err);
        assert!(ran.err.contains("TLS with localhost fails: "), "{}", ran.err);
        assert!(ran.err.contains("not valid for name"), "{}", ran.err);
        assert!(server.noted("auth").is_empty() && server.noted("mail").is_empty());
    }
}

#[test]
fn a_server_without_tls_gets_nothing() {
    let Some(server) = MailServer::start(json!({ "tls": "none" })) else { return };
    let ran = sink_test(&server.program(TO));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let words = "the server offers no STARTTLS: set tls = \"implicit\" and its port";
    assert!(ran.err.contains(words), "{}", ran.err);
    let ran = sink_test(&server.program(&format!("tls = \"implicit\"\n{TO}")));
    assert_eq!(ran.code, Some(75), "{}", ran.err);
    assert!(ran.err.contains("wants tls = \"starttls\", it seems"), "{}", ran.err);
    assert!(server.noted("mail").is_empty());
}

#[test]
fn one_who_is_refused_holds_up_no_other() {
    let refused = "550 5.1.1 No such user here";
    let settings = json!({ "tls": "starttls", "rcpt": { "bob@contoso.example": [refused] } });
    let Some(server) = MailServer::start(settings) else { return };
    let ran = sink_test(&server.program(THREE));
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("soc, bob@contoso.example: the server refuses the recipient: 550 5.1.1")
    );
    assert_eq!(ran.out.matches("accepted the sample").count(), 2, "{}", ran.out);
    let mails: Vec<Vec<u8>> = server.mails().iter().map(|path| fs::read(path).unwrap()).collect();
    assert_eq!(mails.len(), 2);
    assert!(mails[0] == mails[1], "both get the same bytes");
    let to: Vec<Value> = server.noted("data").iter().map(|data| data["to"].clone()).collect();
    assert_eq!(to, [json!(["ann@contoso.example"]), json!(["eve@contoso.example"])]);
    let parsed = &server.parsed()[0];
    assert_eq!(parsed["recipients"].as_array().unwrap().len(), 3, "all are named");
}

#[test]
fn each_refusal_has_its_sentence_and_its_exit_code() {
    let cut = "the connection broke off: ";
    for (settings, code, words) in [
        (json!({ "greeting": ["554 No service"] }), 1, "refuses our connection: 554 No service"),
        (json!({ "greeting": ["421 Too busy"] }), 75, "puts our connection off: 421 Too busy"),
        (
            json!({ "mail": ["550 5.7.1 Not you"] }),
            1,
            "refuses the sender clicks@contoso.example: 550 5.7.1 Not you; set from to an address",
        ),
        (json!({ "mail": ["452 4.3.1 Full"] }), 75, "puts the sender clicks@contoso.example off"),
        (
            json!({ "rcpt": { "ann@contoso.example": ["451 4.7.1 Greylisted"] } }),
            75,
            "puts the recipient off: 451 4.7.1 Greylisted",
        ),
        (json!({ "data": ["451 4.3.0 Later"] }), 75, "puts the mail off: 451 4.3.0 Later"),
        (json!({ "data": ["552 5.3.4 Too big"] }), 1, "refuses the mail: 552 5.3.4 Too big"),
        (json!({ "data": ["554 5.6.0 No"] }), 1, "refuses the mail: 554 5.6.0 No"),
        (
            json!({ "data": ["554 5.2.252 SendAsDenied; not allowed to send as"] }),
            1,
            "set from to an address as which this login may write",
        ),
        (json!({ "data": ["cut"] }), 75, cut),
    ] {
        let mut settings = settings;
        settings["tls"] = json!("starttls");
        let Some(server) = MailServer::start(settings) else { return };
        let ran = sink_test(&server.program(TO));
        assert_eq!(ran.code, Some(code), "{words}: {}", ran.err);
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
}

#[test]
fn nobody_answers_or_the_name_leads_elsewhere() {
    let program = Program::offline();
    for (host, code, words) in [
        ("127.0.0.1", 75, "cannot be reached: "),
        ("no-such-host.invalid", 75, "cannot find no-such-host.invalid: "),
        ("169.254.169.254", 1, "a link-local or metadata address"),
    ] {
        let config = format!(
            "[[sink]]\nname = \"soc\"\ntype = \"email\"\nhost = {host:?}\nport = 9\n\
             from = \"a@b.example\"\n{TO}"
        );
        let text = fs::read_to_string(program.folder.path().join("clickwarden.toml")).unwrap();
        let (before, _) = text.split_once("[[sink]]").unwrap_or((&text, ""));
        program.configure(&format!("{before}{config}"));
        let ran = sink_test(&program);
        assert_eq!(ran.code, Some(code), "{}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[test]
fn what_cannot_work_is_said_before_anything_is_sent() {
    let program = Program::offline();
    let open = file(&program.folder, "open", "password", 0o644);
    let empty = file(&program.folder, "empty.pem", "", 0o644);
    let base = fs::read_to_string(program.folder.path().join("clickwarden.toml")).unwrap();
    for (settings, words) in [
        (format!("username = \"u\"\npassword_file = {open:?}"), "can be read by others"),
        ("username = \"u\"".to_owned(), "sink[0].password_file: is missing"),
        ("oauth = true".to_owned(), "sink[0].username: is missing"),
        (format!("ca_file = {empty:?}"), "no certificate in it"),
        ("proxy = \"http://127.0.0.1:9\"".to_owned(), "sink[0].proxy: is set, but SMTP goes"),
        ("to = [\"Ann <ann@bücher.example>\"]".to_owned(), "sink[0].to[0]: is no address of mail"),
        ("to = [\"a@b.example\\r\\nBcc: c@d.example\"]".to_owned(), "is no address of mail"),
        ("to = [\"A\\r\\nB <a@b.example>\"]".to_owned(), "is no address of mail"),
    ] {
        let to = if settings.starts_with("to") { "" } else { TO };
        program.configure(&format!(
            "{base}[[sink]]\nname = \"soc\"\ntype = \"email\"\nhost = \"127.0.0.1\"\nport = 9\n\
             from = \"a@b.example\"\n{settings}\n{to}"
        ));
        let ran = sink_test(&program);
        assert_eq!(ran.code, Some(78), "{words}: {}", ran.err);
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
}
