//! What people are shown of clicks, whatever carries it.

pub mod defang;
pub mod document;
mod refang;

pub use refang::refang;
