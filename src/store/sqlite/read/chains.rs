//! Clicks found by what their chains of URLs hold, which segments do not carry.

use std::collections::HashMap;

use rusqlite::params;

use crate::click::selection::{Indicators, Selection};
use crate::clock::Span;
use crate::store::{Snapshot, StoreError, TenantKey};

/// The chains that were met, each looked at once. A chain that is just the click's own URL has no
/// text of its own: segments tell of it.
pub(crate) struct Chains<'s> {
    indicators: &'s Indicators,
    known: HashMap<u32, bool>,
}

impl<'s> Chains<'s> {
    /// `None` where nothing is looked for in them.
    pub(crate) fn of(selection: &'s Selection) -> Option<Self> {
        let indicators = selection.indicators.as_ref().filter(|any| any.has_links())?;
        Some(Self { indicators, known: HashMap::new() })
    }

    /// The times of the tenant's clicks in `span` whose chain has what is looked for.
    pub(crate) fn times(
        &mut self,
        snapshot: &Snapshot<'_>,
        tenant: TenantKey,
        span: Span,
    ) -> Result<Vec<i64>, StoreError> {
        let sql = "-- chains::times\n\
                   SELECT ts, chain FROM click \
                   WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 AND chain > 0";
        let mut statement = snapshot.tx.prepare_cached(sql)?;
        let mut rows = statement.query(params![tenant.0, span.from.0, span.until.0])?;
        let mut times = Vec::new();
        while let Some(row) = rows.next()? {
            if self.is_meant(snapshot, row.get(1)?)? {
                times.push(row.get(0)?);
            }
        }
        Ok(times)
    }

    fn is_meant(&mut self, snapshot: &Snapshot<'_>, id: u32) -> Result<bool, StoreError> {
        if let Some(meant) = self.known.get(&id) {
            return Ok(*meant);
        }
        let mut find = snapshot.tx.prepare_cached(
            "-- chains::is_meant\n\
             SELECT text FROM chain WHERE id = ?1",
        )?;
        let mut rows = find.query([id])?;
        let gone = || StoreError::Damaged("a chain is missing".to_owned());
        let text = rows.next()?.ok_or_else(gone)?.get_ref(0)?;
        let text = text.as_str().map_err(rusqlite::Error::from)?;
        let meant = self.indicators.has_chain(text);
        self.known.insert(id, meant);
        Ok(meant)
    }
}
