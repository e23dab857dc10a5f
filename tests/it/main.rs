//! The integration tests, in one binary: real files, real HTTP on loopback, the real program.
//!
//! `cfg(test)` is always true here; it tells clippy that these modules may unwrap.

#[cfg(test)]
mod convergence;
#[cfg(test)]
mod kql_oracle;
#[cfg(test)]
mod kql_random;
#[cfg(test)]
mod nasty;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tenant;
