//! `clickwarden rule`: list and test detection rules.

mod list;
mod test;

use crate::cli::{CommandError, Context, Exit};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show every rule: whether it is on and why, its condition, and whom it notifies
    List(list::Arguments),
    /// Show what a rule would have fired for in a window of the stored clicks
    Test(test::Arguments),
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::List(arguments) => list::run(context, arguments),
        Command::Test(arguments) => test::run(context, arguments),
    }
}
