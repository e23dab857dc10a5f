//! The store's part of the check, read only.

use std::path::Path;

use rustix::fs::Access;

use super::line::{CheckLine, CheckStatus};
use super::{Clock, Config, Exit};
use crate::cli::print::text::{bytes, counted};
use crate::clock::Tick;
use crate::process::private_file::folder_of;
use crate::store::{OpenRefusal, Store, StoreError};

/// Looks at the file; gives the store if there is one that can be read.
pub(super) fn check(config: &Config) -> (CheckLine, Option<Store>) {
    let path = &config.store.path;
    let shown = path.display();
    let bad = |error: &StoreError| {
        CheckLine::new("store", CheckStatus::Bad(Exit::from(error)), error.to_string())
    };
    let opened = Store::open_read_only(path);
    let words = match &opened {
        Ok(store) => match size(store) {
            Ok(size) => format!("{shown}: {size}"),
            Err(error) => return (bad(&error), None),
        },
        Err(StoreError::Refused { why: OpenRefusal::Missing, .. }) => {
            format!("{shown}: there is none yet, the first `clickwarden sync` makes it")
        }
        Err(StoreError::Refused { why: OpenRefusal::Older { found }, .. }) => {
            format!(
                "{shown}: has the older schema {found}, which the next `clickwarden sync` brings up to date"
            )
        }
        Err(error) => return (bad(error), None),
    };
    match writable(path) {
        Ok(()) => (CheckLine::new("store", CheckStatus::Good, words), opened.ok()),
        Err(error) => {
            let why =
                format!("{shown}: {error}; check the owner and mode of the file and its folder");
            (CheckLine::new("store", CheckStatus::Bad(Exit::BadConfig), why), opened.ok())
        }
    }
}

fn size(store: &Store) -> Result<String, StoreError> {
    store.read(|snapshot| {
        let size = snapshot.size()?;
        Ok(format!("{}, {}", bytes(size.bytes + size.wal_bytes), counted(size.clicks, "click")))
    })
}

/// Whether the file and others beside it could be written. Leaves nothing behind: the file that is
/// made never has a name where the system can do that.
fn writable(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        // Asked, not opened: closing it would take the locks of our own connection away.
        rustix::fs::access(path, Access::WRITE_OK)?;
    }
    tempfile::tempfile_in(folder_of(path))?;
    Ok(())
}

/// Until when the tenant's gate is closed, and why. A store that cannot tell closes none.
pub(super) fn gate(store: &Store, tenant: &str, clock: &Clock) -> Option<(Tick, String)> {
    let found = store.read(|snapshot| {
        let found = snapshot.find_tenants([tenant])?.pop();
        let key = found.and_then(|tenant| tenant.key);
        key.map_or(Ok(None), |key| snapshot.gate(key, clock.now()))
    });
    found.ok().flatten()
}
