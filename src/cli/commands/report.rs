//! `clickwarden report`: what is told on a schedule, and telling it now.

mod deliver;
mod list;
mod send;

use crate::cli::args::format::ListFormat;
use crate::cli::{CommandError, Context, Exit};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show when each report is due next, when it was sent last, and where it goes
    List {
        /// What to print
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Make a report's digest now and deliver it: of the time since its last scheduled one, which
    /// the next scheduled one tells of all the same
    Send(send::Arguments),
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::List { format } => list::run(context, *format),
        Command::Send(arguments) => send::run(context, arguments),
    }
}
