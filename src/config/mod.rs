//! Configuration.

pub mod secret;
