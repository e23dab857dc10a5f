//! What is told to people and programs, free of any channel, and how hostile text is shown.

pub mod content;
pub mod markdown;
pub mod notice;
pub mod plain;
mod sample;
pub mod severity;
pub mod title;

pub use content::{
    Attachment, Block, Content, Envelope, Fact, Link, MessageKind, Share, Table, Tone, UrlDisplay,
    Value,
};
pub use sample::{sample, sample_alert};
