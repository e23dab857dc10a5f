//! `clickwarden run`: the daemon.

use super::{Context, Exit, Failure, check_files, runtime};
use crate::config::{Config, Problem, Tenant};
use crate::daemon::{self, Daemon, Means};
use crate::lifecycle::{End, Lifecycle};
use crate::store::Store;

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    check_files(&config.tenants)?;
    let store = Store::open(&config.store.path)?;
    let runtime = runtime()?;
    let end = runtime.block_on(serve(context, config, store))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(match end {
        End::Stopped | End::CutOff => Exit::Done,
        End::Died => Exit::Failed,
    })
}

async fn serve(context: &Context, config: Config, store: Store) -> Result<End, Failure> {
    let lifecycle = Lifecycle::begin().and_then(Lifecycle::with_reload);
    let lifecycle =
        lifecycle.map_err(|e| Failure::failed(format!("cannot listen to signals: {e}")))?;
    let means = Means::new(store, context.clock.clone());
    let start = || Daemon::start(config, means, lifecycle);
    let daemon = tokio::task::block_in_place(start)?;
    Ok(daemon.run(daemon::watchdog(), || reread(context)).await)
}

/// The configuration as it is now, with the files that it names.
fn reread(context: &Context) -> Result<Config, Vec<Problem>> {
    let config = context.load()?;
    let problems: Vec<_> = config.tenants.iter().flat_map(Tenant::check_files).collect();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}
