//! The tenants of a store.

use rusqlite::OptionalExtension;

use crate::store::{NamedTenant, StoreError, TenantKey};

use super::snapshot::Snapshot;
use super::store::Store;

impl Store {
    /// The number of the tenant with this name, which is added if it is new.
    pub fn tenant(&self, name: &str) -> Result<TenantKey, StoreError> {
        self.write(|conn, _| {
            let found = conn
                .prepare_cached(
                    "-- tenants::tenant\n\
                     SELECT id FROM tenant WHERE name = ?1",
                )?
                .query_row([name], |row| row.get(0))
                .optional()?;
            Ok(TenantKey(match found {
                Some(id) => id,
                None => conn
                    .prepare_cached(
                        "-- tenants::tenant\n\
                         INSERT INTO tenant(name) VALUES (?1)",
                    )?
                    .insert([name])?,
            }))
        })
    }
}

impl Snapshot<'_> {
    /// All tenants ever collected, by name.
    pub fn tenants(&self) -> Result<Vec<(TenantKey, String)>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "-- tenants::tenants\n\
             SELECT id, name FROM tenant ORDER BY name",
        )?;
        let rows = statement.query_map([], |row| Ok((TenantKey(row.get(0)?), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

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
