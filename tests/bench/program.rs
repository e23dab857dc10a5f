//! The program that three of the benches measure.

use std::path::PathBuf;
use std::process::Command;

/// Builds it as it is released, so that no bench measures one from before the last change.
pub fn build() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut build = Command::new(cargo);
    build.args(["build", "--locked", "--release", "--bin", "clickwarden"]).current_dir(root);
    assert!(build.status().unwrap().success(), "the program cannot be built");
}

/// Where it is then: benches are built into a folder beside it.
pub fn path() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().with_file_name("clickwarden")
}
