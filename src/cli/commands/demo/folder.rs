//! Where the demo's files live, and writing them.

use std::fs;
use std::io::{Error, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::cli::CommandError;

/// A folder that goes with the demo, or one that stays.
pub(super) enum DemoFolder {
    Passing(tempfile::TempDir),
    Kept(PathBuf),
}

impl DemoFolder {
    pub(super) fn new(keep: Option<&Path>) -> Result<Self, CommandError> {
        let Some(dir) = keep else {
            let made = tempfile::Builder::new().prefix("clickwarden-demo-").tempdir();
            return made.map(Self::Passing).map_err(|e| cannot("make a temporary folder", &e));
        };
        folder(dir).map_err(|e| cannot(&format!("make {} (--keep)", dir.display()), &e))?;
        let dir = dir.canonicalize().map_err(|e| cannot("find the folder of --keep", &e))?;
        Ok(Self::Kept(dir))
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Passing(dir) => dir.path(),
            Self::Kept(dir) => dir,
        }
    }

    /// The folder, if it stays.
    pub(super) fn kept(&self) -> Option<&Path> {
        match self {
            Self::Passing(_) => None,
            Self::Kept(dir) => Some(dir),
        }
    }
}

/// Makes a folder that is this user's only.
pub(super) fn folder(path: &Path) -> Result<(), Error> {
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Writes a new file that is this user's only.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), CommandError> {
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(content));
    written.map_err(|e| cannot(&format!("write {}", path.display()), &e))
}

pub(super) fn cannot(what: &str, error: &Error) -> CommandError {
    CommandError::failed(format!("cannot {what}: {error}"))
}
