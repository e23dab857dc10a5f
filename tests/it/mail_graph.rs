//! Mail as an app of a tenant: through Graph, and over SMTP with a token.

use std::fs;

use clickwarden::clock::Clock;
use clickwarden::deliver::Outcome;
use clickwarden::message::{Attachment, Content, sample};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::channel;
use crate::mail_server::{MailServer, sink_test};
use crate::microsoft::{Microsoft, token};
use crate::oracle;
use crate::program::Program;
use crate::support::NOW;

const GRAPH: &str = "type = \"graph-mail\"\nfrom = \"Clickwarden <clicks@contoso.example>\"\n\
                     to = [\"ann@contoso.example\", \"bob@contoso.example\"]";

fn taken() -> ResponseTemplate {
    ResponseTemplate::new(202)
}

/// A refusal as Graph writes it.
fn refused(status: u16, code: &str, message: &str) -> ResponseTemplate {
    let inner =
        json!({ "date": "2026-11-23T10:00:00", "request-id": "0", "client-request-id": "0" });
    let error = json!({ "error": { "code": code, "message": message, "innerError": inner } });
    ResponseTemplate::new(status).set_body_json(error)
}

fn with_graph_mail(microsoft: &Microsoft) -> Program {
    let program = microsoft.program();
    program.configure_also(&format!("[[sink]]\nname = \"soc\"\n{GRAPH}\n"));
    program
}

#[test]
fn graph_takes_one_mime_message_for_everybody() {
    let microsoft = Microsoft::new("Mail.Send", vec![taken()]);
    let ran = sink_test(&with_graph_mail(&microsoft));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(ran.out, "sink soc: accepted the sample\n");
    let requests = microsoft.requests_with_mail();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].url.path(), "/v1.0/users/clicks@contoso.example/sendMail");
    let header = |name: &str| requests[0].headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/plain");
    assert_eq!(header("authorization"), format!("Bearer {}", token(1, "Mail.Send")));
    assert!(microsoft.asked()[0].contains("graph.microsoft.com%2F.default"));
    if oracle::is_skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.eml");
    fs::write(&path, &microsoft.mails()[0]).unwrap();
    let mail = &oracle::mails(&[path])[0];
    assert_eq!(mail["recipients"], json!(["ann@contoso.example", "bob@contoso.example"]));
    assert_eq!(mail["defects"], json!([]));
}

#[test]
fn graph_gets_a_new_token_once() {
    let expired = || refused(401, "InvalidAuthenticationToken", "Lifetime validation failed");
    let microsoft = Microsoft::new("Mail.Send", vec![expired(), taken()]);
    assert_eq!(sink_test(&with_graph_mail(&microsoft)).code, Some(0));
    assert_eq!((microsoft.sign_ins(), microsoft.requests_with_mail().len()), (2, 2));
    let microsoft = Microsoft::new("Mail.Send", vec![expired()]);
    let ran = sink_test(&with_graph_mail(&microsoft));
    assert_eq!(ran.code, Some(1));
    let words =
        "answered 401: InvalidAuthenticationToken: Lifetime validation failed: Graph takes no";
    assert!(ran.err.contains(words) && !ran.err.contains("canary"), "{}", ran.err);
    assert_eq!((microsoft.sign_ins(), microsoft.requests_with_mail().len()), (2, 2));
}

#[test]
fn graphs_refusals_say_what_to_do() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "60");
    for (answer, code, words) in [
        (
            refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
            1,
            "answered 403: ErrorAccessDenied: Access is denied. Check credentials and try again.: the \
             app may not send as clicks@contoso.example; let it into this mailbox alone with RBAC for \
             Applications in Exchange (the role \"Application Mail.Send\"), or into every one: add the \
             application permission Mail.Send of Microsoft Graph to app",
        ),
        (
            refused(404, "ErrorInvalidUser", "The requested user is invalid."),
            1,
            "there is no mailbox clicks@contoso.example; correct from",
        ),
        (refused(413, "RequestEntityTooLarge", "Too large."), 1, "answered 413"),
        (refused(400, "ErrorInvalidRecipients", "At least one recipient."), 1, "InvalidRecipients"),
        (busy, 75, "answered 429"),
        (refused(503, "ServiceUnavailable", "Try again."), 75, "answered 503"),
    ] {
        let microsoft = Microsoft::new("Mail.Send", vec![answer]);
        let ran = sink_test(&with_graph_mail(&microsoft));
        assert_eq!(ran.code, Some(code), "{words}: {}", ran.err);
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
}

