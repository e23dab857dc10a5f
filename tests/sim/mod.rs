//! A simulated source, a model of the copy, and a driver that runs the real planner between them
//! on simulated time.
#![allow(dead_code)]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

pub mod copy;
pub mod run;
pub mod source;
