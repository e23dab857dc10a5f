//! Integration tests: real HTTP on loopback, real files.
//!
//! `cfg(test)` is always set here; it tells clippy that these are tests throughout.

#[cfg(test)]
mod auth;
#[cfg(test)]
mod broken;
#[cfg(test)]
mod config;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod source;
#[cfg(test)]
mod source_broken;
#[cfg(test)]
mod tenants;
