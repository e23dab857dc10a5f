//! What is looked at: tenants of the configuration as they stand in the store, and a window.

use std::collections::BTreeMap;

use crate::clock::Span;
use crate::config::{Config, Tenant};
use crate::store::{NamedTenant, Snapshot, StoreError, TenantKey};
use crate::text::escape::one_line;

/// Tenants and a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// In the order of the configuration.
    pub tenants: Vec<NamedTenant>,
    /// The window.
    pub span: Span,
}

/// A name that the configuration does not know.
#[derive(Debug, thiserror::Error)]
#[error("no tenant is named {:?}; configured are: {}", one_line(.name), .known.join(", "))]
pub struct UnknownTenant {
    name: String,
    known: Vec<String>,
}

/// The tenants that are meant: those named, or all.
pub fn select_tenants<'c>(
    config: &'c Config,
    names: &[String],
) -> Result<Vec<&'c Tenant>, UnknownTenant> {
    let is_known = |name: &String| config.tenants.iter().any(|tenant| tenant.name == *name);
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        let known = config.tenants.iter().map(|tenant| tenant.name.clone()).collect();
        return Err(UnknownTenant { name: name.clone(), known });
    }
    let is_wanted = |tenant: &&Tenant| names.is_empty() || names.contains(&tenant.name);
    Ok(config.tenants.iter().filter(is_wanted).collect())
}

/// Tenants of the configuration as they stand in the store.
pub fn find_tenants(
    snapshot: &Snapshot<'_>,
    tenants: &[&Tenant],
) -> Result<Vec<NamedTenant>, StoreError> {
    snapshot.find_tenants(tenants.iter().map(|tenant| tenant.name.as_str()))
}

/// What the tenants of the store are called.
pub fn tenant_names(snapshot: &Snapshot<'_>) -> Result<BTreeMap<TenantKey, String>, StoreError> {
    Ok(snapshot.tenants()?.into_iter().collect())
}
