//! The far ends of the demo's sinks: a mail server that keeps what it takes, and a receiver that takes
//! what is signed. Both hold out against whoever speaks to them.

use std::fmt::Write as _;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use clickwarden::clock::Clock;
use clickwarden::demo::{Inbox, Postbox, Receiver};
use lettre::address::Envelope;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use tokio::runtime::Runtime;

/// Nothing here takes longer.
const LONGEST: Duration = Duration::from_mins(1);
const MAIL: &str = "From: a@a.example\r\nSubject: one\r\n\r\n.\r\n..two\r\nlast\r\n";

/// A postbox, and where its mails come.
struct Box {
    runtime: Runtime,
    inbox: Inbox,
    postbox: Postbox,
}

impl Box {
    fn start() -> Self {
        let (runtime, inbox) = (Runtime::new().unwrap(), Inbox::default());
        let postbox = runtime.block_on(Postbox::start(inbox.clone())).unwrap();
        Self { runtime, inbox, postbox }
    }

    /// The code of the answer to each of `lines`, after the greeting's.
    fn codes(&self, lines: &[&str]) -> Vec<u16> {
        let stream = connect(self.postbox.address());
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let mut codes = vec![code(&mut answers)];
        for line in lines {
            (&stream).write_all(line.as_bytes()).unwrap();
            codes.push(code(&mut answers));
        }
        codes
    }

    /// The last mail, as it was sent.
    fn mail(&self) -> String {
        String::from_utf8(self.inbox.kept().mail.unwrap().bytes.clone()).unwrap()
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONGEST)).unwrap();
    stream
}

/// Of an answer, which may have several lines; 0 at the end of the connection.
fn code(answers: &mut impl std::io::BufRead) -> u16 {
    loop {
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        if line.as_bytes().get(3) != Some(&b'-') {
            return line.get(..3).map_or(0, |code| code.parse().unwrap());
        }
    }
}

#[test]
fn a_mail_comes_as_another_client_sent_it() {
    let there = Box::start();
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(there.postbox.address().port())
        .build();
    let (from, to) = ("a@a.example".parse().unwrap(), "b@b.example".parse().unwrap());
    let envelope = Envelope::new(Some(from), vec![to]).unwrap();
    // This client ends the last line itself.
    there.runtime.block_on(transport.send_raw(&envelope, MAIL.trim_end().as_bytes())).unwrap();
    assert_eq!(there.mail(), MAIL);
    let mail = there.inbox.kept().mail.unwrap();
    assert_eq!(
        (mail.envelope.from.as_str(), &mail.envelope.to[0][..]),
        ("a@a.example", "b@b.example")
    );
    assert_eq!(
        (mail.header("subject"), mail.parts[0].text.as_str()),
        ("one", ".\r\n..two\r\nlast\r\n")
    );
}

#[test]
fn dots_are_taken_off_and_a_second_mail_has_an_envelope_of_its_own() {
    let there = Box::start();
    let begin = ["EHLO me\r\n", "MAIL FROM:<a@a.example> SIZE=99\r\n", "RCPT TO:<b@b.example>\r\n"];
    let data = "Subject: x\r\n\r\n..\r\n...two\r\n.odd\r\n.\r\n";
    let again =
        ["DATA\r\n", "mail from:<c@c.example>\r\n", "rcpt to: <d@d.example>\r\n", "data\r\n"];
    let lines = [&begin[..], &["DATA\r\n", data], &again, &["Subject: y\r\n\r\n.\r\n", "QUIT\r\n"]];
    let codes = there.codes(&lines.concat());
    assert_eq!(codes, [220, 250, 250, 250, 354, 250, 503, 250, 250, 354, 250, 221]);
    assert_eq!(there.mail(), "Subject: y\r\n\r\n");
    assert_eq!(there.inbox.kept().mail.unwrap().envelope.to, ["d@d.example"]);
    let there = Box::start();
    there.codes(&[&begin[..], &["DATA\r\n", data]].concat());
    assert_eq!(there.mail(), "Subject: x\r\n\r\n.\r\n..two\r\nodd\r\n");
}

