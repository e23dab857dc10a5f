//! What the process denies to others, and the small commands that describe it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::program::Program;

/// Somebody who is nobody.
const NOBODY: u32 = 65_534;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn nobody_else_may_look_in() {
    let program = Program::offline();
    let command = program.command(&["run"]);
    // Whatever mask and limits it is started with.
    let script = "umask 000; ulimit -c unlimited 2>/dev/null; exec \"$@\"";
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(command.get_program()).args(command.get_args());
    shell.env_clear().stdout(Stdio::null()).stderr(Stdio::null());
    let running = Running(shell.spawn().unwrap());
    let proc = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", running.0.id()));
    until("the store was not made", || program.store_path().with_extension("db-shm").exists());
    let status = proc("status").unwrap();
    assert!(status.contains("Umask:\t0077\n"), "{status}");
    let limits = proc("limits").unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().rev().nth(1), Some("0"), "{core}");
    for suffix in ["db", "db-wal", "db-shm"] {
        let file = program.store_path().with_extension(suffix);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{suffix}");
    }
}

#[test]
fn not_even_another_process_of_the_same_user() {
    let program = Program::offline();
    let folder = program.folder.path();
    if chown(folder, Some(NOBODY), Some(NOBODY)).is_err() {
        eprintln!("SKIPPED: only root can run the program as another user");
        return;
    }
    for entry in fs::read_dir(folder).unwrap() {
        chown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    // The program itself may lie where that user cannot go.
    let copy = folder.join("clickwarden");
    fs::copy(env!("CARGO_BIN_EXE_clickwarden"), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = std::process::Command::new(&copy);
    command.args(program.command(&["run"]).get_args()).env_clear().uid(NOBODY).gid(NOBODY);
    let running = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    until("the store was not made", || program.store_path().exists());
    // The files of a process that cannot be dumped belong to root (proc(5)).
    let files = format!("/proc/{}/environ", running.0.id());
    assert_eq!(fs::metadata(files).unwrap().uid(), 0);
}

#[test]
fn every_shell_can_learn_the_commands() {
    let program = Program::offline();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = program.run(&["completions", shell]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        for word in ["summary", "log-format", "completions"] {
            assert!(ran.out.contains(word), "{shell} knows nothing of {word}");
        }
    }
    let script = program.folder.path().join("completion");
    fs::write(&script, program.run(&["completions", "bash"]).out).unwrap();
    let bash = std::process::Command::new("bash").arg("-n").arg(&script).status().unwrap();
    assert!(bash.success());
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let program = Program::offline();
    let folder = program.folder.path().join("man");
    let ran = program.run(&["man", "--output", folder.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    for page in ["clickwarden", "clickwarden-run", "clickwarden-summary", "clickwarden-config-show"]
    {
        let path = folder.join(format!("{page}.1"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(".TH ") && text.contains(".SH SYNOPSIS"), "{page}");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    }
    let ran = program.run(&["man"]);
    assert!(ran.code == Some(0) && ran.out.contains("clickwarden\\-summary(1)"), "{}", ran.out);
    let ran = program.run(&["man", "-o", "/dev/null/x"]);
    assert!(ran.code == Some(1) && ran.err.contains("--output"), "{}", ran.err);
}
