//! clickwarden keeps a local copy of Microsoft Defender's `UrlClickEvents` in step with the source.
pub mod click;
pub mod clock;
pub mod collect;
pub mod coverage;
pub mod demo;
pub mod fingerprint;
pub mod hour;
pub mod kql;
pub mod progress;
pub mod store;
pub mod summary;
pub mod tally;
