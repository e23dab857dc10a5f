//! How large the store is, and how far its clicks reach.

use crate::clock::Tick;
use crate::store::sqlite::file::beside::beside;
use crate::store::{Snapshot, StoreError, StoreSize, TenantKey};

impl Snapshot<'_> {
    /// How large the store is.
    pub fn size(&self) -> Result<StoreSize, StoreError> {
        let len = |path: &std::path::Path| path.metadata().map_or(0, |file| file.len());
        let clicks = "-- size::size\n\
                      SELECT coalesce(sum(rows), 0) FROM segment";
        let mut size = StoreSize {
            bytes: len(self.path),
            wal_bytes: len(&beside(self.path, "-wal")),
            clicks: self.tx.query_row(clicks, [], |row| row.get::<_, i64>(0))?.cast_unsigned(),
            ..StoreSize::default()
        };
        for (tenant, _) in self.tenants()? {
            let (oldest, newest) = self.edges(tenant)?;
            size.oldest = [size.oldest, oldest].into_iter().flatten().min();
            size.newest = size.newest.max(newest);
        }
        Ok(size)
    }

    /// The first and the last click of a tenant. Two queries: only alone is each a seek.
    pub fn edges(&self, tenant: TenantKey) -> Result<(Option<Tick>, Option<Tick>), StoreError> {
        let edge = |sql| -> Result<Option<Tick>, StoreError> {
            let mut statement = self.tx.prepare_cached(sql)?;
            let ts: Option<i64> = statement.query_row([tenant.0], |row| row.get(0))?;
            Ok(ts.map(Tick))
        };
        Ok((
            edge(
                "-- size::edges\n\
                 SELECT min(ts) FROM click WHERE tenant = ?1",
            )?,
            edge(
                "-- size::edges\n\
                 SELECT max(ts) FROM click WHERE tenant = ?1",
            )?,
        ))
    }
}
