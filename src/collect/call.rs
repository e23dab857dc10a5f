//! The calls that collection makes, and how they can fail.

use crate::clock::{Hour, Span, Tick};
use crate::sync_state::fingerprint::Fingerprint;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum NextCall {
    /// Make this call.
    Call(Call),
    /// Nothing before this time, in the source's clock.
    Wait(Tick),
}

/// One call to the source.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Learn the table's columns.
    Columns,
    /// Count rows.
    Count(Count),
    /// Confirm with a plain row count that a count without an answer means no rows.
    Confirm(Count),
    /// Fetch rows.
    Fetch(Fetch),
}

/// A call for counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// The time counted.
    pub span: Span,
    /// In what parts.
    pub bins: Bins,
    /// What the answer is for.
    pub purpose: CountPurpose,
}

/// In what parts a span is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bins {
    /// By hour.
    Hour,
    /// By minute.
    Minute,
    /// By second.
    Second,
    /// Before this point, and from it on.
    Halves(Tick),
    /// As one.
    Whole,
}

/// What a count is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountPurpose {
    /// The comparison that is due.
    Horizon,
    /// The last two hours, by minute.
    Live,
    /// Finding where in a large hour the rows are.
    Drill,
    /// A second look after an answer that differed.
    Recount,
}

/// A call for rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetch {
    /// The time fetched.
    pub window: Span,
    /// What the source counted there, in order; nothing was counted between the cells.
    pub cells: Vec<Expected>,
    /// How fine the cells are.
    pub grain: Grain,
    /// Whether the window is one tick that is too big for one answer.
    pub split: Split,
}

/// A part of a window with what the source counted in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The part.
    pub span: Span,
    /// The count.
    pub count: Fingerprint,
}

/// How fine the cells of a window are: a window's cells are all of one grain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// Whole hours.
    Hour,
    /// Whole minutes.
    Minute,
    /// Whole seconds.
    Second,
    /// One cell of any length.
    Single,
}

/// Whether a window is fetched in one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// In one.
    None,
    /// By the first character of `ReportId`.
    ByReportId,
}

impl Fetch {
    /// Rows that the source counted in the window.
    pub fn rows(&self) -> u64 {
        self.cells.iter().map(|cell| cell.count.rows()).sum()
    }

    /// Rows that the source counted in one hour of the window.
    pub fn rows_in(&self, hour: Hour) -> u64 {
        let cells = self.cells.iter().filter(|cell| cell.span.from.hour() == hour);
        cells.map(|cell| cell.count.rows()).sum()
    }

    /// The hours that have a cell in the window, in order.
    pub fn hours(&self) -> Vec<Hour> {
        let mut hours: Vec<Hour> = self.cells.iter().map(|cell| cell.span.from.hour()).collect();
        hours.dedup();
        hours
    }

    /// The bins that count the window in its own cells.
    pub const fn bins(&self) -> Bins {
        match self.grain {
            Grain::Hour => Bins::Hour,
            Grain::Minute => Bins::Minute,
            Grain::Second => Bins::Second,
            Grain::Single => Bins::Whole,
        }
    }
}

/// Why a call gave no usable answer. Whatever closes the gate is recorded by the caller as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// Reset, half an answer, HTML with status 200, a server error of something in between.
    Transport(String),
    /// A server error of the source's own, which a smaller question may spare us.
    Unwell(String),
    /// The source says that it is away, whatever is asked.
    Away(String),
    /// The answer would pass a size limit, or was cut.
    TooBig,
    /// No answer in time, or preempted.
    Slow,
    /// The table does not have the columns asked for.
    Schema(String),
    /// The tenant's CPU quota is used up.
    Cpu,
    /// Too many calls.
    Rate,
    /// Microsoft refuses: credentials or permission.
    Refused(String),
    /// The source does not accept the query.
    Rejected(String),
}

/// A count's answer: the parts that have rows, in order.
pub type Counted = Vec<Expected>;
