//! Clicks: how they are written, and what is written with them.

pub(crate) mod answers;
pub(crate) mod apply;
pub(crate) mod change;
pub(crate) mod intern;
pub(crate) mod merge;
pub(crate) mod row;
pub(crate) mod splice;
pub(crate) mod stored;
pub(crate) mod touched;
