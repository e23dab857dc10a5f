//! A tenant's collection as a pure state machine: what to call next, and what each answer means.
//! Time and answers are passed in; nothing here touches store or source.

mod columns;
mod compare;
mod count;
mod disputes;
mod hold;
mod horizons;
mod pieces;
mod plan;
mod seen;
mod state;
mod tallied;
mod window;

pub use columns::{Column, ColumnKind, missing_identity};
pub use state::{CollectLimits, Pass, Remaining, SOURCE_RETENTION, horizon, horizon_start};
pub use tallied::Tallied;
