//! Where output goes: stdout, or a file written whole or not at all, for nobody but its owner.

use std::fs::File;
use std::io::IsTerminal as _;
use std::path::Path;

use super::{Exit, Failure};
use crate::report::spreadsheet::Carrier;

/// What stdout is.
pub(super) fn carrier() -> Carrier {
    if std::io::stdout().is_terminal() { Carrier::Terminal } else { Carrier::Program }
}

/// Writes `path` by `write`: beside it first, readable by the owner only, then put in its place.
pub(super) fn to_file(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let cannot = |error: &std::io::Error| {
        let shown = crate::quote::one_line(&path.display().to_string());
        Failure::Said(Exit::Failed, format!("--output: cannot write {shown}: {error}"))
    };
    // Made with mode 0600, and removed if anything fails.
    let made = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
    let mut file = made.map_err(|error| cannot(&error))?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(|error| cannot(&error))?;
    file.persist(path).map_err(|error| cannot(&error.error))?;
    Ok(())
}
