//! The demo, as a newcomer sees it.

use std::fs;
use std::process::Command;

#[test]
fn one_command_shows_a_summary_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_clickwarden"))
        .args(["demo", "--once", "--clicks", "800"])
        .env_clear()
        .env("TMPDIR", dir.path())
        .current_dir(dir.path())
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    for words in ["127.0.0.1", "northwind-payroll[.]test", "copy matches Defender", "hours settled"]
    {
        assert!(shown.contains(words), "{words} is missing in {shown}");
    }
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_is_kept_can_be_looked_at_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("kept");
    let program = || Command::new(env!("CARGO_BIN_EXE_clickwarden"));
    let made = program()
        .args(["demo", "--once", "--clicks", "300", "--keep"])
        .arg(&kept)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let config = kept.join("clickwarden.toml");
    let looked =
        program().arg("-c").arg(&config).args(["summary", "--format", "csv"]).output().unwrap();
    assert!(looked.status.success() && looked.stdout.starts_with(b"\"Url\""), "{looked:?}");
    let again = program().args(["demo", "--once", "--keep"]).arg(&kept).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--keep"), "{again:?}");
}
