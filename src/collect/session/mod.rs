//! A session at one tenant: its lease held and renewed, its state in memory, call after call.
//!
//! | what | where |
//! | --- | --- |
//! | what a session holds, from its begin to its end | `state`, `lease` |
//! | one step, and what a call needs before it is made | `step`, `permit` |
//! | answers: to a fetch, to any other call, and to one in parts | `receive`, `count`, `split` |
//! | what is written, and what the log hears of failures | `commit`, `failures` |

mod commit;
mod count;
mod failures;
mod lease;
mod permit;
mod receive;
mod split;
mod state;
mod step;

pub(super) use lease::LEASE_TIME;
pub(super) use state::CollectSession;
