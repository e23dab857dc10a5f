//! `clickwarden clicks`: the rows behind the summary, newest first.

mod print;

use crate::cli::args::alert::AlertArgument;
use crate::cli::args::filters::Filters;
use crate::cli::args::format::{CsvMark, Format};
use crate::cli::args::scope::{ScopeArguments, StoreView};
use crate::cli::{CommandError, Context, Exit};
use crate::click::selection::{Ending, Selection};
use crate::store::{ClickFilter, NamedTenant, Withdrawn};
use crate::view::clicks::{ClickReader, Past};
use crate::view::scope::Scope;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    filters: Filters,
    /// Where the user went on past a block: what rules count as `clicked_past_block`
    #[arg(long)]
    past_block: bool,
    #[command(flatten)]
    alert: AlertArgument,
    #[command(flatten)]
    scope: ScopeArguments,
    /// Also rows that the source no longer shows
    #[arg(long)]
    withdrawn: bool,
    /// Also clicks that `[[exclude]]` of the configuration leaves out
    #[arg(long)]
    include_excluded: bool,
    /// At most so many clicks [default: 25 in a table, else all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// What to print; in CSV the columns that this program does not know stand as JSON in Extra
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    mark: CsvMark,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let beginning = arguments.mark.beginning(&arguments.format, &Format::Csv)?;
    let mut view = StoreView::open(context, &arguments.scope)?;
    let alert = arguments.alert.narrow(&mut view, &arguments.scope)?;
    let StoreView { store, scope: Scope { tenants, span }, exclusions } = view;
    let mut selection = Selection { alert, ..arguments.filters.selection(&store)? };
    let past = if arguments.past_block { Past::Block } else { Past::Any };
    if past == Past::Block {
        selection.ending = Ending::ClickedThrough;
    }
    let filter = ClickFilter {
        tenants: NamedTenant::keys(&tenants),
        span,
        selection,
        withdrawn: if arguments.withdrawn { Withdrawn::Show } else { Withdrawn::Hide },
    };
    let limit = arguments.format.limit(arguments.limit);
    let exclusions = if arguments.include_excluded { Vec::new() } else { exclusions };
    let reader = ClickReader { store: &store, filter, past, tenants, exclusions, limit };
    match arguments.format {
        Format::Table => print::table(&reader)?,
        Format::Json => print::json(&reader)?,
        Format::Csv => print::csv(&reader, beginning)?,
    }
    Ok(Exit::Done)
}
