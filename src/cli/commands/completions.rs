//! `clickwarden completions`: a script that teaches a shell the command line.

use std::io::Write as _;

use clap_complete::Shell;

use crate::cli::{CommandError, Exit};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script for `command`, the whole command line.
pub(in crate::cli) fn run(
    arguments: &Arguments,
    mut command: clap::Command,
) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "clickwarden", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Exit::Done)
}
