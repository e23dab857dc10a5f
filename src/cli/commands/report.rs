//! `clickwarden report`: list and send scheduled digests.

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
    /// Make a report's digest now and deliver it: of the time since its last scheduled one; the
    /// next scheduled digest covers this time too
    Send(send::Arguments),
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::List { format } => list::run(context, *format),
        Command::Send(arguments) => send::run(context, arguments),
    }
}
