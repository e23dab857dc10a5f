//! A sink's secrets stay where they belong, whatever goes wrong: in no output, no file, no command
//! line and no message.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use clickwarden::clock::Clock;
use clickwarden::store::MessageState;

use crate::delivering::{Daemon, enqueue, file_sink, until};
use crate::ledger::Receiver;
use crate::program::Program;
use crate::secrets::{assert_absent, assert_files_are_clean, shapes};
use crate::tenants::{SECRET, file};

/// What makes the address of a webhook a secret.
const PATH: &str = "canary-T0k3n~in-the-path";
const QUERY: &str = "canary-sig+Qz7%2Fquery";
const KEY: &str = "whsec_Y2FuYXJ5LXNpZ25pbmcta2V5LVF6N3NlY3JldA==";
const PASSWORD: &str = "canary+Qz7~/mail=&%\"x";

/// A mail server that offers to take passwords, takes none, and repeats what it was told.
fn refusing_mail() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"220 mail\r\n");
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                let line = String::from_utf8_lossy(&buffer[..length]).into_owned();
                let answer = match line.get(..4).unwrap_or_default() {
                    "EHLO" => "250-mail\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
                    _ => format!("535 5.7.8 no: {}\r\n", line.trim_end()),
                };
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    port
}

#[test]
fn addresses_keys_and_passwords_show_nowhere() {
    // What a host says may repeat the address: as it was asked for, and as it reads.
    let repeating = format!("HTTP/1.1 500 /{PATH} {PATH} ?sig={QUERY}\r\nx-path: /{PATH}");
    let (failing, gone) = (Receiver::start(&repeating), Receiver::start("HTTP/1.1 410 Gone"));
    let (program, mail) = (Program::offline(), refusing_mail());
    let secret = |name: &str, text: &str| file(&program.folder, name, text, 0o600);
    let address = |base: &str| format!("{base}/{PATH}?sig={QUERY}");
    let (key, password) = (secret("key", KEY), secret("password", PASSWORD));
    let mut sections = vec![file_sink(&program, "lines")];
    let bases = [
        ("failing", failing.url.as_str()),
        ("gone", &gone.url),
        ("refused", "http://127.0.0.1:9"),
        ("unknown", "https://no-such-host.invalid"),
    ];
    for (name, base) in bases {
        let url_file = secret(&format!("url-{name}"), &address(base));
        sections.push(format!(
            "[[sink]]\nname = {name:?}\ntype = \"webhook\"\nurl_file = {url_file:?}\n\
             signing_key_files = [{key:?}]\n"
        ));
    }
    let url_file = secret("url-cut", &format!("{}\n", address(&gone.url)));
    sections.push(format!("[[sink]]\nname = \"cut\"\ntype = \"teams\"\nurl_file = {url_file:?}\n"));
    sections.push(format!(
        "[[sink]]\nname = \"mail\"\ntype = \"email\"\nhost = \"127.0.0.1\"\nport = {mail}\n\
         tls = \"none\"\nusername = \"soc\"\npassword_file = {password:?}\n\
         from = \"soc@contoso.example\"\nto = [\"ann@contoso.example\"]\n"
    ));
    program.configure_also(&sections.concat());
    let mut daemon = Daemon::start_with(program, &["-vv", "run"]);
    let store = daemon.store();
    let names = ["failing", "gone", "refused", "unknown", "cut", "lines"];
    for name in names {
        enqueue(&store, name, name);
    }
    crate::delivering::enqueue_to(&store, "mail", "mail", "ann@contoso.example");
    // Each was tried, and said what was wrong.
    let all_tried = || {
        let messages = store.read(|snapshot| snapshot.messages(None)).unwrap();
        let tried = |message: &&clickwarden::store::OutboxEntry| !message.detail.is_empty();
        let ours = messages.iter().filter(|one| one.title.contains("this sink works"));
        ours.filter(tried).count() == names.len() + 1
    };
    until("every attempt", all_tried, || daemon.log());
    let secrets = [PATH, QUERY, KEY, &KEY[6..], "canary-signing-key-Qz7secret", PASSWORD, SECRET];
    let decoded = "canary-sig+Qz7/query";
    let shapes: Vec<String> =
        secrets.into_iter().chain([decoded]).flat_map(shapes).filter(|s| s.len() > 5).collect();
    for file in ["cmdline", "environ", "comm"] {
        let bytes = fs::read(format!("/proc/{}/{file}", daemon.child.id())).unwrap();
        assert_absent(file, &bytes, &shapes);
    }
    let files = ["url-failing", "url-gone", "url-refused", "url-unknown", "url-cut"];
    let kept: Vec<&str> = files.into_iter().chain(["key", "password", "secret"]).collect();
    assert!(daemon.program.folder.path().join("c.db-wal").exists(), "the log is looked at, too");
    assert_files_are_clean(daemon.program.folder.path(), &shapes, &kept);
    for arguments in [
        &["outbox", "list"][..],
        &["outbox", "list", "--format", "json"],
        &["status", "-vv"],
        &["status", "--format", "json"],
        &["config", "show"],
        &["outbox", "retry", "--all"],
        &["sink", "test", "failing", "-vv"],
        &["sink", "test", "gone", "-vv"],
        &["sink", "test", "unknown", "-vv"],
        &["sink", "test", "mail", "-vv"],
    ] {
        let ran = daemon.program.run(arguments);
        assert_absent(&format!("{arguments:?}"), ran.out.as_bytes(), &shapes);
        assert_absent(&format!("{arguments:?}"), ran.err.as_bytes(), &shapes);
    }
    daemon.stop();
    assert_files_are_clean(daemon.program.folder.path(), &shapes, &kept);
    let messages = store.read(|snapshot| snapshot.messages(None)).unwrap();
    assert!(messages.iter().any(|message| message.state == MessageState::Accepted));
    let queues = store.read(|snapshot| snapshot.queues(Clock::System.now())).unwrap();
    for paused in ["gone", "cut", "mail"] {
        assert!(queues[paused].paused.is_some(), "{paused}: {queues:?}");
    }
}
