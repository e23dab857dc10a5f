//! `clickwarden check`: a line for everything that collection and delivery need, with what to do where
//! it fails. Makes two calls to each tenant's source, or three where a token is not taken; where there is
//! a store they are in its ledger, and a source that asks to wait closes its gate. Writes nothing else.

mod disk;
mod ledger;
mod line;
mod routes;
mod sink;
mod store;
mod tenant;

use std::io::Write as _;
use std::sync::Arc;

use crate::auth::SharedAuth;
use crate::cli::context::runtime;
use crate::cli::print::text::counted;
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Clock;
use crate::clock::schedule::Zones;
use crate::config::{Config, Problem, environment, exposed};
use crate::daemon::REPLY_BUDGET;
use crate::source::ReplyBudget;
use crate::store::{Store, StoreError, StoredGates};
use ledger::Ledger;
use line::{CheckLine, CheckStatus};
use sink::SinkProbe;
use tenant::TenantProbe;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Look at files only: no sign-in, no query, no sink
    #[arg(long)]
    offline: bool,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = match Config::load(Some(context.config_path()), environment()) {
        Ok(config) => config,
        Err(problems) => {
            return print(&problems.iter().map(CheckLine::of_problem).collect::<Vec<_>>());
        }
    };
    let (line, store) = store::check(&config);
    let disk = disk::check(&config, store.as_ref());
    let zones = CheckLine::new("time zones", CheckStatus::Good, Zones::newest().to_string());
    let mut exit = print(&configuration(context, &config))?.worst(print(&[zones])?);
    let unmatchable: Vec<CheckLine> =
        config.unmatchable.iter().map(CheckLine::of_problem).collect();
    exit = exit.worst(print(&unmatchable)?);
    exit = exit.worst(print(&routes::check(&config))?);
    exit = exit.worst(print(&[line, disk])?);
    let online = if arguments.offline { None } else { Some(runtime()?) };
    // One of this schema that is there already: the check makes none.
    let ledgers = online.is_some() && store.is_some();
    let ledgers = ledgers.then(|| Store::open(&config.store.path));
    let (auth, budget) = (auth(ledgers.as_ref(), &context.clock), ReplyBudget::new(REPLY_BUDGET));
    let sinks = sink::probes(&config, &auth, &context.clock).into_iter();
    let sinks = sinks.map(|sink| Probe::Sink(Box::new(sink)));
    let per_minute = config.collect.calls_per_minute;
    let tenants = config.tenants.into_iter().map(|tenant| {
        let gate =
            store.as_ref().and_then(|store| store::gate(store, &tenant.name, &context.clock));
        let (auth, budget) = (auth.clone(), budget.clone());
        let clock = context.clock.clone();
        let ledger = Ledger::of(ledgers.as_ref(), &tenant.name, per_minute, &clock);
        Probe::Tenant(Box::new(TenantProbe { tenant, gate, ledger, auth, budget, clock }))
    });
    // All at once: one that does not answer holds up no other.
    let mut running = Vec::new();
    for probe in tenants.chain(sinks).map(Arc::new) {
        let live = online.as_ref().map(|runtime| {
            let probe = probe.clone();
            runtime.spawn(async move { probe.live().await })
        });
        running.push((probe, live));
    }
    for (probe, live) in running {
        exit = exit.worst(print(&probe.files())?);
        if let (Some(runtime), Some(live)) = (&online, live) {
            let lines = runtime.block_on(live);
            exit = exit.worst(print(&lines.map_err(CommandError::failed)?)?);
        }
    }
    Ok(exit)
}

/// Connections, and the gates of the store where there is one.
fn auth(opened: Option<&Result<Store, StoreError>>, clock: &Clock) -> SharedAuth {
    match opened {
        Some(Ok(store)) => SharedAuth::with_gates(Arc::new(StoredGates::new(store.clone(), clock))),
        _ => SharedAuth::default(),
    }
}

/// What is looked at beside all others.
enum Probe {
    Tenant(Box<TenantProbe>),
    Sink(Box<SinkProbe>),
}

impl Probe {
    fn files(&self) -> Vec<CheckLine> {
        match self {
            Self::Tenant(tenant) => tenant.files(),
            Self::Sink(sink) => sink.files(),
        }
    }

    async fn live(&self) -> Vec<CheckLine> {
        match self {
            Self::Tenant(tenant) => tenant.live().await,
            Self::Sink(sink) => sink.live().await,
        }
    }
}

/// Prints lines at once, and gives the worst end among them.
fn print(lines: &[CheckLine]) -> Result<Exit, CommandError> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(lines.iter().fold(Exit::Done, |exit, line| exit.worst(line.exit())))
}

/// What it holds, or who else may write it.
fn configuration(context: &Context, config: &Config) -> Vec<CheckLine> {
    let exposed = exposed(context.config_path());
    if !exposed.is_empty() {
        return exposed.iter().map(CheckLine::of_problem).collect();
    }
    let path = context.config_path().display();
    let tenants = counted(config.tenants.len() as u64, "tenant");
    vec![CheckLine::new("configuration", CheckStatus::Good, format!("{path}: {tenants}"))]
}
