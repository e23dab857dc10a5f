//! The integration tests, as one binary.
mod store_apply;
mod store_file;
mod store_model;
mod store_pace;
mod store_summary;
mod support;
