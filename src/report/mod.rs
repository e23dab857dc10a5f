//! What is told to people and programs, free of any channel, and how hostile text is shown.

pub mod content;
pub mod defang;
pub mod markdown;
pub mod notice;
pub mod number;
pub mod plain;
pub mod refang;
mod sample;
pub mod spreadsheet;

pub use content::{
    Attachment, Block, Content, Envelope, Fact, Kind, Link, Share, Table, Tone, Urls, Value,
};
pub use refang::{is_cut_of, readings, refang};
pub use sample::{sample, sample_alert};
