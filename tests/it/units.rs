//! The systemd units: judged by systemd itself, without one that runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn units() -> Vec<PathBuf> {
    fs::read_dir(root().join("systemd")).unwrap().map(|entry| entry.unwrap().path()).collect()
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

/// The values of a setting that stands in a unit, all in one.
fn setting(unit: &str, name: &str) -> String {
    let lines = unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    lines.collect::<Vec<_>>().join(" ")
}

/// systemd.resource-control(5) and systemd.exec(5), systemd 252.
#[test]
fn the_services_have_bounds_that_leave_room_for_what_was_measured() {
    let results = fs::read_to_string(root().join("tests/bench/results.md")).unwrap();
    let peak = results.split("| filled: peak memory | ").nth(1).unwrap();
    let peak: u64 = peak.split(' ').next().unwrap().parse().unwrap();
    for unit in ["clickwarden.service", "clickwarden-sync.service"] {
        let unit = fs::read_to_string(root().join("systemd").join(unit)).unwrap();
        let most: u64 = setting(&unit, "MemoryMax").strip_suffix('G').unwrap().parse().unwrap();
        assert!((3 * peak..=6 * peak).contains(&(most * 1_000)), "{peak} MB, {most} GB");
        // Threads that may wait: 512 (tokio 1.54, `Builder::max_blocking_threads`).
        assert!(setting(&unit, "TasksMax").parse::<u64>().unwrap() > 2 * 512);
        assert_eq!(setting(&unit, "OOMPolicy"), "kill");
        assert_eq!(setting(&unit, "NoExecPaths"), "/");
        let (paths, run) = (setting(&unit, "ExecPaths"), setting(&unit, "ExecReload"));
        for program in [setting(&unit, "ExecStart"), run] {
            let program = program.split(' ').next().unwrap();
            assert!(paths.split(' ').any(|path| path == program) || program.is_empty(), "{paths}");
        }
    }
}

/// Whether systemd says anything against the units, changed like that.
fn verify(change: impl Fn(&str) -> String) {
    // Where the program is installed there is none here: the units get the one under test.
    let folder = tempfile::tempdir().unwrap();
    let copy = |unit: PathBuf| {
        let text = change(&fs::read_to_string(&unit).unwrap());
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

#[test]
fn systemd_has_nothing_to_say_against_the_units() {
    verify(str::to_owned);
}

#[test]
fn the_timer_misses_no_pass_when_a_local_clock_goes_back() {
    let timer = fs::read_to_string(root().join("systemd/clickwarden-sync.timer")).unwrap();
    let every = timer.lines().find_map(|line| line.strip_prefix("OnCalendar=")).unwrap();
    // Europe/Berlin, 25 October 2026: by its own time systemd 252 goes from 00:45 to 02:00 UTC.
    let ran = Command::new("systemd-analyze")
        .args(["calendar", "--base-time=2026-10-25 00:05:00 UTC", "--iterations=8", every])
        .env("TZ", "Europe/Berlin")
        .output();
    let Ok(output) = ran else {
        eprintln!("SKIPPED: systemd-analyze is missing; tests/run as root installs it");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let next = said.lines().filter_map(|line| line.split_once("(in UTC): Sun 2026-10-25 "));
    let next: Vec<&str> = next.map(|(_, at)| at).collect();
    let wanted = ["00:15", "00:30", "00:45", "01:00", "01:15", "01:30", "01:45", "02:00"];
    assert_eq!(next, wanted.map(|time| format!("{time}:00 UTC")), "{said}");
}

/// A line to take in if need be: a setting behind a `#`, with no space between.
fn offered(line: &str) -> Option<&str> {
    let setting = line.strip_prefix('#')?;
    setting.split_once('=').filter(|(name, _)| name.chars().all(char::is_alphabetic))?;
    Some(setting)
}

#[test]
fn nor_against_the_lines_that_they_offer() {
    let unit = fs::read_to_string(root().join("systemd/clickwarden.service")).unwrap();
    assert_eq!(unit.lines().filter_map(offered).count(), 6);
    verify(|text| {
        let lines = text.lines().map(|line| offered(line).unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    });
}

/// One line for a folder: each of its files becomes a credential, the name before it and a `_` between
/// (systemd.exec(5), systemd 252). The configuration looks files up by that name.
#[test]
fn both_services_are_handed_the_folder_of_secrets() {
    for unit in ["clickwarden.service", "clickwarden-sync.service"] {
        let unit = fs::read_to_string(root().join("systemd").join(unit)).unwrap();
        assert_eq!(setting(&unit, "LoadCredential"), "clickwarden:/etc/clickwarden/credentials");
    }
}

/// What docs/service.md shows is found by the service and by a shell alike: a name, no path of either.
#[test]
fn the_configuration_of_the_service_names_its_secrets_by_bare_names() {
    let section = fs::read_to_string(root().join("docs/service.md")).unwrap();
    let block = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let files = block.lines().filter(|line| {
        let key = line.split(' ').next().unwrap();
        key.ends_with("_file") || key.ends_with("_files")
    });
    let named: Vec<&str> = files.flat_map(|line| line.split('"').skip(1).step_by(2)).collect();
    assert!(named.len() > 5 && named.iter().all(|name| !name.contains('/')), "{named:?}");
}
