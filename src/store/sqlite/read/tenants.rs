//! Tenants that are looked for by their names, and whether the store has them.

use super::snapshot::Snapshot;
use crate::store::model::error::StoreError;
use crate::store::sqlite::store::TenantKey;

/// A tenant by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTenant {
    /// What the configuration calls it.
    pub name: String,
    /// Its number in the store. `None`: it is not in the store yet, since it was never collected, and
    /// so nothing is found of it.
    pub key: Option<TenantKey>,
}

impl NamedTenant {
    /// One that is in the store.
    pub fn stored(key: TenantKey, name: &str) -> Self {
        Self { name: name.to_owned(), key: Some(key) }
    }

    /// The numbers of those that are in the store.
    pub fn keys(tenants: &[Self]) -> Vec<TenantKey> {
        tenants.iter().filter_map(|tenant| tenant.key).collect()
    }

    /// The name of the one that has this number.
    pub fn name_of(tenants: &[Self], key: TenantKey) -> Option<&str> {
        let found = tenants.iter().find(|tenant| tenant.key == Some(key));
        found.map(|tenant| tenant.name.as_str())
    }
}

impl Snapshot<'_> {
    /// The tenants that are called so, in the same order.
    pub fn find_tenants<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Vec<NamedTenant>, StoreError> {
        let known = self.tenants()?;
        let key = |name: &str| known.iter().find(|(_, known)| known == name).map(|(key, _)| *key);
        let named = |name: &str| NamedTenant { name: name.to_owned(), key: key(name) };
        Ok(names.into_iter().map(named).collect())
    }
}
