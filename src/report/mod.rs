//! What people are shown of clicks, whatever carries it.

pub mod defang;
