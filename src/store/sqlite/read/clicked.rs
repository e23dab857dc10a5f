//! Which URLs were clicked in a stretch of time: a look at one column of the segments.

use std::collections::BTreeSet;

use rusqlite::params;

use crate::clock::{Hour, Span};
use crate::store::model::error::StoreError;
use crate::store::model::segment::Slice;
use crate::store::{Snapshot, TenantKey};

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
            "SELECT hour, clicks FROM segment WHERE tenant = ?1 AND hour BETWEEN ?2 AND ?3 \
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
