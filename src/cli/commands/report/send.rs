//! `clickwarden report send`: a digest made now, printed or delivered.

use super::{CommandError, Context, Exit, deliver, named};
use crate::cli::print::content::{Format, print};
use crate::clock::Tick;
use crate::config::{Config, Report};
use crate::digest::{self, Draft, Plan};
use crate::message::{Envelope, Urls};
use crate::store::{Delivery, NewMessage, Priority, Store};

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
    let report = named(&config, &arguments.name)?;
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

/// Makes the digest and puts it into the outbox; the deliveries that it became.
pub(in crate::cli) fn enqueue(
    store: &Store,
    config: &Config,
    report: &Report,
    now: Tick,
) -> Result<Vec<Delivery>, CommandError> {
    let (draft, at) = draft(store, config, report, now)?;
    let deliveries = digest::deliveries(&config.sinks, report, at);
    let message =
        NewMessage { content: &draft.content, deliveries: &deliveries, priority: Priority::Digest };
    store.ensure_space()?;
    store.enqueue(&message, now)?;
    Ok(deliveries)
}

/// The digest, and the time that it bears.
fn draft(
    store: &Store,
    config: &Config,
    report: &Report,
    now: Tick,
) -> Result<(Draft, Tick), CommandError> {
    Ok(store.read(|snapshot| {
        let at = digest::source_time(snapshot, report, now)?;
        let window = digest::by_hand(report, snapshot.followed(&report.name)?.as_ref(), at);
        let plan = Plan { report, exclusions: &config.exclusions, window: &window };
        Ok((digest::draft(snapshot, &plan)?, at))
    })?)
}

fn envelope(report: &Report, at: Tick, now: Tick) -> Envelope {
    let sink = report.sinks.first().map_or("", String::as_str);
    let id = digest::id(sink, &report.name, at);
    Envelope { id, written: now, rows: u32::MAX, urls: Urls::Cut }
}
