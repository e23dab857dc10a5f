//! `check` of sinks: a line for each with what to do, and no message to anybody.

use std::io::Read as _;
use std::net::TcpListener;
use std::thread::JoinHandle;

use serde_json::json;
use wiremock::ResponseTemplate;

use crate::mail_server::{MailServer, login};
use crate::microsoft::Microsoft;
use crate::program::{Program, Ran};
use crate::tenants::file;

/// The lines about the sink.
fn lines(ran: &Ran) -> Vec<&str> {
    ran.out.lines().filter(|line| line.contains(" sink soc: ")).collect()
}

fn check(program: &Program, arguments: &[&str]) -> Ran {
    program.run(&[&["check"], arguments].concat())
}

/// A port, and what the first caller says on it before hanging up.
fn listener() -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, mut said) = (listener.accept().unwrap().0, Vec::new());
        let _ = stream.read_to_end(&mut said);
        said
    });
    (port, heard)
}

#[test]
fn chats_and_webhooks_are_reached_and_told_nothing() {
    for kind in ["teams", "slack", "webhook"] {
        let (port, heard) = listener();
        let program = Program::offline();
        let url_file = file(&program.folder, "url", &format!("http://127.0.0.1:{port}/s"), 0o600);
        program.configure_also(&format!(
            "[[sink]]\nname = \"soc\"\ntype = {kind:?}\nurl_file = {url_file:?}\n"
        ));
        let ran = check(&program, &[]);
        let words = "ok       sink soc: reach: its host answers; whether it takes messages only sink \
                     test tells";
        assert_eq!(lines(&ran)[1], words);
        assert_eq!(heard.join().unwrap(), b"");
        assert_eq!(lines(&check(&program, &["--offline"])).len(), 1);
    }
}

#[test]
fn a_host_that_is_not_reached_is_a_line() {
    for address in ["http://127.0.0.1:9/secret", "https://no-such-host.invalid/secret"] {
        let program = Program::offline();
        let url_file = file(&program.folder, "url", address, 0o600);
        program.configure_also(&format!(
            "[[sink]]\nname = \"soc\"\ntype = \"webhook\"\nurl_file = {url_file:?}\n"
        ));
        let ran = check(&program, &[]);
        let words = "failed   sink soc: reach: cannot be reached: ";
        assert!(lines(&ran)[1].starts_with(words), "{}", ran.out);
        assert_eq!(ran.code, Some(75), "{}", ran.out);
        assert!(!ran.out.contains("secret\n"), "{}", ran.out);
    }
}

#[test]
fn files_are_looked_at_offline() {
    let program = Program::offline();
    let open = file(&program.folder, "open", "https://hooks.example/x", 0o644);
    let template = file(&program.folder, "template", "{{ event.title | shout }}", 0o600);
    program.configure_also(&format!(
        "[[sink]]\nname = \"soc\"\ntype = \"webhook\"\nurl_file = {open:?}\n\
         template_file = {template:?}\n"
    ));
    let ran = check(&program, &["--offline"]);
    assert_eq!(ran.code, Some(78), "{}", ran.out);
    let [address, template] = lines(&ran)[..] else { panic!("{}", ran.out) };
    assert!(address.contains("url_file: ") && address.contains("can be read by others"));
    assert!(template.contains("template_file: ") && template.contains("filter shout is unknown"));
    let ran = check(&program, &[]);
    assert_eq!((ran.code, lines(&ran).len()), (Some(78), 2), "{}", ran.out);
}

#[test]
fn a_file_can_be_written_and_is_not() {
    let program = Program::offline();
    let path = program.folder.path().join("messages.jsonl");
    let section = |path| format!("[[sink]]\nname = \"soc\"\ntype = \"file\"\npath = {path:?}\n");
    program.configure_also(&section(path.clone()));
    let ran = check(&program, &[]);
    assert_eq!(
        lines(&ran)[1],
        format!("ok       sink soc: reach: lines can be added to {}", path.display())
    );
    assert!(!path.exists());
    let program = Program::offline();
    program.configure_also(&section(program.folder.path().to_owned()));
    let ran = check(&program, &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(lines(&ran)[1].contains("cannot add to path, "), "{}", ran.out);
    assert!(lines(&ran)[1].ends_with("it is no file"), "{}", ran.out);
}

#[test]
fn a_mail_server_is_signed_in_to_and_left() {
    let settings = json!({ "tls": "starttls", "user": "u", "password": "right" });
    let Some(server) = MailServer::start(settings) else { return };
    let to = "to = [\"ann@contoso.example\"]\n";
    for (password, line) in [
        ("right", "ok       sink soc: reach: 127.0.0.1:"),
        ("wrong", "failed   sink soc: reach: the server refuses the login of u: 535"),
    ] {
        let program = Program::offline();
        let login = login(&program, password);
        program.configure_also(&server.section(&format!("{login}{to}")));
        let ran = check(&program, &[]);
        assert!(lines(&ran)[1].starts_with(line), "{}", ran.out);
    }
    assert_eq!((server.noted("auth").len(), server.noted("quit").len()), (2, 2));
    assert!(server.noted("mail").is_empty());
}

#[test]
fn a_token_to_mail_with_is_asked_for() {
    let section = "[[sink]]\nname = \"soc\"\ntype = \"graph-mail\"\nfrom = \"a@contoso.example\"\n\
                   to = [\"ann@contoso.example\"]\n";
    for (role, line) in [
        (
            "Mail.Send",
            "ok       sink soc: reach: Entra ID gave a token with Mail.Send, to send as a@",
        ),
        (
            "User.Read",
            "warning  sink soc: reach: Entra ID gave a token, in which Mail.Send is missing",
        ),
    ] {
        let microsoft = Microsoft::new(role, vec![ResponseTemplate::new(202)]);
        let program = microsoft.program();
        program.configure_also(section);
        let ran = check(&program, &[]);
        assert!(lines(&ran)[1].starts_with(line), "{}", ran.out);
        assert!(microsoft.requests_with_mail().is_empty());
    }
    let program = Program::offline();
    program.configure_also(section);
    let ran = check(&program, &[]);
    assert!(lines(&ran)[1].starts_with("failed   sink soc: sign-in: "), "{}", ran.out);
    assert_eq!(ran.code, Some(75), "{}", ran.out);
}
