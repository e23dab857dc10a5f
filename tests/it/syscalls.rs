//! The system calls that the program makes, held against the lists that its unit lets through.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use crate::delivering::until;
use crate::sandbox::{Sandbox, ran};
use crate::stand::{Running, signal};

/// The system calls that the unit's lines let through, by the lists of the systemd that is here.
/// `None`, and loudly so, where there is none.
fn allowed() -> Option<BTreeSet<String>> {
    let Ok(asked) = Command::new("systemd-analyze").arg("syscall-filter").output() else {
        eprintln!("SKIPPED: systemd-analyze is missing; tests/run as root installs it");
        return None;
    };
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut name = String::new();
    for line in String::from_utf8(asked.stdout).unwrap().lines() {
        match line.trim() {
            list if line.starts_with('@') => list.clone_into(&mut name),
            call if line.starts_with(' ') && !call.starts_with('#') => {
                lists.entry(name.clone()).or_default().push(call.to_owned());
            }
            _ => {}
        }
    }
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/clickwarden.service");
    let unit = fs::read_to_string(unit).unwrap();
    let mut allowed = calls_of("@default", &lists);
    for line in unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let (list, without) = line.strip_prefix('~').map_or((line, false), |list| (list, true));
        for call in list.split(' ').flat_map(|list| calls_of(list, &lists)) {
            if without {
                allowed.remove(&call)
            } else {
                allowed.insert(call)
            };
        }
    }
    Some(allowed)
}

/// A list names calls and other lists.
fn calls_of(name: &str, lists: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    if !name.starts_with('@') {
        return BTreeSet::from([name.to_owned()]);
    }
    lists[name].iter().flat_map(|name| calls_of(name, lists)).collect()
}

/// What the program asked the kernel for, after all that makes its sandbox.
fn asked_for(trace: &str) -> BTreeSet<String> {
    let from = trace.find("/program\", [").unwrap();
    let calls = trace[from..].lines().skip(1).filter_map(|line| {
        let call = line.split_once(' ')?.1.trim_start().split_once('(')?.0;
        call.chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then(|| call.to_owned())
    });
    calls.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_the_kernel_for_nothing_that_its_unit_forbids() {
    let Some(sandbox) = Sandbox::new().await else { return };
    let Some(allowed) = allowed() else { return };
    if Command::new("strace").arg("-V").output().is_err() {
        eprintln!("SKIPPED: strace is missing");
        return;
    }
    ran(sandbox.command(&["sync"]));
    let trace = sandbox.stand.dir.path().join("trace");
    let shut_in = sandbox.command(&["run"]);
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-q", "-o"]).arg(&trace);
    command.arg(shut_in.get_program()).args(shut_in.get_args());
    command.env_clear().envs(shut_in.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let daemon = Running::start(command, &sandbox.words());
    sandbox.past_a_block("alice@contoso.example");
    until("an alert", || !sandbox.receiver.arrived().is_empty(), || sandbox.said());
    signal(&daemon.0, "HUP");
    until("a reload", || sandbox.said().contains("is in force"), || sandbox.said());
    daemon.stop();
    // The tracer writes on for a moment.
    let traced = || fs::read_to_string(&trace).unwrap();
    until("the end of the trace", || traced().contains("exit_group(0)"), || sandbox.said());
    let asked_for = asked_for(&traced());
    // Of these both were surely asked for.
    assert!(asked_for.contains("fdatasync") && asked_for.contains("connect"), "{asked_for:?}");
    let forbidden: Vec<_> = asked_for.difference(&allowed).collect();
    assert_eq!(forbidden, [""; 0]);
}
