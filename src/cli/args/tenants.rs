//! `--tenant`: the tenants that a command is for, and what they are in the store.

use crate::cli::{CommandError, Exit};
use crate::config::{Config, Tenant};
use crate::store::{Snapshot, StoreError, TenantKey};

/// The tenants that a command is for: those named, or all.
pub(in crate::cli) fn select_tenants<'c>(
    config: &'c Config,
    names: &[String],
) -> Result<Vec<&'c Tenant>, CommandError> {
    let named = |name: &String| config.tenants.iter().any(|tenant| tenant.name == *name);
    if let Some(name) = names.iter().find(|name| !named(name)) {
        let known: Vec<&str> = config.tenants.iter().map(|t| t.name.as_str()).collect();
        let (known, name) = (known.join(", "), crate::text::escape::one_line(name));
        let why = format!("--tenant: no tenant is named {name:?}; configured are: {known}");
        return Err(CommandError::Said(Exit::BadConfig, why));
    }
    let wanted = |tenant: &&Tenant| names.is_empty() || names.contains(&tenant.name);
    Ok(config.tenants.iter().filter(wanted).collect())
}

/// The numbers that tenants have in the store. One that was never collected has none there: it
/// gets one that no tenant has, and so nothing is found of it.
pub(in crate::cli) fn tenant_keys(
    snapshot: &Snapshot<'_>,
    tenants: &[&Tenant],
) -> Result<Vec<(TenantKey, String)>, StoreError> {
    const NOBODY: TenantKey = TenantKey(0);
    let known = snapshot.tenants()?;
    let key = |name: &str| known.iter().find(|(_, known)| known == name).map(|(key, _)| *key);
    let keyed = |tenant: &&Tenant| (key(&tenant.name).unwrap_or(NOBODY), tenant.name.clone());
    Ok(tenants.iter().map(keyed).collect())
}
