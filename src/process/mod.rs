//! The process itself: how it starts, logs, opens files, and ends.

pub mod hardening;
pub mod lifecycle;
pub mod logging;
pub mod private_file;
pub mod regular_file;
