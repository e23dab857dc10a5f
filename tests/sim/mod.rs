//! A simulated source, a model of the copy, and a driver that runs the real planner between them
//! on simulated time.
#![allow(dead_code, clippy::allow_attributes, reason = "tests and the table use different parts")]

pub mod copy;
pub mod run;
pub mod source;
