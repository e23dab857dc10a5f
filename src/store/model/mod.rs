//! What the store is about, without a database: every back end shares it.

pub(crate) mod diff;
pub(crate) mod error;
pub(crate) mod guid;
pub(crate) mod identity;
pub(crate) mod owner;
pub(crate) mod prepare;
pub mod segment;
