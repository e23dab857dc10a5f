//! `clickwarden report`: what is told on a schedule, and telling it now.

mod deliver;
mod list;
mod send;

pub(in crate::cli) use send::enqueue;

use crate::cli::args::format::ListFormat;
use crate::cli::{CommandError, Context, Exit};
use crate::config::{Config, Report};

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

pub(in crate::cli) fn named<'c>(
    config: &'c Config,
    name: &str,
) -> Result<&'c Report, CommandError> {
    config.reports.iter().find(|report| report.name == name).ok_or_else(|| {
        let known: Vec<&str> = config.reports.iter().map(|report| report.name.as_str()).collect();
        let known = match known.as_slice() {
            [] => "none is configured: add a [[report]] section".to_owned(),
            known => format!("configured are: {}", known.join(", ")),
        };
        let name = crate::text::escape::one_line(name);
        CommandError::Said(Exit::BadConfig, format!("no report is named {name:?}; {known}"))
    })
}
