//! `clickwarden alert ack`: who owns alerts.

use std::io::Write as _;

use crate::cli::args::text_arg::required_text_arg;
use crate::cli::context::existing_store;
use crate::cli::print::alert::named;
use crate::cli::print::text::plain;
use crate::cli::{CommandError, Context, Exit};
use crate::view::actions::once;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The alerts' numbers, as `alert list` shows them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<i64>,
    /// Owner [default: the user who is logged in]
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let owner = match &arguments.owner {
        Some(owner) => required_text_arg("--owner", owner)?,
        None => login().ok_or_else(|| {
            CommandError::usage("--owner is required: USER, LOGNAME and SUDO_USER are not set")
        })?,
    };
    let store = existing_store(&context.config()?)?;
    let mut out = std::io::stdout().lock();
    for alert in store.acknowledge_alerts(&once(&arguments.ids), &owner)? {
        let before = match alert.owner.as_str() {
            before if before.is_empty() || before == owner => String::new(),
            before => format!(" (was {})", plain(before)),
        };
        writeln!(out, "{}: assigned to {}{before}", named(&alert), plain(&owner))?;
    }
    Ok(Exit::Done)
}

/// Who typed this.
fn login() -> Option<String> {
    let said = |name: &str| required_text_arg("--owner", &std::env::var(name).ok()?).ok();
    ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(said)
}
