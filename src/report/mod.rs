//! What people are shown of clicks, whatever carries it.

pub mod defang;
mod refang;

pub use refang::refang;
