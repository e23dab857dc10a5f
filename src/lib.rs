//! clickwarden keeps a local copy of Microsoft Defender's `UrlClickEvents` in step with the source.
pub mod auth;
pub mod click;
pub mod clock;
pub mod config;
pub mod coverage;
pub mod fingerprint;
pub mod hour;
pub mod network;
pub mod progress;
pub mod quote;
pub mod retry_after;
pub mod source;
pub mod summary;
pub mod tally;
