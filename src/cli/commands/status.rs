//! `clickwarden status`: how collection and delivery stand, and whether somebody must act.

mod alerts;
mod print;
mod sink;
mod tenant;

use crate::auth::SignIn;
use crate::cli::args::tenants::{select_tenants, tenant_keys};
use crate::cli::args::window::horizon;
use crate::cli::print::text::{bytes, plain};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Tick;
use crate::collect::CollectLimits;
use crate::config::Collect;
use crate::store::{DiskSpace, Store, StoreSize};
use alerts::Alerts;
use sink::SinkStatus;
use tenant::{DiskRoom, StoredStatus, TenantStatus};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
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
    disk: Option<DiskSpace>,
    /// Entries of the configuration that can never match.
    unmatchable: u64,
    /// What somebody must act on besides the tenants, in a sentence.
    act: Option<String>,
    /// The worst first.
    tenants: Vec<TenantStatus>,
    /// The worst first.
    sinks: Vec<SinkStatus>,
    alerts: Alerts,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let tenants = select_tenants(&config, &[])?;
    let store = Store::open_read_only(&config.store.path)?;
    let now = context.clock.now();
    let limits = CollectLimits::from(&config.collect);
    let disk = store.disk();
    let room = DiskRoom::of(disk);
    let (mut facts, size, queues, alerts) = store.read(|snapshot| {
        let mut all = Vec::new();
        for (tenant, named) in tenants.iter().zip(tenant_keys(snapshot, &tenants)?) {
            let span = |skew| horizon(now.plus(skew), limits.lookback);
            let endpoints = SignIn::of(tenant).endpoints();
            let seen = StoredStatus::read(snapshot, named, &endpoints, now, span)?;
            all.push(TenantStatus::of(tenant, seen, limits, room, now));
        }
        let alerts = Alerts::read(snapshot, &config, now)?;
        Ok((all, snapshot.size()?, snapshot.queues(now)?, alerts))
    })?;
    facts.sort_by(|a, b| b.badness().cmp(&a.badness()).then_with(|| a.name.cmp(&b.name)));
    let act = disk.and_then(|disk| full(disk, &store));
    let (collect, sinks) = (&config.collect, sink::all(&config.sinks, queues, now));
    let unmatchable = config.unmatchable.len() as u64;
    let status =
        Status { now, collect, store, size, disk, unmatchable, act, tenants: facts, sinks, alerts };
    match arguments.format {
        Format::Text => print::text(&status)?,
        Format::Json => print::json(&status)?,
    }
    Ok(if arguments.check && status.must_act() { Exit::Failed } else { Exit::Done })
}

impl Status<'_> {
    fn must_act(&self) -> bool {
        self.act.is_some()
            || self.tenants.iter().any(|facts| !facts.alarms.is_empty())
            || self.sinks.iter().any(|sink| !sink.alarms.is_empty())
    }
}

/// What is to be done about a disk that is full.
fn full(disk: DiskSpace, store: &Store) -> Option<String> {
    let path = plain(&store.path().display().to_string());
    let (free, reserve) = (bytes(disk.free), bytes(disk.reserve()));
    disk.is_full().then(|| {
        format!(
            "collection pauses: the disk of {path} is full ({free} free, the last {reserve} are not \
             used): free some space, it goes on by itself"
        )
    })
}
