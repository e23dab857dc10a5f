//! Text on its way out: hostile text made harmless, secrets left out, numbers and cells as people read them.

pub mod csv_cell;
pub mod defang;
mod dots;
pub mod escape;
pub mod number;
pub(crate) mod redact;
pub mod refang;
pub mod suggest;
pub mod time;
