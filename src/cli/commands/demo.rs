//! `clickwarden demo`: a simulated tenant on loopback, the daemon beside it, what an operator sees,
//! and what arrives at the far ends of its sinks.

mod card;
mod card_json;
mod digest;
mod folder;
mod frame;
mod grid;
mod keep;
mod mail;
mod setup;
mod watcher;
mod webhook;
mod world;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tokio::sync::oneshot;

use crate::cli::context::runtime;
use crate::cli::print::text;
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{Daemon, Resources};
use crate::process::lifecycle::{Lifecycle, ShutdownOutcome};
use crate::store::Store;
use digest::DemoDigest;
use folder::{DemoFolder, cannot};
use watcher::{DemoWatcher, SummaryCount};
use world::World;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// End after the first summary and its digest
    #[arg(long)]
    once: bool,
    /// How many clicks to invent for the last 30 days
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    clicks: u32,
    /// Keep configuration, store and messages in this folder, which must not exist yet
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let folder = DemoFolder::new(arguments.keep.as_deref())?;
    let runtime = runtime()?;
    let end = runtime.block_on(show(&context.clock, arguments, &folder))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    if let Some(dir) = folder.kept() {
        let (dir, messages) = (text::plain(&dir.display().to_string()), keep::FOLDER);
        writeln!(
            std::io::stdout(),
            "\nKept in {dir}: clickwarden -c {dir}/clickwarden.toml summary\n\
             The messages are in {dir}/{messages}."
        )?;
    }
    Ok(end)
}

async fn show(
    clock: &Clock,
    arguments: &Arguments,
    folder: &DemoFolder,
) -> Result<Exit, CommandError> {
    let world = World::begin(clock, arguments.clicks).await;
    let world = world.map_err(|e| cannot("listen on loopback", &e))?;
    let path = setup::configure(folder.path(), &world)?;
    let config = Config::load(Some(&path), std::iter::empty())?;
    let store = tokio::task::block_in_place(|| Store::open(&config.store.path))?;
    introduce(&world, arguments)?;
    let digest = DemoDigest {
        inbox: world.inbox.clone(),
        url: world.receiver.url(),
        kept: folder.kept().map(Path::to_owned),
        config: config.clone(),
        store: store.clone(),
        clock: clock.clone(),
    };
    let count = if arguments.once { SummaryCount::One } else { SummaryCount::Many };
    let watcher = tokio::task::block_in_place(|| DemoWatcher::new(digest, count))?;
    let resources = Resources::new(store, clock.clone());
    let end = watched(config, resources, watcher).await?;
    Ok(if end == ShutdownOutcome::Died { Exit::Failed } else { Exit::Done })
}

/// Runs the daemon until the watcher has seen enough, or a signal comes.
async fn watched(
    config: Config,
    resources: Resources,
    mut watcher: DemoWatcher,
) -> Result<ShutdownOutcome, CommandError> {
    let lifecycle = Lifecycle::begin().map_err(|e| cannot("listen to signals", &e))?;
    let start = || Daemon::start(config.clone(), resources, lifecycle);
    let mut daemon = tokio::task::block_in_place(start)?;
    let (stop, (tell, told)) = (daemon.lifecycle().stop(), oneshot::channel());
    daemon.lifecycle().spawn(async move {
        let shown = watcher.watch(&stop).await;
        stop.cancel();
        // Nobody listens any more only if the program is ending anyway.
        let _ = tell.send(shown);
    });
    let end = daemon.run(None, move || Ok(config.clone())).await;
    told.await.unwrap_or(Ok(()))?;
    Ok(end)
}

fn introduce(world: &World, arguments: &Arguments) -> Result<(), CommandError> {
    let (url, clicks) = (world.tenant.url(), arguments.clicks);
    writeln!(
        std::io::stdout(),
        "A simulated tenant answers on {url}, with about {clicks} invented clicks of the last 30 days.\n\
         clickwarden signs in and collects them over HTTP, as it would from Microsoft Graph.\n"
    )?;
    Ok(())
}
