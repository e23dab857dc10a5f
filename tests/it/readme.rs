//! The README and the pages of `docs`: their blocks run as they stand, parse, and name what is there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser as _;
use clickwarden::cli::Arguments;

use crate::certificates::{certificate, pkcs8};
use crate::program::Program;
use crate::tenants::file;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Something between two fences: what stands behind the first, and the lines.
struct CodeBlock {
    page: PathBuf,
    kind: String,
    text: String,
}

fn blocks(page: &Path) -> Vec<CodeBlock> {
    let text = fs::read_to_string(page).unwrap();
    // A fence may be set in, as a list's is.
    let mut parts = Vec::new();
    let mut open: Option<CodeBlock> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(kind), None) => {
                let page = page.strip_prefix(root()).unwrap().to_owned();
                open = Some(CodeBlock { page, kind: kind.to_owned(), text: String::new() });
            }
            (Some(_), Some(block)) => parts.push(block),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a fence is open", page.display());
    parts
}

fn readme() -> Vec<CodeBlock> {
    blocks(&root().join("README.md"))
}

fn all() -> Vec<CodeBlock> {
    let mut pages = vec![root().join("README.md")];
    pages.extend(fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    pages.sort();
    pages.iter().flat_map(|page| blocks(page)).collect()
}

/// Blocks that a shell reads.
fn is_shell(kind: &str) -> bool {
    kind.is_empty() || kind.split(' ').next() == Some("sh")
}

/// What needs root or a tenant of one's own is marked so, and parsed only.
#[test]
fn the_readmes_commands_work_in_order_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_clickwarden"));
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    // What was built stands in for what `cargo run --release --` would build.
    let cargo = format!("#!/bin/sh\nshift 3\nexec {} \"$@\"\n", program.display());
    fs::write(bin.join("cargo"), cargo).unwrap();
    fs::set_permissions(bin.join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}:/usr/local/bin:/usr/bin:/bin",
        bin.display(),
        program.parent().unwrap().display()
    );
    let mut command = Command::new("python3");
    command.arg(root().join("tests/readme")).arg(root().join("README.md")).arg("sh");
    command.env_clear().env("PATH", path).env("TMPDIR", folder.path()).current_dir(&folder);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
    let run = said.lines().filter(|line| line.starts_with("+ clickwarden ")).count();
    assert!(run > 15, "{run} commands ran: {said}");
    assert!(folder.path().join("case.zip").exists(), "{said}");
}

#[test]
fn every_block_of_the_readme_says_what_it_needs() {
    for block in readme() {
        let known =
            ["sh", "sh root", "sh tenant", "toml", "powershell"].contains(&block.kind.as_str());
        assert!(known || block.text == "tests/run\n", "{:?}: {}", block.kind, block.text);
    }
}

#[test]
fn every_shell_block_parses() {
    let mut seen = 0;
    for block in all().iter().filter(|block| is_shell(&block.kind)) {
        let output = Command::new("sh").args(["-n", "-c", &block.text]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}{}", block.page.display(), block.text);
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

/// The words of a line of shell, without comments, redirections and what a shell would put in.
fn words(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '#' | '>' | '|' | ';') if found.last().unwrap().is_empty() || c != '#' => break,
            (None, ' ') => found.push(String::new()),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => found.last_mut().unwrap().push(c),
        }
    }
    found.retain(|word| !word.is_empty() && word != "…");
    found
}

/// A page that names an option which is gone, or never was, sends people into an error.
#[test]
fn every_command_of_the_pages_is_one() {
    let mut seen = 0;
    for block in all().iter().filter(|block| is_shell(&block.kind)) {
        let joined = block.text.replace("\\\n", " ").replace("$(cat next)", "2026-11-30");
        for line in joined.lines().filter(|line| line.starts_with("clickwarden ")) {
            let line = line.replace(['[', ']'], "");
            let parsed = Arguments::try_parse_from(words(&line));
            assert!(parsed.is_ok(), "{}: {line}: {:?}", block.page.display(), parsed.err());
            seen += 1;
        }
    }
    assert!(seen > 35, "{seen}");
}

/// The commands that the README's table names are those of the program, all of them.
#[test]
fn the_readmes_table_has_every_command() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = text.split_once("| command | does |").unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let mut named: Vec<String> = rows
        .flat_map(|row| row.split(" | ").next().unwrap().split('`').skip(1).step_by(2))
        .filter_map(|cell| cell.split(' ').next().map(str::to_owned))
        .collect();
    named.sort();
    let program = <Arguments as clap::CommandFactory>::command();
    let subcommands = program.get_subcommands().filter(|command| !command.is_hide_set());
    let mut known: Vec<String> = subcommands.map(|it| it.get_name().to_owned()).collect();
    known.sort();
    assert_eq!(named, known);
}

#[test]
fn every_toml_block_parses() {
    for block in all().iter().filter(|block| block.kind == "toml") {
        let read: Result<toml::Table, _> = toml::from_str(&block.text);
        assert!(read.is_ok(), "{}: {}{:?}", block.page.display(), block.text, read.err());
    }
}

/// Whoever adds the README's lines to what `init` wrote has a good configuration.
#[test]
fn the_readmes_configuration_is_good() {
    let program = Program::offline();
    program.configure("[store]\npath = \"c.db\"\n");
    for block in readme().iter().filter(|block| block.kind == "toml") {
        program.configure_also(&block.text);
    }
    let address = "https://example.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=s";
    file(&program.folder, "teams.url", address, 0o600);
    file(&program.folder, "contoso.crt", &certificate(0), 0o644);
    file(&program.folder, "contoso.key", &pkcs8(0), 0o600);
    let ran = program.run(&["check", "--offline"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("teams"), "{}", ran.out);
}
