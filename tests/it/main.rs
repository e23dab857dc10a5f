//! The integration tests, in one binary.

mod kql_oracle;
mod oracle;
mod tenant;
