//! An alert in words.

use super::text::{plain, value};
use crate::message::{UrlDisplay, plain::shown};
use crate::rules::about;
use crate::store::{Alert, GroupName};

/// An alert in a sentence: its number, its rule, and what it is about.
pub(in crate::cli) fn named(alert: &Alert) -> String {
    format!("alert {} ({}, {})", alert.id, plain(&alert.rule), in_words(alert))
}

/// What an alert is about.
pub(in crate::cli) fn in_words(alert: &Alert) -> String {
    let about = shown(&about(&alert.group), UrlDisplay::Cut);
    match user_beside(&alert.group) {
        Some(user) => format!("{about} by {user}"),
        None => about,
    }
}

/// The user of a group that is about more than a user.
pub(in crate::cli) fn user_beside(group: &GroupName) -> Option<String> {
    let user = group.user.as_deref().filter(|_| group.url.is_some() || group.host.is_some())?;
    Some(if user.is_empty() { "(unknown)".to_owned() } else { value(user) })
}
