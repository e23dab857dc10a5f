//! Secrets live in files of their own: read when needed, checked each time, shown never.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use secrecy::SecretString;

/// No secret is longer.
const LONGEST: u64 = 64 * 1024;
/// Where systemd puts a unit's credentials: it lets the unit's user in by an access list, which
/// shows as a group's right to read ("System and Service Credentials").
const SYSTEMD: &str = "/run/credentials/";

/// What is wrong with a secret's file. Never names its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretProblem {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl SecretProblem {
    fn new(what: String, remedy: impl Into<String>) -> Self {
        Self { what, remedy: remedy.into() }
    }
}

/// Reads the secret in `path`: one line, whose line end is dropped.
pub fn read(path: &Path) -> Result<SecretString, SecretProblem> {
    let shown = path.display();
    // Opened first and asked afterwards, so that the file asked about is the file read.
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let facts = file.metadata().map_err(|error| unreadable(path, &error))?;
    if !facts.is_file() {
        let what = format!("{shown} is no file");
        return Err(SecretProblem::new(what, "name the file that holds the secret"));
    }
    let others = if path.starts_with(SYSTEMD) { 0o007 } else { 0o077 };
    if facts.mode() & others != 0 {
        let what = format!("{shown} can be read by others (mode {:04o})", facts.mode() & 0o7777);
        return Err(SecretProblem::new(what, format!("run: chmod 600 {shown}")));
    }
    let mut text = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut text).map_err(|error| unreadable(path, &error))?;
    one_line(path, text)
}

fn unreadable(path: &Path, error: &std::io::Error) -> SecretProblem {
    let what = format!("{} cannot be read: {}", path.display(), error.kind());
    SecretProblem::new(
        what,
        "create it with the secret as its only line, readable by this user only",
    )
}

fn one_line(path: &Path, bytes: Vec<u8>) -> Result<SecretString, SecretProblem> {
    let shown = path.display();
    let wrong = |what: &str| {
        let remedy = "put the secret's value, and nothing else, into it";
        Err(SecretProblem::new(format!("{shown} {what}"), remedy))
    };
    let too_long = bytes.len() as u64 > LONGEST;
    let Ok(text) = String::from_utf8(bytes) else { return wrong("is no text") };
    let line = text.trim_end_matches(['\r', '\n']);
    if too_long {
        return wrong("is too long for a secret");
    }
    if line.trim().is_empty() {
        return wrong("is empty");
    }
    if line.contains(['\r', '\n']) {
        return wrong("has more than one line");
    }
    Ok(SecretString::from(line))
}
