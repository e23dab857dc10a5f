//! Asking the source: a call becomes a query, its answer the terms of collection.

use std::sync::Arc;

use super::call::{Bins, Call, CallFailure, Count, Counted, Expected, Fetch, Split};
use super::pass::Tallied;
use super::pass::{Column, ColumnKind};
use crate::click::{Clicks, Present};
use crate::clock::{Span, Tick};
use crate::kql::query::{self, Bin, ReportIdPart};
use crate::source::wire::{self, CountRow, Kind, ResultsShape, WireError};
use crate::source::{ExhaustedQuota, Hunting, HuntingReply, ReadyCall, ReplyRoom, SourceError};
use crate::store::{PreparedClicks, Store};
use crate::sync_state::fingerprint::{Measure, Measures};

/// Rows at which an answer was cut ("Advanced hunting quotas": 100,000 rows).
const ANSWER_CUT: usize = 100_000;
/// Bytes to expect of an answer to a count.
const COUNT_BYTES: u64 = 512 << 10;
/// Bytes to expect of a row, names and all, until some were seen.
pub(super) const ROW_BYTES: u64 = 1_500;

/// Bytes to expect of one of the parts of an instant that is too big for one answer.
pub(super) const PART_BYTES: u64 = ANSWER_CUT as u64 * ROW_BYTES / 17;

/// Bytes to expect of the answer to a call.
pub(super) fn expected_bytes(call: &Call, row_bytes: u64) -> u64 {
    match call {
        Call::Columns | Call::Confirm(_) => 0,
        Call::Count(_) => COUNT_BYTES,
        Call::Fetch(Fetch { split: Split::ByReportId, .. }) => PART_BYTES,
        Call::Fetch(fetch) => fetch.rows().saturating_mul(row_bytes),
    }
}

/// A call made ready, or why it cannot be made.
pub(super) type Readied = Result<ReadyCall, SourceError>;

/// The tenant's source, and the store's part in preparing its rows.
#[derive(Clone)]
pub(super) struct Queries {
    pub hunting: Hunting,
    pub store: Store,
}

/// An answer with the source's clock at that time.
pub(super) struct Answered<T> {
    pub value: T,
    pub date: Option<Tick>,
}

/// An answer to a fetch, ready to be compared and stored.
pub(super) struct Fetched {
    pub batch: Arc<PreparedClicks>,
    pub tallied: Tallied,
    /// The names of the answer's columns.
    pub columns: Vec<String>,
    pub results: ResultsShape,
    pub rows: u64,
    pub bytes: u64,
    /// Its part of the budget for replies, until it is stored.
    pub room: Option<ReplyRoom>,
}

/// One or more answers to one fetch, before they are summed up.
#[derive(Default)]
pub(super) struct Raw {
    clicks: Clicks,
    columns: Vec<String>,
    present: Present,
    unreadable: u64,
    results: ResultsShape,
    bytes: u64,
    /// The ids of the requests.
    requests: Vec<String>,
}

impl Queries {
    pub async fn columns(&self, ready: Readied) -> Result<Answered<Vec<Column>>, SourceError> {
        let reply = self.hunting.ask(&query::columns(), ready?).await?;
        let columns = wire::columns(&reply.body)?;
        let column = |column: wire::Column| Column {
            kind: if column.kind == Kind::String { ColumnKind::Text } else { ColumnKind::Other },
            name: column.name,
        };
        Ok(Answered { value: columns.into_iter().map(column).collect(), date: reply.date })
    }

    pub async fn counted(
        &self,
        ready: Readied,
        count: &Count,
        measures: &[(usize, &Measure)],
    ) -> Result<Answered<Option<Counted>>, SourceError> {
        let span = count.span;
        let text = match count.bins {
            Bins::Hour => query::count(span, Bin::Hour, measures),
            Bins::Minute => query::count(span, Bin::Minute, measures),
            Bins::Second => query::count(span, Bin::Second, measures),
            Bins::Halves(middle) => query::count_halves(span, middle, measures),
            Bins::Whole => query::count_whole(span, measures),
        };
        let reply = self.hunting.ask(&text, ready?).await?;
        let rows = wire::counts(&reply.body)?.rows;
        let value = rows.map(|rows| cells(count, rows)).transpose()?;
        Ok(Answered { value, date: reply.date })
    }

    /// How many rows a span has; `None` for an answer without results.
    pub async fn rows(
        &self,
        ready: Readied,
        span: Span,
    ) -> Result<Answered<Option<u64>>, SourceError> {
        let reply = self.hunting.ask(&query::count_rows(span), ready?).await?;
        let rows = wire::counts(&reply.body)?.rows;
        let value = rows.and_then(|rows| Some(rows.first()?.fingerprint.rows()));
        Ok(Answered { value, date: reply.date })
    }

    pub async fn fetched(
        &self,
        ready: Readied,
        fetch: Fetch,
        measures: Arc<Measures>,
    ) -> Result<Answered<Fetched>, SourceError> {
        let reply = self.hunting.ask(&query::fetch(fetch.window), ready?).await?;
        let date = reply.date;
        let (raw, room) = decode(reply, Raw::default(), fetch.rows()).await?;
        let value = self.sum_up(raw, fetch, measures).await?;
        Ok(Answered { value: Fetched { room: Some(room), ..value }, date })
    }

