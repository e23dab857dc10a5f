//! A click as the source shows it, a batch of clicks in one arena, and the whole-term rule.

mod action;
mod batch;
mod column;
pub mod of_alert;
pub mod past_warning;
pub mod pattern;
mod row;
pub mod selection;
pub mod sort;
pub mod spelling;
pub mod tally;
mod term;

pub use action::Action;
pub use batch::Clicks;
pub use column::{IS_CLICKED_THROUGH, Present, TIMESTAMP, Text};
pub use row::Click;
pub use term::{fold, has_term};
