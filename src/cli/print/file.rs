//! Where output goes: stdout, or a file written whole or not at all, for nobody but its owner.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal as _};
use std::path::Path;

use crate::cli::{CommandError, Exit};
use crate::process::private_file::folder_of;
use crate::store::{Existing, Store};
use crate::text::csv_cell::Carrier;

/// What stdout is.
pub(in crate::cli) fn carrier() -> Carrier {
    if std::io::stdout().is_terminal() { Carrier::Terminal } else { Carrier::Program }
}

/// `--force`, beside `--output`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Replacing {
    /// Replace the file if it is there
    #[arg(long, requires = "output")]
    force: bool,
}

impl Replacing {
    /// What becomes of a file that is there.
    pub(in crate::cli) const fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Keep }
    }
}

/// Writes `path` by `write`: beside it first, readable by the owner only, then put in its place. What
/// `store` consists of is no such place, nor is anything that is no file: it would be gone.
pub(in crate::cli) fn to_file(
    path: &Path,
    existing: Existing,
    store: &Store,
    write: impl FnOnce(&mut File) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let shown = crate::text::escape::one_line(&path.display().to_string());
    let refused =
        |why| Err(CommandError::usage(format!("--output: {shown} {why}; name another file")));
    if store.file().is_own_file(path) {
        return refused("is the live database");
    }
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return refused("is there, and is no regular file");
    }
    let taken = || {
        CommandError::failed(format!(
            "--output: {shown} is there already; name another file, or replace it with --force"
        ))
    };
    if existing == Existing::Keep && path.symlink_metadata().is_ok() {
        return Err(taken());
    }
    place(path, existing, write).map_err(|cannot| match cannot {
        Cannot::Place(error) if error.kind() == ErrorKind::AlreadyExists => taken(),
        Cannot::Place(error) => {
            CommandError::Said(Exit::Failed, format!("--output: cannot write {shown}: {error}"))
        }
        Cannot::Make(failure) => failure,
    })
}

/// Why a file was not written.
enum Cannot {
    /// The system does not let us.
    Place(std::io::Error),
    /// There is nothing to write.
    Make(CommandError),
}

impl From<std::io::Error> for Cannot {
    fn from(error: std::io::Error) -> Self {
        Self::Place(error)
    }
}

fn place(
    path: &Path,
    existing: Existing,
    write: impl FnOnce(&mut File) -> Result<(), CommandError>,
) -> Result<(), Cannot> {
    let folder = folder_of(path);
    // Made with mode 0600, and removed if anything fails.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    write(file.as_file_mut()).map_err(Cannot::Make)?;
    file.as_file().sync_all()?;
    let placed = match existing {
        Existing::Replace => file.persist(path),
        // It may have come while this was written.
        Existing::Keep => file.persist_noclobber(path),
    };
    placed.map_err(|error| error.error)?;
    // Its name lasts once the folder is on the disk.
    Ok(File::open(folder)?.sync_all()?)
}
