//! Time: 100-ns ticks as KQL counts them, spans, hours, schedules, and the clock that is passed in.

pub mod backoff;
mod duration;
mod jumps;
mod now;
mod rfc3339;
pub mod schedule;
mod span;
mod tick;

pub use duration::{duration_of, ticks_of};
pub use jumps::Jumps;
pub use now::{Clock, Hands, Moment};
pub use span::Span;
pub use tick::{DAY, HOUR, Hour, MINUTE, SECOND, Tick};
