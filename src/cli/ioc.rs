//! `--ioc FILE`: a list of things to look for, one a line, of any kind.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::quote::one_line;
use crate::regular::{self, Kind, Unread};
use crate::report::refang;
use crate::selection::Indicators;

/// Reads the files.
pub(super) fn read(paths: &[PathBuf]) -> Result<Indicators, Failure> {
    let mut all = Indicators::default();
    for path in paths {
        add_file(path, &mut all)?;
    }
    if all.is_empty() {
        return Err(Failure::usage("--ioc: lists nothing to look for"));
    }
    Ok(all)
}

fn add_file(path: &Path, to: &mut Indicators) -> Result<(), Failure> {
    let shown = one_line(&path.display().to_string());
    let text = text(path).map_err(|why| Failure::usage(format!("--ioc: {shown} {why}")))?;
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let entry = entry(line);
        if !entry.is_empty() && add(&refang(entry), to).is_none() {
            return Err(Failure::usage(format!(
                "--ioc: line {number} of {shown} is neither a URL, host, user, address nor id: {:?}",
                one_line(entry)
            )));
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Unread> {
    Ok(String::from_utf8_lossy(&regular::bytes(path, Kind::Indicators)?).into_owned())
}

/// A line without its comment. A `#` within a URL is part of it.
fn entry(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    let comment = line.find(" #").or_else(|| line.find("\t#"));
    line.get(..comment.unwrap_or(line.len())).unwrap_or(line).trim()
}

fn add(entry: &str, to: &mut Indicators) -> Option<()> {
    let is_url = entry.contains("://") || entry.contains('/') && entry.contains('.');
    if to.networks.add(entry).is_some() {
        return Some(());
    }
    if is_url {
        add_url(entry, to);
        return Some(());
    }
    if is_guid(entry) {
        to.ids.add(entry);
        return Some(());
    }
    if entry.contains('@') {
        to.users.add(entry);
        return Some(());
    }
    to.hosts.add(entry).filter(|()| entry.contains('.'))
}

/// Lists often leave out the scheme, or the slash behind a host.
fn add_url(entry: &str, to: &mut Indicators) {
    let schemes = if entry.contains("://") { [""].as_slice() } else { &["http://", "https://"] };
    for scheme in schemes {
        let url = format!("{scheme}{entry}");
        if url.matches('/').count() == 2 {
            to.urls.add(&format!("{url}/"));
        }
        to.urls.add(&url);
    }
}

fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}
