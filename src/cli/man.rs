//! `clickwarden man`: the manual, made of what the command line says of itself.

use std::fs::Permissions;
use std::io::{Error, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;

use super::{Exit, Failure};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write one page for each command into this folder, which is made if it is missing
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let command = super::Arguments::command();
    if let Some(folder) = &arguments.output {
        pages(command, folder).map_err(|error| {
            let folder = folder.display();
            Failure::failed(format!("--output: cannot write into {folder}: {error}"))
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
    clap_mangen::generate_to(command, folder)?;
    for entry in std::fs::read_dir(folder)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        // A manual is for everybody, whatever the mask of this process says.
        if name.to_string_lossy().starts_with("clickwarden") {
            std::fs::set_permissions(path, Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}
