//! Reading: everything that one answer needs, from one state of the database.

pub(crate) mod chains;
pub(crate) mod changes;
pub(crate) mod clicks;
pub(crate) mod segments;
pub(crate) mod size;
pub(crate) mod texts;
