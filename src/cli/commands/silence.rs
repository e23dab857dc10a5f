//! `clickwarden silence`: of what nothing is told for a while, and why.

mod add;
mod list;

use std::io::Write as _;

use serde::Serialize;

use crate::cli::context::existing_store;
use crate::cli::{CommandError, Context, Exit};
use crate::store::Silence;

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
