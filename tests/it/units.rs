//! The systemd units: judged by systemd itself, without one that runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn units() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Runs `systemd-analyze`. `None`, and loudly so, where there is none.
fn analyze(arguments: &[&str], files: &[PathBuf]) -> Option<Output> {
    let ran = Command::new("systemd-analyze").args(arguments).args(files).output();
    if ran.is_err() {
        eprintln!("SKIPPED: systemd-analyze is missing; tests/run as root installs it");
    }
    ran.ok()
}

#[test]
fn the_services_are_shut_in_as_far_as_a_service_with_a_network_can_be() {
    let services: Vec<_> =
        units().into_iter().filter(|unit| unit.extension().unwrap() == "service").collect();
    assert_eq!(services.len(), 2);
    for service in services {
        let arguments = ["security", "--offline=true", "--threshold=11", "--no-pager"];
        let Some(output) = analyze(&arguments, &[service]) else { return };
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn systemd_has_nothing_to_say_against_the_units() {
    // Where the program is installed there is none here: the units get the one under test.
    let folder = tempfile::tempdir().unwrap();
    let copy = |unit: PathBuf| {
        let text = fs::read_to_string(&unit).unwrap();
        let text = text.replace("/usr/local/bin/clickwarden", env!("CARGO_BIN_EXE_clickwarden"));
        let to = folder.path().join(unit.file_name().unwrap());
        fs::write(&to, text).unwrap();
        to
    };
    let copies: Vec<_> = units().into_iter().map(copy).collect();
    assert_eq!(copies.len(), 3);
    let Some(output) = analyze(&["verify"], &copies) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}
