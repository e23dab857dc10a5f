//! The integration tests, as one binary.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::redundant_closure_for_method_calls,
    reason = "a test that finds something missing ends there"
)]

mod store_apply;
mod store_file;
mod store_model;
mod store_pace;
mod store_summary;
mod support;
