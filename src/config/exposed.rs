//! Whether others may write the configuration: whoever does decides where secrets go.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;

use super::file_places::CREDENTIALS_FOLDER;
use super::files::beside;
use super::problem::Problem;
use crate::process::private_file::folder_of;

/// The bit of a folder in which each user may rename and remove what is their own only.
const STICKY_BIT: u32 = 0o1000;
/// The bits that let a group and everybody write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A problem for the file at `path`, each of `conf.d`, and each of their folders, that others than root
/// and this user may write. What cannot be looked at is told of by whoever reads it.
pub fn exposed(path: &Path) -> Vec<Problem> {
    let us = rustix::process::geteuid().as_raw();
    let all = places(path);
    all.iter().filter_map(|place| problem(place, &[0, us])).collect()
}

/// Files and folders, also those that links lead to, and `conf.d` and the folder of secrets without a
/// file: whoever may write there adds one.
fn places(path: &Path) -> BTreeSet<PathBuf> {
    let files = std::iter::once(path.to_owned()).chain(beside(path).unwrap_or_default());
    let led = files.flat_map(|file| [file.canonicalize().ok(), Some(file)]).flatten();
    let all = led.flat_map(|file| [folder_of(&file).canonicalize(), file.canonicalize()]).flatten();
    let folders = ["conf.d", CREDENTIALS_FOLDER].map(|name| path.with_file_name(name));
    all.chain(folders.iter().flat_map(|folder| folder.canonicalize())).collect()
}

fn problem(place: &Path, trusted: &[u32]) -> Option<Problem> {
    let found = place.metadata().ok()?;
    // As containers get theirs: whatever the mode says, nobody writes there.
    let mount = rustix::fs::statvfs(place).ok()?;
    if mount.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return None;
    }
    let (mode, shown) = (found.mode() & 0o7777, place.display());
    let sticky = found.is_dir() && mode & STICKY_BIT != 0;
    let (problem, remedy) = if !trusted.contains(&found.uid()) {
        (format!("belongs to another user (uid {})", found.uid()), format!("chown root {shown}"))
    } else if mode & WRITABLE_BY_OTHERS != 0 && !sticky {
        (format!("can be written by others (mode {mode:04o})"), format!("chmod go-w {shown}"))
    } else {
        return None;
    };
    Some(Problem {
        file: place.display().to_string(),
        key: String::new(),
        problem: format!("{problem}, who could have secrets sent anywhere"),
        remedy: format!("run: {remedy}"),
    })
}
