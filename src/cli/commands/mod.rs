//! The commands: a file or folder each.

pub(super) mod alert;
pub(super) mod check;
pub(super) mod clicks;
pub(super) mod completions;
pub(super) mod config;
pub(super) mod db;
pub(super) mod demo;
pub(super) mod evidence;
pub(super) mod export;
pub(super) mod man;
pub(super) mod outbox;
pub(super) mod report;
pub(super) mod rule;
pub(super) mod run;
pub(super) mod silence;
pub(super) mod sink;
pub(super) mod status;
pub(super) mod summary;
pub(super) mod sync;