#[test]
fn what_makes_no_sense_is_refused_and_the_dialogue_goes_on() {
    let there = Box::start();
    let (long, endless) = (format!("NOOP {}\r\n", "x".repeat(600)), "x".repeat(300_000) + "\r\n");
    for (line, expected) in [
        ("HELLO me\r\n", 500),
        ("\r\n", 500),
        ("NOOP\n", 500),
        ("\u{1b}[2J\r\n", 500),
        (&long, 500),
        (&endless, 500),
        ("MAIL FROM:<a@a.example>\r\n", 503),
        ("DATA\r\n", 503),
        ("VRFY a\r\n", 502),
        ("STARTTLS\r\n", 502),
        ("RSET\r\n", 250),
    ] {
        assert_eq!(there.codes(&[line, "NOOP\r\n"]), [220, expected, 250], "{line:.40}");
    }
    for (line, expected) in [
        ("MAIL FROM:a@a.example\r\n", 501),
        ("MAIL <a@a.example>\r\n", 501),
        ("MAIL FROM:<a@a.example> SIZE=99999999999\r\n", 552),
        ("MAIL FROM:<a@a.example> SIZE=-1\r\n", 552),
        ("MAIL FROM:<a@a.example> BODY=8BITMIME\r\n", 555),
        ("MAIL FROM:<>\r\n", 250),
        ("RCPT TO:<a@a.example>\r\n", 503),
    ] {
        assert_eq!(there.codes(&["EHLO me\r\n", line])[2], expected, "{line}");
    }
    let many = vec!["WHAT\r\n"; 30];
    let codes = there.codes(&many[..21]);
    assert_eq!((codes[20], codes[21]), (500, 421), "patience ends");
}

#[test]
fn a_mail_that_is_wrong_or_too_big_is_read_to_its_end_and_not_kept() {
    let there = Box::start();
    let begin =
        ["EHLO me\r\n", "MAIL FROM:<a@a.example>\r\n", "RCPT TO:<b@b.example>\r\n", "DATA\r\n"];
    let line = format!("{}\r\n", "x".repeat(990));
    for (mail, expected) in [
        (format!("Subject: x\r\n\r\n{}\r\n.\r\n", "x".repeat(5_000)), 500),
        // What follows a lone dot on a bare line is no second mail.
        ("Subject: x\r\n\r\n.\nMAIL FROM:<c@c.example>\r\n.\r\n".to_owned(), 550),
        (format!("Subject: x\r\n\r\n{}.\r\n", line.repeat(8_600)), 552),
    ] {
        let lines = [&begin[..], &[mail.as_str(), "NOOP\r\n"]].concat();
        assert_eq!(there.codes(&lines)[5..], [expected, 250]);
        assert!(there.inbox.kept().mail.is_none());
    }
    // Recipients have an end, too.
    let mut lines = begin[..2].to_vec();
    lines.extend(vec!["RCPT TO:<b@b.example>\r\n"; 101]);
    assert_eq!(there.codes(&lines)[102..], [250, 452]);
}

/// What a receiver answers to a request.
fn asked(receiver: &Receiver, request: &str) -> String {
    let address = receiver.url().replace("http://", "").replace('/', "");
    let mut stream = connect(address.parse().unwrap());
    stream.write_all(request.replace("HOST", &address).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn posted(receiver: &Receiver, url: &str, headers: &str, body: &str) -> u16 {
    let path = url.strip_prefix(&receiver.url()).unwrap();
    let mut request = format!("POST /{path} HTTP/1.1\r\nHost: HOST\r\n{headers}");
    write!(request, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    status(&asked(receiver, &request))
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn only_what_is_signed_is_taken_and_only_at_its_secret_address() {
    let (runtime, inbox) = (Runtime::new().unwrap(), Inbox::default());
    let start = Receiver::start(inbox.clone(), Clock::System);
    let receiver = runtime.block_on(start).unwrap();
    let (teams, soar) = (receiver.teams_url(), receiver.soar_url());
    let now = Clock::System.now().unix_seconds();
    let forged = format!(
        "webhook-id: 1\r\nwebhook-timestamp: {now}\r\nwebhook-signature: v1,{}=\r\n",
        "A".repeat(43)
    );
    for (url, headers, body, expected) in [
        (&soar, "", "{}", 401),
        (&soar, forged.as_str(), "{}", 401),
        (&soar, forged.as_str(), "no JSON", 400),
        (&teams, "", "no JSON", 400),
        (&teams, "", &"x".repeat(5 << 20), 413),
        (&format!("{}teams/guess", receiver.url()), "", "{}", 404),
        (&format!("{}soar/guess", receiver.url()), "", "{}", 404),
        (&format!("{}mail", receiver.url()), "", "{}", 405),
    ] {
        assert_eq!(posted(&receiver, url, headers, body), expected, "{url} {headers} {body:.10}");
    }
    assert!(inbox.kept().card.is_none() && inbox.kept().webhook.is_none());
    assert_eq!(posted(&receiver, &teams, "", "{\"a\":1}"), 202);
    assert_eq!(inbox.kept().card.unwrap().body, "{\"a\":1}");
    let get = |path: &str, host: &str| {
        asked(&receiver, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
    };
    assert!(get("/card", "HOST").ends_with("{\"a\":1}"));
    for (path, host, expected) in
        [("/", "HOST", 200), ("/mail", "HOST", 404), ("/card", "evil.example", 421)]
    {
        assert_eq!(status(&get(path, host)), expected, "{path} {host}");
    }
}
