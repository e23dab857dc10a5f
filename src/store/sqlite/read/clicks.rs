//! Reading clicks back as the source showed them, newest first, by what the segments tell.

use std::ops::ControlFlow;

use rusqlite::CachedStatement;

use crate::click::pattern::MessageIdSet;
use crate::click::selection::Selection;
use crate::clock::{Hour, Span, Tick};
use crate::store::sqlite::clicks::row::key;
use crate::store::sqlite::clicks::stored::{COLUMNS, Stored, TextReader, unpacked};
use crate::store::{
    ClickFilter, LiveRow, RowFilter, Snapshot, StoreError, StoredClick, TenantKey, Withdrawn,
};

use super::chains::Chains;

/// A run of one tenant's rows to read.
struct Run {
    from: i64,
    last: i64,
    tenant: TenantKey,
}

impl Snapshot<'_> {
    /// Shows `visit` the clicks that pass `filter`, newest first, until it breaks.
    pub fn clicks(
        &self,
        filter: &ClickFilter,
        mut visit: impl FnMut(StoredClick<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut search = Search::new(self, filter)?;
        let mut reader = RowReader {
            rows: self.tx.prepare_cached(&format!(
                "-- clicks::clicks\n\
                 SELECT {COLUMNS} FROM click WHERE tenant = ?1 AND ts BETWEEN ?2 AND ?3 \
                 ORDER BY ts DESC, key DESC"
            ))?,
            texts: TextReader::new(&self.tx)?,
            stored: Stored::default(),
        };
        for hour in self.hours_with_clicks(filter)? {
            for run in search.runs(hour)? {
                if reader.read(&run, &search, &mut visit)?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Shows `visit` every row of a tenant and span, live and withdrawn, oldest first, until it
    /// breaks.
    pub fn rows(
        &self,
        tenant: TenantKey,
        span: Span,
        mut visit: impl FnMut(StoredClick<'_>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(&format!(
            "-- clicks::rows\n\
             SELECT {COLUMNS} FROM click WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 \
             ORDER BY ts, key"
        ))?;
        let (mut texts, mut stored) = (TextReader::new(&self.tx)?, Stored::default());
        let mut rows = statement.query([tenant.0, span.from.0, span.until.0])?;
        while let Some(row) = rows.next()? {
            texts.read(row, &mut stored)?;
            if stored.shown(tenant).is_some_and(|click| visit(click).is_break()) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The live rows of one tick with what segments do not carry, in the order of segments.
    pub fn live_at(&self, tenant: TenantKey, at: Tick) -> Result<Vec<LiveRow>, StoreError> {
        let sql = "-- clicks::live_at\n\
                   SELECT key, first_stored, report_id, message_id FROM click \
                   WHERE tenant = ?1 AND ts = ?2 AND state = 0 ORDER BY key";
        let mut statement = self.tx.prepare_cached(sql)?;
        let mut rows = statement.query([tenant.0, at.0])?;
        let mut live = Vec::new();
        while let Some(row) = rows.next()? {
            live.push(LiveRow {
                key: key(row, 0)?,
                first_stored: Tick::from_unix_seconds(row.get(1)?),
                report: unpacked(row, 2)?,
                message: unpacked(row, 3)?,
            });
        }
        Ok(live)
    }

    /// The hours to look at, newest first.
    fn hours_with_clicks(&self, filter: &ClickFilter) -> Result<Vec<Hour>, StoreError> {
        let span = filter.span;
        let (Some(first), Some(last)) = (span.hours().next(), span.hours().next_back()) else {
            return Ok(Vec::new());
        };
        let mut hours = Vec::new();
        let sql = "-- clicks::hours_with_clicks\n\
                   SELECT hour FROM segment WHERE tenant = ?1 AND hour BETWEEN ?2 AND ?3";
        let mut segments = self.tx.prepare_cached(sql)?;
        for tenant in &filter.tenants {
            let mut rows = segments.query([tenant.0, first.0, last.0])?;
            while let Some(row) = rows.next()? {
                hours.push(Hour(row.get(0)?));
            }
            if filter.withdrawn == Withdrawn::Show {
                hours.extend(self.withdrawn(*tenant, span)?.into_iter().map(|ts| Tick(ts).hour()));
            }
        }
        hours.sort_unstable_by(|a, b| b.cmp(a));
        hours.dedup();
        Ok(hours)
    }

    /// The times of withdrawn rows.
    fn withdrawn(&self, tenant: TenantKey, span: Span) -> Result<Vec<i64>, StoreError> {
        let sql = "-- clicks::withdrawn\n\
                   SELECT ts FROM click INDEXED BY click_withdrawn \
                   WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 AND state = 1";
        let mut statement = self.tx.prepare_cached(sql)?;
        let rows = statement.query_map([tenant.0, span.from.0, span.until.0], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tells by the segments which clicks `selection` may mean.
    pub fn row_filter<'s>(&self, selection: &'s Selection) -> Result<RowFilter<'s>, StoreError> {
        RowFilter::new(self, selection)
    }

    /// For each live click of `span`, in the order of segments, whether its `NetworkMessageId` is
    /// among `messages`, which segments do not carry.
    pub fn with_messages(
        &self,
        tenant: TenantKey,
        span: Span,
        messages: &MessageIdSet,
    ) -> Result<Vec<bool>, StoreError> {
        let mut statement = self.tx.prepare_cached(
            "-- clicks::with_messages\n\
             SELECT message_id FROM click WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 \
             AND state = 0 ORDER BY ts, key",
        )?;
        let mut rows = statement.query([tenant.0, span.from.0, span.until.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(messages.has(&unpacked(row, 0)?));
        }
        Ok(found)
    }
}

/// A filter with its texts resolved.
struct Search<'s> {
    snapshot: &'s Snapshot<'s>,
    filter: &'s ClickFilter,
    row_filter: RowFilter<'s>,
    chains: Option<Chains<'s>>,
    everything: bool,
}

impl<'s> Search<'s> {
    fn new(snapshot: &'s Snapshot<'_>, filter: &'s ClickFilter) -> Result<Self, StoreError> {
        let row_filter = snapshot.row_filter(&filter.selection)?;
        let everything = filter.selection.needs_rows_alone();
        let chains = Chains::of(&filter.selection);
        Ok(Self { snapshot, filter, row_filter, chains, everything })
    }

    /// What to read of an hour, newest first: neighbours of one tenant are one run where segments
    /// rule out no row.
    fn runs(&mut self, hour: Hour) -> Result<Vec<Run>, StoreError> {
        let span = hour.span().intersect(self.filter.span);
        let mut wanted: Vec<(i64, TenantKey)> = Vec::new();
        for tenant in &self.filter.tenants {
            let row_filter = &mut self.row_filter;
            self.snapshot.fold(*tenant, span, |slice| {
                let fits = row_filter.fits(self.snapshot, slice)?;
                let rows = slice.rows().zip(fits).filter(|(_, fits)| *fits);
                wanted.extend(rows.map(|(row, _)| (row.tick.0, *tenant)));
                Ok(())
            })?;
            if let Some(chains) = &mut self.chains {
                let times = chains.times(self.snapshot, *tenant, span)?;
                wanted.extend(times.into_iter().map(|ts| (ts, *tenant)));
            }
            if self.filter.withdrawn == Withdrawn::Show {
                let times = self.snapshot.withdrawn(*tenant, span)?;
                wanted.extend(times.into_iter().map(|ts| (ts, *tenant)));
            }
        }
        wanted.sort_unstable_by(|(a, m), (b, n)| b.cmp(a).then(m.cmp(n)));
        wanted.dedup();
        let mut runs: Vec<Run> = Vec::new();
        for (ts, tenant) in wanted {
            match runs.last_mut() {
                Some(run) if run.tenant == tenant && self.everything => run.from = ts,
                _ => runs.push(Run { from: ts, last: ts, tenant }),
            }
        }
        Ok(runs)
    }

    /// Whether a row may pass, by what can be told before its texts are read.
    fn may_pass(&self, row: &rusqlite::Row<'_>) -> Result<bool, StoreError> {
        let Selection { messages, reports, .. } = &self.filter.selection;
        Ok((self.filter.withdrawn == Withdrawn::Show || !row.get::<_, bool>(2)?)
            && (messages.is_empty() || messages.has(&unpacked(row, 10)?))
            && (reports.is_empty() || reports.has(&unpacked(row, 11)?)))
    }
}

struct RowReader<'c> {
    rows: CachedStatement<'c>,
    texts: TextReader<'c>,
    stored: Stored,
}

impl RowReader<'_> {
    fn read(
        &mut self,
        run: &Run,
        search: &Search<'_>,
        visit: &mut impl FnMut(StoredClick<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let mut rows = self.rows.query([run.tenant.0, run.from, run.last])?;
        while let Some(row) = rows.next()? {
            if !search.may_pass(row)? {
                continue;
            }
            self.texts.read(row, &mut self.stored)?;
            let picks = |stored: &Stored| search.filter.selection.picks(&stored.click());
            if !picks(&self.stored) {
                continue;
            }
            if self.stored.shown(run.tenant).is_some_and(|click| visit(click).is_break()) {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