    /// One of the parts of a tick that is too big for one answer, added to those before. They keep
    /// no room: who holds some and waits for more could wait for ever.
    pub async fn part(
        &self,
        ready: Readied,
        window: Span,
        part: ReportIdPart,
        so_far: Raw,
    ) -> Result<Raw, SourceError> {
        let reply = self.hunting.ask(&query::fetch_part(window, part), ready?).await?;
        Ok(decode(reply, so_far, 0).await?.0)
    }

    /// Sums an answer up and hashes it, away from the runtime's threads.
    pub async fn sum_up(
        &self,
        raw: Raw,
        fetch: Fetch,
        measures: Arc<Measures>,
    ) -> Result<Fetched, SourceError> {
        let store = self.store.clone();
        blocking(move || {
            let has = |name: &str| raw.columns.iter().any(|column| column == name);
            let mut tallied = Tallied::of(&fetch, &raw.clicks, &measures, has, raw.unreadable);
            tallied.bytes = raw.bytes;
            let rows = raw.clicks.len() as u64;
            let batch = Arc::new(store.prepare(raw.clicks, raw.present).of_requests(raw.requests));
            let Raw { columns, results, bytes, .. } = raw;
            Ok(Fetched { batch, tallied, columns, results, rows, bytes, room: None })
        })
        .await
    }
}

async fn decode(
    reply: HuntingReply,
    so_far: Raw,
    expected: u64,
) -> Result<(Raw, ReplyRoom), SourceError> {
    blocking(move || {
        let answer = wire::clicks(&reply.body, usize::try_from(expected).unwrap_or(ANSWER_CUT))?;
        if answer.clicks.len() >= ANSWER_CUT {
            return Err(SourceError::TooBig);
        }
        let mut requests = so_far.requests;
        requests.push(reply.request_id);
        let mut clicks = so_far.clicks;
        if clicks.is_empty() {
            clicks = answer.clicks;
        } else if !answer.clicks.iter().all(|click| clicks.push(&click)) {
            return Err(SourceError::TooBig);
        }
        let results = match so_far.results {
            ResultsShape::Array => ResultsShape::Array,
            ResultsShape::Null => answer.results,
        };
        let raw = Raw {
            clicks,
            columns: answer.schema.into_iter().map(|column| column.name).collect(),
            present: answer.present,
            unreadable: so_far.unreadable + answer.unreadable,
            results,
            bytes: so_far.bytes.max(reply.body.len() as u64),
            requests,
        };
        Ok((raw, reply.body.into_room()))
    })
    .await
}

/// Runs work for the processor away from the runtime's threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(SourceError::Transport(format!("decoding failed: {error}"))))
}

/// The groups of a count as parts of its span.
fn cells(count: &Count, rows: Vec<CountRow>) -> Result<Counted, WireError> {
    let missing = WireError::Shape("a count has no group");
    let mut cells = Vec::with_capacity(rows.len());
    for CountRow { bin, late, fingerprint } in rows {
        let step = |step: Bin| {
            let from = bin.ok_or(missing.clone())?;
            Ok(Span::new(from, from.plus(step.ticks())).intersect(count.span))
        };
        // What was not asked for says nothing of what was.
        if bin.is_some_and(|from| from >= count.span.until) {
            continue;
        }
        let span = match count.bins {
            Bins::Hour => step(Bin::Hour)?,
            Bins::Minute => step(Bin::Minute)?,
            Bins::Second => step(Bin::Second)?,
            Bins::Halves(middle) if late.ok_or(missing.clone())? => {
                Span::new(middle, count.span.until)
            }
            Bins::Halves(middle) => Span::new(count.span.from, middle),
            Bins::Whole => count.span,
        };
        if fingerprint.rows() > 0 && span.from < span.until {
            cells.push(Expected { span, count: fingerprint });
        }
    }
    cells.sort_by_key(|cell| cell.span.from);
    Ok(cells)
}

impl From<&SourceError> for CallFailure {
    fn from(error: &SourceError) -> Self {
        match error {
            SourceError::Transport(why) => Self::Transport(why.clone()),
            SourceError::Unwell(_) => Self::Unwell(error.to_string()),
            SourceError::Away(_) => Self::Away(error.to_string()),
            SourceError::TokenRefused => Self::Transport(error.to_string()),
            SourceError::TooBig => Self::TooBig,
            SourceError::Slow => Self::Slow,
            SourceError::Schema(why) => Self::Schema(why.clone()),
            SourceError::Throttled { quota: ExhaustedQuota::Cpu, .. } => Self::Cpu,
            SourceError::Throttled {
                quota: ExhaustedQuota::Rate | ExhaustedQuota::SignIns,
                ..
            } => Self::Rate,
            SourceError::Refused(refusal) => Self::Refused(refusal.to_string()),
            SourceError::Rejected(why) => Self::Rejected(why.clone()),
        }
    }
}
