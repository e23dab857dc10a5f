//! `clickwarden completions`: a script that teaches a shell the command line.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::{CommandError, Exit};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(in crate::cli) fn run(arguments: &Arguments) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    let mut command = crate::cli::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "clickwarden", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Exit::Done)
}
