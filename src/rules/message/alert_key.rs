//! What an alert is called in other programs.

use crate::ids::stable;
use crate::store::Alert;

/// The alert's id in other programs: the same in every message of it, and in no other installation.
pub fn key(alert: &Alert) -> String {
    let parts = [alert.id.to_string(), alert.opened.0.to_string()];
    let [id, opened] = parts.each_ref().map(String::as_str);
    stable(&["case", id, opened, &alert.rule])
}
