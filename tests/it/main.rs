//! Integration tests, in one binary.

mod convergence;
