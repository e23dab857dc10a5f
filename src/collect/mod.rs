//! Collection: compare counts, then fetch what differs. No watermark: the same mechanism does the
//! first fill, the steady state, catching up and repair.
//!
//! [`Pass`] is the pure part.

mod call;
mod columns;
mod count;
mod judge;
mod pass;
mod plan;
mod trouble;

pub use call::{Bins, Call, Count, Counted, Expected, Failure, Fetch, Grain, Next, Purpose, Split};
pub use columns::{Column, ColumnKind, missing_identity};
pub use judge::Tallied;
pub use pass::{KEPT, Limits, Pass};
