//! `clickwarden report send`: a digest made now, printed or delivered.

use super::deliver;
use crate::cli::args::named;
use crate::cli::digest_now::{draft, enqueue};
use crate::cli::print::content::{Format, print};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Tick;
use crate::config::Report;
use crate::digest;
use crate::message::{Envelope, UrlDisplay};
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The report's name
    name: String,
    /// Print the digest and send nothing
    #[arg(long)]
    dry_run: bool,
    /// What --dry-run prints
    #[arg(long, value_enum, default_value_t, requires = "dry_run")]
    format: Format,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let report = named::report(&config, &arguments.name)?;
    let now = context.clock.now();
    if arguments.dry_run {
        let store = Store::open_read_only(&config.store.path)?;
        let (draft, at) = draft(&store, &config, report, now)?;
        print(&draft.content, &envelope(report, at, now), arguments.format)?;
        return Ok(Exit::Done);
    }
    // What is wrong with a sink is said before anything is made.
    let channels = deliver::channels(&config, report, &context.clock)?;
    let store = Store::open(&config.store.path)?;
    let deliveries = enqueue(&store, &config, report, now)?;
    deliver::all(&store, &context.clock, config.clone(), channels, &deliveries)
}

fn envelope(report: &Report, at: Tick, now: Tick) -> Envelope {
    let sink = report.sinks.first().map_or("", String::as_str);
    let id = digest::id(sink, &report.name, at);
    Envelope { id, written: now, rows: u32::MAX, urls: UrlDisplay::Cut }
}
