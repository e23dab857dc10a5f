//! `clickwarden db`: looking after the database.

mod check;
mod look;
mod repair;
mod report;

use std::io::Write as _;
use std::path::PathBuf;

use crate::cli::{CommandError, Context, Exit};
use crate::store::{BackupError, Existing, Store};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Look for damage in the database, beside a running daemon if there is one
    Check(check::Arguments),
    /// Copy the database to a file, beside a running daemon if there is one
    Backup(Backup),
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Backup {
    /// The file to write; it appears once it is complete, readable by its owner only
    file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::Check(arguments) => check::run(context, arguments),
        Command::Backup(arguments) => backup(context, arguments),
    }
}

fn backup(context: &Context, arguments: &Backup) -> Result<Exit, CommandError> {
    let store = Store::open_read_only(&context.config()?.store.path)?;
    let existing = if arguments.force { Existing::Replace } else { Existing::Keep };
    store.file().backup(&arguments.file, existing).map_err(failure)?;
    let size = arguments.file.metadata().map_or(0, |file| file.len());
    let file = crate::cli::print::text::plain(&arguments.file.display().to_string());
    writeln!(std::io::stdout().lock(), "{file}: {}", crate::cli::print::text::bytes(size))?;
    Ok(Exit::Done)
}

fn failure(error: BackupError) -> CommandError {
    let exit = match error {
        BackupError::Store(error) => return error.into(),
        BackupError::UnderWay(_) | BackupError::NoRoom(_) => Exit::TryLater,
        BackupError::Exists(_) | BackupError::Live(_) | BackupError::Folder(_) => Exit::Usage,
        BackupError::File { .. } => Exit::Failed,
    };
    CommandError::Said(exit, format!("backup: {error}"))
}