/// The sample with a file of so many bytes.
fn with_file(bytes: usize) -> Content {
    let line = "\"hxxps://evil[.]example/login\",\"2\"\r\n";
    let csv = line.repeat(bytes / line.len());
    Content { attachment: Some(Attachment { name: "urls.csv".to_owned(), csv }), ..sample() }
}

#[test]
fn the_largest_file_fits_graph_and_a_larger_one_is_left_out() {
    let microsoft = Microsoft::new("Mail.Send", vec![taken()]);
    let program = microsoft.program();
    let channel = channel::configured(&program, GRAPH, &Clock::manual(NOW));
    let deliver =
        |content: &Content, rows| microsoft.run(channel::deliver(&channel, content, rows));
    assert_eq!(deliver(&with_file(2_500_000), u32::MAX), Outcome::Accepted);
    let large = with_file(5_000_000);
    let Outcome::TooBig { detail: told } = deliver(&large, u32::MAX) else { panic!("it is sent") };
    assert!(told.ends_with("Graph takes 4000000"), "{told}");
    assert_eq!(microsoft.requests_with_mail().len(), 1);
    assert_eq!(deliver(&large, 1), Outcome::Accepted);
    let mail = String::from_utf8(microsoft.mails().pop().unwrap()).unwrap();
    assert!(!mail.contains("text/csv") && mail.contains("The attached file is left out"), "{mail}");
}

const TO: &str = "username = \"u\"\noauth = true\nto = [\"ann@contoso.example\"]\n";

/// A server that takes the token that is given out as the `number`th.
fn server_for(number: usize) -> Option<MailServer> {
    let token = token(number, "SMTP.SendAsApp");
    MailServer::start(json!({ "tls": "starttls", "user": "u", "token": token }))
}

#[test]
fn a_token_signs_in_over_smtp_and_is_renewed_once() {
    for right in [1, 2] {
        let Some(server) = server_for(right) else { return };
        let microsoft = Microsoft::new("SMTP.SendAsApp", vec![taken()]);
        let program = microsoft.program();
        program.configure_also(&server.section(TO));
        let ran = sink_test(&program);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert_eq!(microsoft.sign_ins(), right);
        let tried: Vec<Value> =
            server.noted("auth").iter().map(|login| login["taken"].clone()).collect();
        assert_eq!(tried, [&[json!(false)], &[json!(true)][..]].concat()[2 - right..]);
        let asked = &microsoft.asked()[0];
        assert!(asked.contains("https%3A%2F%2Foutlook.office365.com%2F.default"), "{asked}");
        assert_eq!(server.mails().len(), 1);
    }
}

#[test]
fn a_token_that_is_never_taken_says_what_to_grant() {
    let Some(server) = server_for(9) else { return };
    let microsoft = Microsoft::new("SMTP.SendAsApp", vec![taken()]);
    let program = microsoft.program();
    program.configure_also(&server.section(TO));
    let ran = sink_test(&program);
    assert_eq!(ran.code, Some(1));
    let words = "the server refuses the login of u: 535 5.7.3 Authentication unsuccessful; add the \
                 application permission SMTP.SendAsApp of Office 365 Exchange Online to app";
    assert!(ran.err.contains(words), "{}", ran.err);
    assert!(ran.err.contains("(Add-MailboxPermission)") && !ran.err.contains("canary"));
    assert_eq!(microsoft.sign_ins(), 2);
    // A refusal is answered, not hung up on: the server is let finish.
    let answers = server.noted("challenged");
    assert!(answers.len() == 2 && answers.iter().all(|line| line["answer"] == ""), "{answers:?}");
    assert_eq!(server.noted("quit").len(), 2);
    // A server that knows no tokens.
    let settings = json!({ "tls": "starttls", "user": "u", "password": "p" });
    let Some(server) = MailServer::start(settings) else { return };
    let program = microsoft.program();
    program.configure_also(&server.section(TO));
    let ran = sink_test(&program);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("the server offers no login by XOAUTH2"), "{}", ran.err);
    assert!(server.noted("auth").is_empty());
}
