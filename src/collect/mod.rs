//! Collection: compare counts, then fetch what differs. No watermark: the same mechanism does the
//! first fill, the steady state, catching up and repair.
//!
//! [`Pass`] is the pure part: it says what to call and takes the answers. A [`Collector`] runs it
//! for one tenant against source and store, one call a step.
//!
//! | what | where |
//! | --- | --- |
//! | the calls that collection makes, and how they fail | `call` |
//! | what to call, and what an answer means: pure | `pass` |
//! | a call as a query, an answer as numbers and rows | `queries` |
//! | call after call under one lease, and what is written of each | `session` |
//! | session after session | `collector`, with `settings`, `step`, `totals`, `error` |

mod call;
mod collector;
mod error;
mod pass;
mod queries;
mod session;
mod settings;
mod step;
mod totals;

pub use call::{
    Bins, Call, CallFailure, Count, CountPurpose, Counted, Expected, Fetch, Grain, NextCall, Split,
};
pub use collector::{Collector, Start};
pub use error::CollectError;
pub use pass::{
    CollectLimits, Column, ColumnKind, Pass, Remaining, SOURCE_RETENTION, Tallied, horizon,
    horizon_start, missing_identity,
};
pub use settings::CollectSettings;
pub use step::{CollectStep, Idle};
pub use totals::CollectTotals;
