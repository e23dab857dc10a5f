//! How commands print: tables, JSON, CSV, messages, and text from outside.

pub(super) mod alert;
pub(super) mod content;
pub(super) mod file;
pub(super) mod json;
pub(super) mod silence;
pub(super) mod stderr;
pub(super) mod table;
pub(super) mod text;
