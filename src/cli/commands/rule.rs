//! `clickwarden rule`: what is looked for.

mod list;
mod test;

use crate::cli::{CommandError, Context, Exit};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show every rule: whether it is on and why, what it looks for, and who is told
    List(list::Arguments),
    /// Show what a rule would have fired on in a window of the clicks that are there
    Test(test::Arguments),
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::List(arguments) => list::run(context, arguments),
        Command::Test(arguments) => test::run(context, arguments),
    }
}
