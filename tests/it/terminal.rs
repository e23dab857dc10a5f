//! What a terminal gets of what somebody else wrote into arguments and names of files: one plain line
//! an error, whoever says it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::process::Command;

use crate::program::{Program, Ran};

/// Clears the screen, turns the direction of writing, begins a line.
const HOSTILE: &str = "x\u{1b}[2J\u{202e}\u{9b}31m\nclickwarden: all is well";
/// How we show it.
const SHOWN: &str = "x\\u{1b}[2J\\u{202e}\\u{9b}31m\\u{a}clickwarden: all is well";

/// Nothing but plain text and line ends.
fn assert_plain(ran: &Ran, what: &str) {
    for text in [&ran.out, &ran.err] {
        let hidden = text.chars().find(|c| {
            *c != '\n'
                && clickwarden::text::escape::visible(c.encode_utf8(&mut [0; 4])) != c.to_string()
        });
        assert_eq!(hidden, None, "{what}: {text:?}");
    }
}

#[test]
fn what_clap_says_repeats_no_escape() {
    let program = Program::offline();
    let flag = format!("--{HOSTILE}");
    for arguments in [
        &[HOSTILE][..],
        &["summary", HOSTILE],
        &["summary", &flag],
        &["summary", "--format", HOSTILE],
        &["summary", "--sort", HOSTILE],
        &["summary", "--limit", HOSTILE],
        &["report", "send", "daily", HOSTILE],
        &["alert", HOSTILE],
        &["alert", "show", HOSTILE],
        &["silence", "remove", HOSTILE],
        &["help", HOSTILE],
        &["export", "--format", HOSTILE],
        &["--log-format", HOSTILE, "status"],
        &["completions", HOSTILE],
    ] {
        let ran = program.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert_plain(&ran, &format!("{arguments:?}"));
        assert!(ran.err.contains(SHOWN), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("\nclickwarden: all is well"), "{}", ran.err);
    }
}

#[test]
fn bytes_that_are_no_text_are_said_to_be_none() {
    let program = Program::offline();
    let mut command = program.command(&["summary", "--match"]);
    let bytes = OsString::from_vec(b"x\x1b[2J\xff".to_vec());
    let ran: Ran = command.arg(bytes).output().unwrap().into();
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert_plain(&ran, "bytes");
    assert!(ran.err.contains("invalid UTF-8"), "{}", ran.err);
}

#[test]
fn help_and_version_are_what_they_were() {
    let program = Program::offline();
    for arguments in [&["--help"][..], &["summary", "--help"], &["help", "db", "check"]] {
        let ran = program.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert!(ran.out.contains("Usage: clickwarden"), "{}", ran.out);
    }
    let version = program.run(&["--version"]);
    assert_eq!(version.out, format!("clickwarden {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!((version.code, version.err.as_str()), (Some(0), ""));
    let nothing = program.run(&[]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.err.contains("Usage: clickwarden"), "{}", nothing.err);
}

/// Each way to name a file, and one error a line whatever its name is.
#[test]
fn a_path_begins_no_second_line() {
    let program = Program::offline();
    let folder = program.folder.path();
    let config = folder.join("clickwarden.toml");
    let hostile = folder.join(HOSTILE);
    fs::create_dir(&hostile).unwrap();
    let missing = hostile.join("gone/missing");
    let path = missing.as_os_str();
    let said = |arguments: &[&OsStr]| -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clickwarden"));
        command.env_clear().args(arguments).output().unwrap().into()
    };
    let text = |text: &'static str| OsStr::from_bytes(text.as_bytes());
    let (c, o) = (text("-c"), text("-o"));
    let store = |setting: &str| {
        let all = fs::read_to_string(&config).unwrap();
        let own = format!("{:?}", program.store_path());
        let new = folder.join("other.toml");
        let hostile = serde_json::to_string(missing.to_str().unwrap()).unwrap();
        fs::write(&new, format!("{}\n{setting}", all.replace(&own, &hostile))).unwrap();
        new
    };
    drop(program.store("contoso"));
    let other = store("");
    for arguments in [
        &[c, path, text("status")][..],
        &[c, path, text("run")],
        &[c, other.as_os_str(), text("summary")],
        &[c, other.as_os_str(), text("run")],
        &[c, config.as_os_str(), text("db"), text("backup"), path],
        &[c, config.as_os_str(), text("db"), text("backup"), hostile.as_os_str()],
        &[c, config.as_os_str(), text("clicks"), text("--ioc"), path],
        &[c, config.as_os_str(), text("evidence"), text("--host"), text("a.example"), o, path],
        &[
            c,
            config.as_os_str(),
            text("export"),
            text("--format"),
            text("csv"),
            o,
            hostile.as_os_str(),
        ],
    ] {
        let ran = said(arguments);
        assert_ne!(ran.code, Some(0), "{arguments:?}");
        assert_plain(&ran, &format!("{arguments:?}"));
        assert_eq!(ran.err.lines().count(), 1, "{arguments:?}: {}", ran.err);
    }
}

/// Several problems stand on a line each.
#[test]
fn each_problem_has_its_line() {
    let program = Program::offline();
    program.configure_also("[web]\nlisten = \"x\"\n[summary]\nwindow = \"y\"\n");
    let ran = program.run(&["summary"]);
    assert_eq!((ran.code, ran.err.lines().count()), (Some(78), 2), "{}", ran.err);
    assert!(ran.err.lines().all(|line| line.starts_with("clickwarden: ")), "{}", ran.err);
}
