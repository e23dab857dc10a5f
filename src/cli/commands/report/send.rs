//! `clickwarden report send`: a digest made now, printed or delivered.

use super::deliver;
use crate::cli::args::named;
use crate::cli::digest_now::{draft, enqueue};
use crate::cli::print::content::{Format, print};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::{Tick, duration_of, ticks_of};
use crate::config::{Report, format_duration, parse_duration};
use crate::digest::{self, LONGEST_WINDOW, LookBack};
use crate::message::{Envelope, UrlDisplay};
use crate::store::Store;
use crate::text::escape::one_line;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The report's name
    name: String,
    /// How far back it looks, such as 24h or 30d; at most 31d [default: since the last digest on
    /// schedule, or as the report says; the first one covers a whole period]
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true)]
    window: Option<String>,
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
    let when = (look_back(arguments.window.as_deref())?, now);
    if arguments.dry_run {
        let store = Store::open_read_only(&config.store.path)?;
        let (draft, at) = draft(&store, &config, report, when)?;
        print(&draft.content, &envelope(report, at, now), arguments.format)?;
        return Ok(Exit::Done);
    }
    // What is wrong with a sink is said before anything is made.
    let channels = deliver::channels(&config, report, &context.clock)?;
    let store = Store::open(&config.store.path)?;
    let deliveries = enqueue(&store, &config, report, when)?;
    deliver::all(&store, &context.clock, config.clone(), channels, &deliveries)
}

fn look_back(window: Option<&str>) -> Result<LookBack, CommandError> {
    let Some(text) = window else { return Ok(LookBack::AsConfigured) };
    let shown = one_line(text);
    let longest = format_duration(duration_of(LONGEST_WINDOW));
    let such = format!("write it as 24h, 7d or {longest}");
    match parse_duration(text) {
        Ok(length) if ticks_of(length) <= LONGEST_WINDOW => Ok(LookBack::Over(length)),
        Ok(_) => Err(CommandError::usage(format!(
            "--window: {shown:?} is longer than {longest}, the most that a digest covers; {such}"
        ))),
        Err(error) => Err(CommandError::usage(format!("--window: {shown:?} {error}; {such}"))),
    }
}

fn envelope(report: &Report, at: Tick, now: Tick) -> Envelope {
    let sink = report.sinks.first().map_or("", String::as_str);
    let id = digest::id(sink, &report.name, at);
    Envelope { id, written: now, rows: u32::MAX, urls: UrlDisplay::Cut }
}
