//! How log lines look: for people, for the journal, as JSON.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::program::Program;

/// The log of a `sync` that reaches nobody, with `format`, and `JOURNAL_STREAM` as `journal` makes
/// it of the log's device and inode.
fn log(format: &str, journal: impl Fn(u64, u64) -> String) -> String {
    let program = Program::offline();
    let path = program.folder.path().join("log");
    let file = File::create(&path).unwrap();
    let about = file.metadata().unwrap();
    let mut command = program.command(&["-v", "--log-format", format, "run"]);
    command.env("JOURNAL_STREAM", journal(about.dev(), about.ino()));
    let mut child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
    let end = std::time::Instant::now() + Duration::from_mins(1);
    while !fs::read_to_string(&path).unwrap().contains("the call is made again") {
        assert!(std::time::Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fs::read_to_string(path).unwrap()
}

fn same(device: u64, inode: u64) -> String {
    format!("{device}:{inode}")
}

#[test]
fn the_journal_gets_priorities_and_no_time() {
    let text = log("auto", same);
    assert!(text.contains("<6>collecting tenants=1"), "{text}");
    assert!(text.contains("\n<4>cannot reach 127.0.0.1"), "{text}");
    assert!(text.lines().all(|line| line.starts_with('<') && !line.contains('\u{1b}')), "{text}");
}

#[test]
fn a_stream_that_is_not_the_journal_gets_times() {
    for text in [log("auto", |device, inode| same(device, inode + 1)), log("human", same)] {
        assert!(text.contains(" INFO collecting tenants=1"), "{text}");
        assert!(
            text.lines().all(|line| line.starts_with("20") && !line.contains('\u{1b}')),
            "{text}"
        );
    }
}

#[test]
fn json_is_an_object_a_line() {
    for line in log("json", same).lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["message"].is_string() && object["timestamp"].is_string(), "{line}");
    }
}

/// In a place of its own where the journal's socket is ours, or missing.
fn beside_a_journal(program: &Program, script: &str) -> Option<Command> {
    let mut command = Command::new("unshare");
    let own = "mount -t tmpfs none /run && mkdir -p /run/systemd/journal";
    command.args(["-m", "sh", "-c", "true"]);
    if !command.output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: only root can give a program a /run of its own");
        return None;
    }
    let script = format!("{own} && {script} && exec \"$@\"");
    let run = program.command(&["--log-format", "journald", "run"]);
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &script, "sh"]).arg(run.get_program()).args(run.get_args());
    Some(command)
}

#[test]
fn the_journal_itself_gets_every_value_in_a_field_of_its_own() {
    let program = Program::offline();
    let folder = program.folder.path();
    let socket = UnixDatagram::bind(folder.join("socket")).unwrap();
    socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let bind = format!("mount --bind {} /run/systemd/journal", folder.display());
    let Some(mut command) = beside_a_journal(&program, &bind) else { return };
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut buffer = [0; 8_192];
    let heard = loop {
        let length = socket.recv(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.contains("the call is made again") {
            break text;
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(heard.contains("CLICKWARDEN_TENANT") && heard.contains("contoso"), "{heard}");
    assert!(heard.contains("PRIORITY\n"), "{heard}");
}

#[test]
fn a_journal_that_is_not_there_is_said() {
    let program = Program::offline();
    let Some(mut command) = beside_a_journal(&program, "true") else { return };
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("--log-format journald: the journal cannot be reached"), "{said}");
}
