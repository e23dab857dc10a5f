//! A tenant's collection as a pure state machine: [`Pass::next`] says what to call, the `on_…`
//! functions take the answer. Time and answers are passed in; nothing here touches store or source.
//!
//! | what | where |
//! | --- | --- |
//! | what a pass knows, and what bounds it | `state`, `limits` |
//! | what to call next; when a pass begins and ends | `next`, `schedule`, `horizons` |
//! | which window to fetch: hours in order, their pieces, the window grown from them | `plan`, `planner`, `pieces`, `window` |
//! | an answer to a count: taken over, or doubted | `count`, `seen`, `columns` |
//! | an answer to a fetch: summed up, compared, held | `tallied`, `compare`, `hold` |
//! | what fails, and what will not settle | `failures`, `disputes` |

mod columns;
mod compare;
mod count;
mod disputes;
mod failures;
mod hold;
mod horizons;
mod limits;
mod next;
mod pieces;
mod plan;
mod planner;
mod schedule;
mod seen;
mod state;
mod tallied;
mod window;

pub use columns::{Column, ColumnKind, missing_identity};
pub use limits::{CollectLimits, SOURCE_RETENTION, horizon, horizon_start};
pub use state::{Pass, Remaining};
pub use tallied::Tallied;
