//! `--json` stands for `--format json` wherever that is, and for nothing else.

use crate::cli_report;
use crate::program::Program;

/// Every command with `--format json`.
const COMMANDS: [&[&str]; 12] = [
    &["sync"],
    &["summary"],
    &["clicks"],
    &["status"],
    &["alert", "list"],
    &["alert", "show"],
    &["silence", "list"],
    &["outbox", "list"],
    &["rule", "list"],
    &["rule", "test"],
    &["report", "list"],
    &["report", "send"],
];

#[test]
fn every_command_with_the_format_has_the_flag() {
    let program = Program::offline();
    let folder = program.folder.path().join("man");
    assert_eq!(program.run(&["man", "--output", folder.to_str().unwrap()]).code, Some(0));
    let mut with_flag = Vec::new();
    // Each page bears the name of its command.
    for page in std::fs::read_dir(folder).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".1").replace('-', " ");
        let command: Vec<&str> = name.split(' ').skip(1).collect();
        // What stands before --help is read before help is given.
        let is_known =
            |flags: &[&str]| program.run(&[&command, flags, &["--help"]].concat()).code == Some(0);
        assert_eq!(is_known(&["--json"]), is_known(&["--format", "json"]), "{name}");
        if is_known(&["--json"]) {
            with_flag.push(command.join(" "));
        }
    }
    for command in COMMANDS {
        assert!(with_flag.contains(&command.join(" ")), "{command:?}: {with_flag:?}");
    }
}

#[test]
fn it_is_the_format_and_no_other_one_stands_beside_it() {
    let program = cli_report::program("");
    for command in [&["rule", "list"][..], &["summary", "--until", "2026-11-30"]] {
        let long = program.run(&[command, &["--format", "json"]].concat());
        let short = program.run(&[command, &["--json"]].concat());
        let both = program.run(&[command, &["--json", "--format", "json"]].concat());
        assert_eq!((short.code, &short.out, &short.err), (long.code, &long.out, &long.err));
        assert_eq!((both.code, &both.out), (long.code, &long.out));
        assert!(long.json().is_object());
        let other = program.run(&[command, &["--json", "--format", "table"]].concat());
        assert_eq!((other.code, other.out.as_str()), (Some(2), ""), "{}", other.err);
        assert!(
            other.err.contains("'--json' cannot be used with '--format table'"),
            "{}",
            other.err
        );
    }
    let sent = program.run(&["report", "send", "daily", "--json"]);
    assert_eq!((sent.code, sent.err.contains("--dry-run")), (Some(2), true), "{}", sent.err);
    assert_eq!(program.run(&["export", "--json"]).code, Some(2));
}
