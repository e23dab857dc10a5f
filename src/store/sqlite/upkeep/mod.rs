//! Upkeep: old clicks go, texts that nothing uses go, and the file is checked and repaired.

pub(crate) mod check;
pub(crate) mod retain;
pub(crate) mod sweep;
