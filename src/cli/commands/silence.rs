//! `clickwarden silence`: of what nothing is told for a while, and why.

mod add;
mod list;

use std::io::Write as _;

use serde::Serialize;

use crate::cli::context::existing_store;
use crate::cli::{CommandError, Context, Exit};
use crate::message::{Urls, Value, plain::shown};
use crate::store::{NewSilence, Silence};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Tell nothing of alerts that match all that is given, until a time
    Add(add::Arguments),
    /// Show the silences that last
    List(list::Arguments),
    /// End a silence now: what it kept back is told
    Remove {
        /// The silence's number, as `silence list` shows it
        id: i64,
    },
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::Add(arguments) => add::run(context, arguments),
        Command::List(arguments) => list::run(context, arguments),
        Command::Remove { id } => remove(context, *id),
    }
}

fn remove(context: &Context, id: i64) -> Result<Exit, CommandError> {
    let store = existing_store(&context.config()?)?;
    if !store.end_silence(id, context.clock.now())? {
        let why = "nothing was changed; `clickwarden silence list` shows those that there are";
        return Err(CommandError::failed(format!(
            "no silence that lasts has the number {id}: {why}"
        )));
    }
    writeln!(std::io::stdout(), "silence {id} has ended: what it kept back is told now")?;
    Ok(Exit::Done)
}

/// What a silence is of, in words.
pub(in crate::cli) fn in_words(of: &NewSilence) -> String {
    let data = |text: &String| Value::Data(text.clone());
    let parts = [
        ("rule", of.rule.as_ref().map(data)),
        ("tenant", of.tenant.as_ref().map(data)),
        ("URL", of.url.clone().map(Value::Url)),
        ("host", of.host.as_ref().map(data)),
        ("user", of.user.as_ref().map(data)),
    ];
    let part = |(name, value): (&str, Option<Value>)| {
        Some(format!("{name} {}", shown(&value?, Urls::Cut)))
    };
    let parts: Vec<String> = parts.into_iter().filter_map(part).collect();
    if parts.is_empty() { "all alerts".to_owned() } else { parts.join(", ") }
}

#[derive(Serialize)]
pub(in crate::cli) struct SilenceObject<'a> {
    id: i64,
    from: String,
    until: String,
    rule: Option<&'a str>,
    tenant: Option<&'a str>,
    url: Option<&'a str>,
    host: Option<&'a str>,
    user: Option<&'a str>,
    reason: &'a str,
}

pub(in crate::cli) fn object(silence: &Silence) -> SilenceObject<'_> {
    let of = &silence.of;
    SilenceObject {
        id: silence.id,
        from: silence.from.to_string(),
        until: of.until.to_string(),
        rule: of.rule.as_deref(),
        tenant: of.tenant.as_deref(),
        url: of.url.as_deref(),
        host: of.host.as_deref(),
        user: of.user.as_deref(),
        reason: &of.reason,
    }
}
