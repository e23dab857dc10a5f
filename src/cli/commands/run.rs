//! `clickwarden run`: the daemon.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::auth::SharedAuth;
use crate::cli::context::runtime;
use crate::cli::tenant_files::file_problems;
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Clock;
use crate::config::{Config, Problem, exposed};
use crate::daemon::{self, Daemon, Resources};
use crate::outbox::ReadySink;
use crate::process::lifecycle::{Lifecycle, ShutdownOutcome};
use crate::store::Store;
use crate::web;

pub(in crate::cli) fn run(context: &Context) -> Result<Exit, CommandError> {
    let config = context.config()?;
    warn_of_others(context);
    check(&config, &context.clock)?;
    let store = Store::open(&config.store.path)?;
    let runtime = runtime()?;
    let end = runtime.block_on(serve(context, config, store))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(match end {
        ShutdownOutcome::Stopped | ShutdownOutcome::CutOff => Exit::Done,
        ShutdownOutcome::Died => Exit::Failed,
    })
}

/// Looks at the files that the configuration names; all problems at once.
fn check(config: &Config, clock: &Clock) -> Result<(), CommandError> {
    let tenants = file_problems(&config.tenants).into_iter().map(|problem| problem.to_string());
    let auth = SharedAuth::default();
    let checked = |sink| ReadySink::checked(sink, config, &auth, clock).err();
    let sinks = config.sinks.iter().filter_map(checked);
    let problems: Vec<String> = tenants.chain(sinks.flatten()).collect();
    if problems.is_empty() { Ok(()) } else { Err(CommandError::Each(Exit::BadConfig, problems)) }
}

/// Says who else may write the configuration.
fn warn_of_others(context: &Context) {
    for problem in exposed(context.config_path()) {
        tracing::warn!("configuration: {problem}");
    }
}

async fn serve(
    context: &Context,
    config: Config,
    store: Store,
) -> Result<ShutdownOutcome, CommandError> {
    let lifecycle = Lifecycle::begin().and_then(Lifecycle::with_reload);
    let lifecycle =
        lifecycle.map_err(|e| CommandError::failed(format!("cannot listen to signals: {e}")))?;
    let listener = match config.web.listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let resources = Resources::new(store, context.clock.clone());
    let start = || Daemon::start(config, resources, lifecycle);
    let mut daemon = tokio::task::block_in_place(start)?;
    if let Some(listener) = listener {
        let (handle, lifecycle) = (daemon.handle(), daemon.lifecycle());
        lifecycle.spawn(web::serve(listener, handle, lifecycle.stop()));
    }
    let context = context.clone();
    Ok(daemon.run(daemon::watchdog(), move || reread(&context)).await)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, CommandError> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let remedy = "end what listens there, or choose another port";
        CommandError::failed(format!("web.listen: cannot listen on {address}: {error}; {remedy}"))
    })?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "listening");
    }
    Ok(listener)
}

/// The configuration as it is now, with the files that it names.
fn reread(context: &Context) -> Result<Config, Vec<Problem>> {
    let config = context.load()?;
    warn_of_others(context);
    let problems = file_problems(&config.tenants);
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}
