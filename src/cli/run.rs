//! `clickwarden run`: the daemon.

use super::{Context, Exit, Failure, check_files, runtime};
use crate::lifecycle::End;
use crate::store::Store;

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    check_files(&config.tenants)?;
    let store = Store::open(&config.store.path)?;
    let runtime = runtime()?;
    let end = runtime.block_on(crate::daemon::run(&config, &store, &context.clock))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(match end {
        End::Stopped | End::CutOff => Exit::Done,
        End::Died => Exit::Failed,
    })
}
