//! `clickwarden clicks`: the rows behind the summary, newest first.

mod print;
mod read;

use super::format::Format;
use super::window::Window;
use super::{Context, Exit, Failure, View};
use crate::store::{ClickFilter, Withdrawn};
use read::Reading;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only clicks on this URL, compared byte for byte
    #[arg(long, value_name = "URL", allow_hyphen_values = true)]
    url: Option<String>,
    /// Only clicks by this user, compared without case
    #[arg(long, value_name = "UPN", allow_hyphen_values = true)]
    user: Option<String>,
    /// Only clicks that ended so, such as `ClickBlocked`: a whole term of `ActionType`, without case
    #[arg(long, value_name = "ACTION", allow_hyphen_values = true)]
    action: Option<String>,
    #[command(flatten)]
    window: Window,
    /// Only this tenant; may be given more than once
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,
    /// Also rows that the source no longer shows
    #[arg(long)]
    withdrawn: bool,
    /// At most so many clicks [default: 25 in a table, else all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// What to print; in CSV the columns that this program does not know stand as JSON in Extra
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let View { store, tenants, span } = View::open(context, &arguments.window, &arguments.tenant)?;
    let filter = ClickFilter {
        tenants: tenants.iter().map(|(key, _)| *key).collect(),
        span,
        url: arguments.url.clone(),
        user: arguments.user.clone(),
        action: arguments.action.clone(),
        withdrawn: if arguments.withdrawn { Withdrawn::Show } else { Withdrawn::Hide },
    };
    let limit = arguments.format.limit(arguments.limit);
    let reading = Reading { store: &store, filter, tenants, limit };
    match arguments.format {
        Format::Table => print::table(&reading)?,
        Format::Json => print::json(&reading)?,
        Format::Csv => print::csv(&reading)?,
    }
    Ok(Exit::Done)
}
