//! A case: all that is known of the rows that are meant, and the shapes of its files.

pub(crate) mod case;
pub(crate) mod objects;
mod query;
pub(crate) mod row;
