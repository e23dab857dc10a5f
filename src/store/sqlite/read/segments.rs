//! Reading segments: the live clicks of hours, packed.

use std::collections::BTreeSet;

use rusqlite::params;

use crate::clock::{Hour, Span};
use crate::store::model::segment::Slice;
use crate::store::{Snapshot, StoreError, TenantKey};

impl Snapshot<'_> {
    /// Shows `visit` the live clicks of `span`, hour by hour, oldest first, cut to the tick.
    pub fn fold(
        &self,
        tenant: TenantKey,
        span: Span,
        mut visit: impl FnMut(&Slice<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "-- segments::fold\n\
             SELECT hour, clicks FROM segment WHERE tenant = ?1 AND hour BETWEEN ?2 AND ?3 \
             ORDER BY hour",
        )?;
        let (Some(first), Some(last)) = (span.hours().next(), span.hours().next_back()) else {
            return Ok(());
        };
        let mut rows = statement.query([tenant.0, first.0, last.0])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let slice = Slice::decode(Hour(row.get(0)?), bytes)
                .ok_or_else(|| StoreError::Damaged("a segment is unreadable".to_owned()))?
                .cut(span);
            if !slice.is_empty() {
                visit(&slice)?;
            }
        }
        Ok(())
    }
}

impl Snapshot<'_> {
    /// Those of `wanted`, ids of URLs, that a tenant's people clicked in `span`. Looks at the newest
    /// hours first, and no further than it must.
    pub fn clicked(
        &self,
        tenant: TenantKey,
        span: Span,
        wanted: &BTreeSet<u32>,
    ) -> Result<BTreeSet<u32>, StoreError> {
        let mut found = BTreeSet::new();
        let (Some(first), Some(last)) = (span.hours().next(), span.hours().next_back()) else {
            return Ok(found);
        };
        let mut open = vec![false; wanted.last().map_or(0, |last| *last as usize + 1)];
        for url in wanted {
            open.get_mut(*url as usize).into_iter().for_each(|slot| *slot = true);
        }
        let mut statement = self.tx.prepare_cached(
            "-- segments::clicked\n\
             SELECT hour, clicks FROM segment WHERE tenant = ?1 AND hour BETWEEN ?2 AND ?3 \
             ORDER BY hour DESC",
        )?;
        let mut rows = statement.query(params![tenant.0, first.0, last.0])?;
        while found.len() < wanted.len()
            && let Some(row) = rows.next()?
        {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let slice = Slice::decode(Hour(row.get(0)?), bytes)
                .ok_or_else(|| StoreError::Damaged("a segment is unreadable".to_owned()))?
                .cut(span);
            for url in slice.urls() {
                if let Some(slot) = open.get_mut(url as usize)
                    && std::mem::take(slot)
                {
                    found.insert(url);
                }
            }
        }
        Ok(found)
    }
}
