//! What collection keeps: leases, gates, hours and progress.

pub(crate) mod gate;
pub(crate) mod gate_book;
pub(crate) mod hours;
pub(crate) mod lease;
pub(crate) mod queue;
