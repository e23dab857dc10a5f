//! `clickwarden db check`: a line for each part of the database, and under it what was found.

use std::io::Write as _;

use super::look::look;
use super::repair;
use super::report::{Checked, KeyedTenant};
use crate::cli::{CommandError, Context, Exit};
use crate::store::{NamedTenant, Store};
use crate::view::scope::{find_tenants, select_tenants};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Of the clicks only those of this tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Mend what can be mended, and have the source give again what cannot
    #[arg(long)]
    repair: bool,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let named = select_tenants(&config, arguments.tenant.as_slice())?;
    let store = Store::open_read_only(&config.store.path)?;
    let tenants = store.read(|snapshot| match arguments.tenant {
        Some(_) => Ok(stored(find_tenants(snapshot, &named)?)),
        // Also those that are in the configuration no more.
        None => snapshot.tenants(),
    })?;
    let mut report = look(&store, &tenants)?;
    report.print(&tenants)?;
    if arguments.repair && !report.found.is_empty() {
        drop(store);
        let tenants = repair::run(context, &config, tenants, report)?;
        report = look(&Store::open_read_only(&config.store.path)?, &tenants)?;
        writeln!(std::io::stdout().lock(), "\nchecked again:")?;
        report.print(&tenants)?;
    }
    let checked = if arguments.repair { Checked::AfterRepair } else { Checked::First };
    report.advise(&config.store.path, checked)
}

/// Those that are in the store: of others there is nothing to look at.
fn stored(tenants: Vec<NamedTenant>) -> Vec<KeyedTenant> {
    tenants.into_iter().filter_map(|tenant| Some((tenant.key?, tenant.name))).collect()
}
