//! Alerts: what rules found, what each sink was told of it, and silences.
//!
//! An alert, the news that opened it, and the notifications that are pending for its sinks are written together
//! ([`Store::commit_alerts`](crate::store::Store::commit_alerts)); what a sink is told and that it was told likewise
//! ([`Store::commit_notification`](crate::store::Store::commit_notification)). Both write nothing if somebody else was faster.

mod alert;
mod close;
mod columns;
mod commit;
mod pending;
mod purge;
mod silences;
