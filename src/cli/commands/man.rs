//! `clickwarden man`: the manual, made of what the command line says of itself.

use std::fs::Permissions;
use std::io::{Error, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::cli::{CommandError, Exit};
use crate::process::private_file::folder_of;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Write one page for each command into this folder, which is made if it is missing
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Prints the manual of `command`, the whole command line.
pub(in crate::cli) fn run(
    arguments: &Arguments,
    command: clap::Command,
) -> Result<Exit, CommandError> {
    if let Some(folder) = &arguments.output {
        pages(command, folder).map_err(|error| {
            let folder = folder.display();
            CommandError::failed(format!("--output: cannot write into {folder}: {error}"))
        })?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        std::io::stdout().lock().write_all(&page)?;
    }
    Ok(Exit::Done)
}

fn pages(command: clap::Command, folder: &Path) -> Result<(), Error> {
    if !folder.is_dir() {
        std::fs::create_dir_all(folder)?;
        std::fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    }
    let mut command = command.disable_help_subcommand(true);
    command.build();
    all(command, folder)
}

/// The page of a command, and those of the commands in it.
fn all(command: clap::Command, folder: &Path) -> Result<(), Error> {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        all(inner.clone(), folder)?;
    }
    let (man, mut page) = (clap_mangen::Man::new(command), Vec::new());
    man.render(&mut page)?;
    page_at(&folder.join(man.get_filename()), &page)
}

/// Puts a page in its place as a new file: where a link leads that has its name stays as it is.
fn page_at(path: &Path, page: &[u8]) -> Result<(), Error> {
    let mut file = tempfile::NamedTempFile::new_in(folder_of(path))?;
    file.write_all(page)?;
    // A manual is for everybody, whatever the mask of this process says.
    file.as_file().set_permissions(Permissions::from_mode(0o644))?;
    file.persist(path)?;
    Ok(())
}
