//! What is known of how far the copy agrees with the source: by hour, by pass, and when it may be asked again.

pub mod fingerprint;
pub mod gate;
pub mod hour;
pub mod progress;
