//! What the store is about, without a database: every back end shares it.

pub(crate) mod alert;
pub(crate) mod answer;
pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod click_ids;
pub(crate) mod diff;
pub(crate) mod digest;
pub(crate) mod error;
pub(crate) mod guid;
pub(crate) mod identity;
pub(crate) mod lease;
pub(crate) mod notification;
pub(crate) mod outbox;
pub(crate) mod owner;
pub(crate) mod prepare;
pub(crate) mod retention;
pub(crate) mod row_filter;
pub mod segment;
pub(crate) mod silence;
pub(crate) mod size;
pub(crate) mod splice;
pub(crate) mod stored_click;
pub(crate) mod tenant;
pub(crate) mod touch;
