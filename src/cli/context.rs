//! What every command starts from: the configuration, the store, the time, sign-in, threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::CommandError;
use crate::auth::SharedAuth;
use crate::clock::Clock;
use crate::config::{Config, Problem, environment};
use crate::store::{Store, StoredGates};

/// Where the configuration is looked for when nothing names it.
const DEFAULT_CONFIG: &str = "/etc/clickwarden/clickwarden.toml";

/// What every command gets.
#[derive(Clone)]
pub(crate) struct Context {
    pub(in crate::cli) config: Option<PathBuf>,
    pub(in crate::cli) clock: Clock,
}

impl Context {
    /// The file of the configuration: the one that was named, or the default one.
    pub(in crate::cli) fn config_path(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new(DEFAULT_CONFIG))
    }

    /// The configuration.
    pub(in crate::cli) fn config(&self) -> Result<Config, CommandError> {
        Ok(self.load()?)
    }

    /// The configuration, or everything that is wrong with it.
    pub(in crate::cli) fn load(&self) -> Result<Config, Vec<Problem>> {
        Config::load(Some(self.config_path()), environment())
    }
}

/// The store, to be written to; it must be there already.
pub(in crate::cli) fn existing_store(config: &Config) -> Result<Store, CommandError> {
    Store::open_read_only(&config.store.path)?;
    Ok(Store::open(&config.store.path)?)
}

/// The runtime that commands with a network run on.
pub(in crate::cli) fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    let made = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    made.map_err(|error| CommandError::failed(format!("cannot start threads: {error}")))
}

/// Connections, and the gates of the store where there is one that can be used.
pub(in crate::cli) fn shared_auth(config: &Config, clock: &Clock) -> SharedAuth {
    let path = &config.store.path;
    match Store::open_read_only(path).and_then(|_| Store::open(path)) {
        Ok(store) => SharedAuth::with_gates(Arc::new(StoredGates::new(store, clock))),
        Err(_) => SharedAuth::default(),
    }
}
