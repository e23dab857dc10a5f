//! `clickwarden alert`: what rules found, who owns it, and what it was.

mod ack;
mod close;
mod list;
mod show;
mod triage;

use crate::cli::{CommandError, Context, Exit};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show the alerts: the worst first, then the newest
    List(list::Arguments),
    /// Show one alert with all that is known of it
    Show(show::Arguments),
    /// Assign alerts to an owner: their repeated notifications stop
    Ack(ack::Arguments),
    /// Close alerts with a verdict
    Close(close::Arguments),
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::List(arguments) => list::run(context, arguments),
        Command::Show(arguments) => show::run(context, arguments),
        Command::Ack(arguments) => ack::run(context, arguments),
        Command::Close(arguments) => close::run(context, arguments),
    }
}
