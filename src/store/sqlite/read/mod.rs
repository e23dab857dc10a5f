//! Reading: everything that one answer needs, from one state of the database.

pub(crate) mod clicked;
pub(crate) mod clicks;
pub(crate) mod row_filter;
pub(crate) mod snapshot;
pub(crate) mod tenants;
