//! A tenant, by its number in the store and by its name.

/// A tenant's number in this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantKey(pub i64);

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
