//! `clickwarden alert`: what rules found, who has it in hand, and what it was.

mod ack;
mod close;
mod filter;
mod list;
mod listed;
mod show;
mod triage;

use crate::cli::print::text::{plain, value};
use crate::cli::{CommandError, Context, Exit};
use crate::message::{Urls, plain::shown};
use crate::rules::about;
use crate::store::{Alert, AlertRefused, GroupName};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Show the alerts: the worst first, then the newest
    List(list::Arguments),
    /// Show one with all that is known of it
    Show(show::Arguments),
    /// Say who has alerts in hand: sinks are told of them no more
    Ack(ack::Arguments),
    /// Close alerts, and say what they were
    Close(close::Arguments),
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::List(arguments) => list::run(context, arguments),
        Command::Show(arguments) => show::run(context, arguments),
        Command::Ack(arguments) => ack::run(context, arguments),
        Command::Close(arguments) => close::run(context, arguments),
    }
}

/// An alert in a sentence: its number, its rule, and what it is about.
fn named(alert: &Alert) -> String {
    format!("alert {} ({}, {})", alert.id, plain(&alert.rule), in_words(alert))
}

/// What an alert is about.
pub(in crate::cli) fn in_words(alert: &Alert) -> String {
    let about = shown(&about(&alert.group), Urls::Cut);
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

/// Numbers, each once, as they were given.
fn once(ids: &[i64]) -> Vec<i64> {
    let mut once = Vec::new();
    for id in ids {
        if !once.contains(id) {
            once.push(*id);
        }
    }
    once
}

impl From<AlertRefused> for CommandError {
    fn from(refused: AlertRefused) -> Self {
        match refused {
            AlertRefused::Store(error) => error.into(),
            AlertRefused::Unknown(_) => Self::failed(format!(
                "{refused}: nothing was changed; `clickwarden alert list --state all` shows those \
                 that there are"
            )),
            AlertRefused::Closed(_) => Self::failed(format!("{refused}: nothing was changed")),
        }
    }
}
