//! Files that others name and write: pipes, devices and endless ones are refused, never waited for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;

use clickwarden::clock::Clock;
use clickwarden::config::Config;
use clickwarden::daemon::{Daemon, Resources};
use clickwarden::process::lifecycle::{Lifecycle, ShutdownOutcome};
use clickwarden::store::Store;
use rustix::fs::{CWD, Mode};

use crate::delivering::{until, webhook};
use crate::program::{Program, Ran};
use crate::stand::{Running, signal};

/// A pipe that nobody writes to.
fn pipe(path: &Path) {
    rustix::fs::mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).unwrap();
}

/// Runs a command; one that waits for ever is killed, which gives no code of its own.
fn bounded(command: &Command) -> Ran {
    let mut bounded = Command::new("timeout");
    bounded.args(["-s", "KILL", "30"]).arg(command.get_program()).args(command.get_args());
    bounded.env_clear().output().unwrap().into()
}

fn run(program: &Program, arguments: &[&str]) -> Ran {
    bounded(&program.command(arguments))
}

/// Files that are none, or too large for anything, and what is said of them.
fn bad_files(program: &Program) -> [(PathBuf, &'static str); 3] {
    let folder = program.folder.path();
    let (waits, huge) = (folder.join("waits"), folder.join("huge"));
    pipe(&waits);
    // It takes no room on the disk.
    File::create(&huge).unwrap().set_len(65 << 20).unwrap();
    let irregular = "is no regular file";
    [(waits, irregular), (PathBuf::from("/dev/zero"), irregular), (huge, "is larger than ")]
}

#[test]
fn what_settings_name_is_a_regular_file_of_bounded_size() {
    let program = Program::offline();
    let config = fs::read_to_string(program.folder.path().join("clickwarden.toml")).unwrap();
    for (path, words) in bad_files(&program) {
        for (section, key) in [
            (config.clone(), "ca_file"),
            (config.clone() + &webhook(&program, "soc", "http://127.0.0.1:9"), "template_file"),
        ] {
            program.configure(&format!("{section}{key} = {path:?}\n"));
            for command in [["check", "--offline"].as_slice(), &["run"]] {
                let ran = run(&program, command);
                assert_eq!(ran.code, Some(78), "{key} {path:?}: {} {}", ran.out, ran.err);
                let said = format!("{}{}", ran.out, ran.err);
                assert!(said.contains(key) && said.contains(words), "{key}, {words}: {said}");
            }
        }
    }
}

#[test]
fn a_configuration_is_a_regular_file_of_bounded_size() {
    let program = Program::offline();
    let beside = program.folder.path().join("conf.d");
    fs::create_dir(&beside).unwrap();
    for (path, words) in bad_files(&program) {
        let link = beside.join("more.toml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let ran = run(&program, &["config", "show"]);
        assert_eq!(ran.code, Some(78), "{path:?}: {}", ran.err);
        assert!(ran.err.contains("more.toml: ") && ran.err.contains(words), "{}", ran.err);
        fs::remove_file(link).unwrap();
        let ran = bounded(&crate::stand::program(&path, &["config", "show"]));
        assert!(ran.code == Some(78) && ran.err.contains(words), "{path:?}: {}", ran.err);
    }
}

#[test]
fn a_list_of_indicators_is_a_regular_file_of_bounded_size() {
    let program = Program::offline();
    drop(Store::open(&program.store_path()).unwrap());
    for (path, words) in bad_files(&program) {
        let ran = run(&program, &["clicks", "--ioc", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{path:?}: {}", ran.err);
        assert!(ran.err.contains("--ioc: ") && ran.err.contains(words), "{}", ran.err);
    }
}

#[test]
fn a_reload_that_meets_a_pipe_refuses_it_and_the_daemon_still_stops() {
    let program = Program::offline();
    let (beside, words) =
        (program.folder.path().join("conf.d"), program.folder.path().join("words"));
    let daemon = Running::start(program.command(&["run"]), &words);
    let said = |what: &str| fs::read_to_string(&words).unwrap().contains(what);
    until("the daemon runs", || said("collecting"), String::new);
    fs::create_dir(&beside).unwrap();
    pipe(&beside.join("more.toml"));
    signal(&daemon.0, "HUP");
    let refused = || said("the old one stays") && said("more.toml: is no regular file");
    until("the pipe is refused", refused, || fs::read_to_string(&words).unwrap());
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_hangs_keeps_no_signal_from_being_heard() {
    let program = Program::offline();
    let load = || Config::load(Some(&program.folder.path().join("clickwarden.toml")), []).unwrap();
    let config = load();
    let lifecycle = Lifecycle::begin().and_then(Lifecycle::with_reload).unwrap();
    let stop = lifecycle.stop();
    let database = program.store_path();
    let start = move || {
        let resources = Resources::new(Store::open(&database).unwrap(), Clock::System);
        Daemon::start(config, resources, lifecycle).unwrap()
    };
    let daemon = tokio::task::block_in_place(start);
    // A disk elsewhere that does not answer: reading begins, and does not end.
    let ((begun, seen), (answer, waits)) = (mpsc::channel(), mpsc::channel::<()>());
    let waits = std::sync::Mutex::new(waits);
    let daemon = tokio::spawn(daemon.run(None, move || {
        begun.send(()).unwrap();
        let _ = waits.lock().unwrap().recv();
        Err(Vec::new())
    }));
    // Nobody but this test's daemon listens to it in this process.
    signal_ourselves("HUP");
    tokio::task::block_in_place(|| seen.recv().unwrap());
    stop.cancel();
    assert_eq!(daemon.await.unwrap(), ShutdownOutcome::Stopped);
    drop(answer);
}

fn signal_ourselves(name: &str) {
    let id = std::process::id().to_string();
    assert!(Command::new("kill").arg(format!("-{name}")).arg(id).status().unwrap().success());
}
