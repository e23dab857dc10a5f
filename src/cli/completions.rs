//! `clickwarden completions`: a script that teaches a shell the command line.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{CommandError, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    let mut command = super::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "clickwarden", &mut script);
    std::io::stdout().lock().write_all(&script)?;
    Ok(Exit::Done)
}
