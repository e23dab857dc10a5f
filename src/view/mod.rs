//! What is looked at, and how it leaves as JSON: reads the store, owns every shape that is serialised,
//! prints nothing. Command line and listener share it, so that both say the same.

pub mod actions;
pub mod alerts;
pub mod click_row;
pub mod clicks;
pub mod coverage;
pub mod evidence;
pub mod export;
pub mod outbox;
mod past_block;
pub mod reports;
mod rows_error;
pub mod rules;
pub mod scope;
pub mod silences;
pub mod status;
pub mod summary;
pub mod sync;
mod timestamp;

pub use rows_error::RowsError;
