//! Files that the program makes: nobody but their owner may read them, and that is not always us.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;

use crate::quote::visible;

/// Opens a file, and makes it (0600) where it is missing. What root makes goes to the owner of the
/// folder, as SQLite does with its log: the daemon, who is not root, could never write it otherwise.
///
/// # Errors
/// Whatever the system says.
pub fn open_or_make(options: &OpenOptions, path: &Path) -> io::Result<File> {
    let mut options = options.clone();
    match options.mode(0o600).create_new(true).open(path) {
        Ok(made) => {
            hand_over(&made, path);
            Ok(made)
        }
        // One that is there stays whose it is, also where a link leads out of the folder.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            options.create_new(false).create(true).truncate(false).open(path)
        }
        Err(error) => Err(error),
    }
}

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn hand_over(made: &File, path: &Path) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let owner = folder_of(path).metadata();
    let given = owner.and_then(|owner| fchown(made, Some(owner.uid()), Some(owner.gid())));
    if let Err(error) = given {
        let path = visible(&path.display().to_string());
        tracing::warn!("{path} stays root's, so that others cannot write it: {error}");
    }
}
