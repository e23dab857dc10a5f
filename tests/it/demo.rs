//! The demo, as a newcomer sees it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::hostile_chat::assert_card_dead;
use crate::mail_bytes::assert_inert;
use crate::oracle;

/// The demo in a folder of its own, to be run.
fn demo(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clickwarden"));
    command.arg("demo").args(arguments).env_clear().env("TMPDIR", dir).current_dir(dir);
    command
}

#[test]
fn one_command_shows_a_summary_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let output = demo(dir.path(), &["--once", "--clicks", "800"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    for words in ["127.0.0.1", "northwind-payroll[.]test", "copy matches Defender", "hours settled"]
    {
        assert!(shown.contains(words), "{words} is missing in {shown}");
    }
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn its_digest_is_shown_as_a_card_a_mail_and_a_webhook() {
    let dir = tempfile::tempdir().unwrap();
    let output = demo(dir.path(), &["--once"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{shown}");
    let (_, digest) = shown.split_once("This is what arrived.").unwrap();
    let lines: Vec<&str> = digest.lines().collect();
    assert!(lines.len() <= 100, "{} lines: {digest}", lines.len());
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{digest}");
    for words in [
        "─ Teams card ─",
        "│ clickwarden daily: ",
        "│ Copy matches Defender by counts",
        "more rows in the card",
        "│ hxxps://northwind-payro",
        "─ Mail ─",
        "│ From        Clickwarden <clickwarden@northwind.example>",
        "│ List-Id     <clickwarden.digest.northwind.example>",
        "text/plain",
        "text/html",
        "text/csv (daily-",
        "─ Webhook ─",
        "│ webhook-signature: v1,",
        "Signature: good (HMAC-SHA256",
        "\"UsersAtRisk\": ",
    ] {
        assert!(digest.contains(words), "{words} is missing in {digest}");
    }
    assert!(!shown.contains("https://") && !digest.contains("\\u{200b}"), "{digest}");
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
}

#[test]
fn what_is_kept_can_be_looked_at_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    let arguments = ["--once", "--clicks", "300", "--keep", kept.to_str().unwrap()];
    let made = demo(dir.path(), &arguments).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(said.trim_end().ends_with("/kept/messages."), "{said}");
    let config = kept.join("clickwarden.toml");
    let looked = Command::new(env!("CARGO_BIN_EXE_clickwarden"))
        .arg("-c")
        .arg(&config)
        .args(["summary", "--format", "csv"])
        .output()
        .unwrap();
    assert!(looked.status.success() && looked.stdout.starts_with(b"\"Url\""), "{looked:?}");
    let again = demo(dir.path(), &arguments).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--keep"), "{again:?}");
    let card = fs::read_to_string(kept.join("messages/card.json")).unwrap();
    assert!(assert_card_dead(&serde_json::from_str(&card).unwrap()) > 3);
    let all = ["card.json", "mail.eml", "mail.html", "webhook.txt"]
        .map(|name| format!("messages/{name}"));
    for name in all.iter().map(String::as_str).chain(["soar.key", "teams.url", "soar.url"]) {
        let mode = fs::metadata(kept.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    good_to_others(&kept);
}

/// The mail and the webhook that were kept, as programs of others see them.
fn good_to_others(kept: &Path) {
    if oracle::is_skipped() {
        return;
    }
    let mail = &oracle::mails(&[kept.join("messages/mail.eml")])[0];
    assert_eq!((&mail["defects"], &mail["second"]["defects"]), (&json!([]), &json!([])));
    assert_inert(&mail["html"]);
    let html = fs::read_to_string(kept.join("messages/mail.html")).unwrap();
    assert_eq!(mail["html_bytes"], json!(html.len()));
    let request = fs::read_to_string(kept.join("messages/webhook.txt")).unwrap();
    let (head, body) = request.split_once("\n\n").unwrap();
    let headers: serde_json::Map<String, Value> = head
        .lines()
        .skip(1)
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let key = fs::read_to_string(kept.join("soar.key")).unwrap();
    let delivery = json!({ "key": key.trim(), "headers": headers, "body": body.trim_end() });
    for judge in oracle::Language::ALL {
        let read = &oracle::webhooks(judge, std::slice::from_ref(&delivery))[0];
        assert_eq!(read["event"]["type"], "clickwarden.digest", "{judge:?}: {read}");
    }
}

/// A demo that goes on, until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_browser_is_shown_what_came_until_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = demo(dir.path(), &["--clicks", "300"]);
    let mut demo = Running(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(demo.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.contains("Ctrl-C ends the demo")).unwrap();
    let (_, rest) = line.split_once("http://").unwrap();
    let (host, _) = rest.split_once("/;").unwrap();
    let get = |path: &str| {
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
        answer
    };
    // Somebody goes on past a block soon after the start.
    let alert = lines.find(|line| line.contains("─ Teams card ─"));
    assert!(alert.is_some());
    let alert: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with('└')).collect();
    let alert = alert.join("\n");
    assert!(alert.contains(" clicked past a block on "), "{alert}");
    assert!(get("/alert").contains("\"AdaptiveCard\""));
    for path in ["/mail", "/card", "/webhook", "/alert"] {
        assert!(get("/").contains(&format!("href=\"{path}\"")));
    }
    let mail = get("/mail");
    let policy = "content-security-policy: sandbox; default-src 'none'; style-src 'unsafe-inline';";
    assert!(mail.contains(policy) && mail.contains("clickwarden, message "), "{mail}");
    assert!(get("/card").contains("\"AdaptiveCard\""));
    assert!(get("/webhook").contains("\nwebhook-signature: v1,"));
    Command::new("kill").arg("-INT").arg(demo.0.id().to_string()).status().unwrap();
    assert!(demo.0.wait().unwrap().success());
    let mut said = String::new();
    demo.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((said.as_str(), fs::read_dir(dir.path()).unwrap().count()), ("", 0));
}
