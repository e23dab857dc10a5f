//! `clickwarden alert`: what rules found, who has it in hand, and what it was.

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
    /// Show one with all that is known of it
    Show(show::Arguments),
    /// Say who has alerts in hand: sinks are told of them no more
    Ack(ack::Arguments),
    /// Close alerts, and say what they were
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
