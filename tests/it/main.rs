//! The integration tests, in one binary.

mod convergence;
mod kql_oracle;
mod oracle;
mod tenant;
