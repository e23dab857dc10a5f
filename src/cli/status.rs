//! `clickwarden status`: how collection stands, and whether somebody must act.

mod facts;
mod print;

use super::window::horizon;
use super::{Context, Exit, Failure, chosen, keys};
use crate::clock::Tick;
use crate::collect::Limits;
use crate::config::Collect;
use crate::store::{Store, StoreSize};
use facts::{Facts, Seen};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Exit with 1 when somebody must act
    #[arg(long)]
    check: bool,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// Everything that is printed.
struct Status<'c> {
    now: Tick,
    collect: &'c Collect,
    store: Store,
    size: StoreSize,
    /// The worst first.
    tenants: Vec<Facts>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let config = context.config()?;
    let tenants = chosen(&config, &[])?;
    let store = Store::open_read_only(&config.store.path)?;
    let now = context.clock.now();
    let limits = Limits::from(&config.collect);
    let (mut facts, size) = store.read(|snapshot| {
        let mut all = Vec::new();
        for (tenant, named) in tenants.iter().zip(keys(snapshot, &tenants)?) {
            let span = |skew| horizon(now.plus(skew), limits.lookback);
            all.push(Facts::of(tenant, Seen::read(snapshot, named, now, span)?, limits, now));
        }
        Ok((all, snapshot.size()?))
    })?;
    facts.sort_by(|a, b| b.badness().cmp(&a.badness()).then_with(|| a.name.cmp(&b.name)));
    let act = facts.iter().any(|facts| !facts.alarms.is_empty());
    let status = Status { now, collect: &config.collect, store, size, tenants: facts };
    match arguments.format {
        Format::Text => print::text(&status)?,
        Format::Json => print::json(&status)?,
    }
    Ok(if arguments.check && act { Exit::Failed } else { Exit::Done })
}
