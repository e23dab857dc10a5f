//! What a command holds in memory does not grow with what others wrote into the clicks.

use std::process::Command;

use clickwarden::clock::{Clock, HOUR, SECOND, Span};

use crate::program::Program;
use crate::support::Row;

/// Clicks, and the bytes of each URL: 16 MB, all within one hour.
const CLICKS: i64 = 200;
const LONG: usize = 80 << 10;
/// What a command may take beyond what it takes without clicks, in MB: SQLite's page caches, which
/// are bounded, and no more than a copy of the clicks would take.
const MORE: u64 = 15;

/// Runs a command and gives its code and the most memory that it ever had, in MB: `ru_maxrss` of
/// a child that was waited for (getrusage(2), in KiB), as Python's `resource` tells it.
const MEASURE: &str = "import resource, subprocess, sys
ran = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(ran.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)";

fn peak(program: &Program, arguments: &[&str]) -> u64 {
    let command = program.command(arguments);
    let mut python = Command::new("python3");
    python.args(["-c", MEASURE]).arg(command.get_program()).args(command.get_args());
    python.current_dir(program.folder.path());
    let ran = python.output().unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    let (code, peak) = said.trim().split_once(' ').unwrap();
    assert_eq!(code, "0", "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    peak.parse().unwrap()
}

#[test]
fn long_urls_take_no_more_memory_than_none() {
    let (program, empty) = (Program::offline(), Program::offline());
    let hour = Clock::System.now().plus(-2 * HOUR).hour().span();
    let padding = "a1b2c3d4".repeat(LONG / 8);
    let row = |n| {
        let url = format!("https://evil.example/{n}?{padding}");
        Row::new(hour.from.plus(n * SECOND), &url, "ClickBlocked")
    };
    program.fill("contoso", &(0..CLICKS).map(row).collect::<Vec<_>>(), hour);
    empty.fill("contoso", &[], Span::new(hour.from, hour.until));
    let mut too_much = Vec::new();
    for arguments in [
        &["evidence", "--allow-empty", "--host", "evil.example", "--output", "case.zip"][..],
        &["export", "--format", "csv"],
        &["export", "--format", "jsonl"],
        &["clicks", "--format", "json"],
        &["clicks", "--format", "csv"],
        &["clicks"],
    ] {
        let peaks = [&program, &empty].map(|program| peak(program, arguments));
        if peaks[0] > peaks[1] + MORE {
            too_much.push(format!("{arguments:?}: {} MB, {} without clicks", peaks[0], peaks[1]));
        }
    }
    assert!(too_much.is_empty(), "{too_much:#?}");
}
