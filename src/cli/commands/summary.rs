//! `clickwarden summary`: how the clicks on each URL ended.

mod print;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::cli::args::format::{CsvMark, SummaryFormat as Format};
use crate::cli::args::scope::{ScopeArguments, StoreView};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Span;
use crate::store::{NamedTenant, Store};
use crate::summary::{Query, Sort};
use crate::view;
use crate::view::scope::Scope;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    scope: ScopeArguments,
    /// The column to order by, largest or latest first (Url: smallest first)
    #[arg(long, value_name = "COLUMN", ignore_case = true, default_value = "ClickedThrough")]
    sort: Sort,
    /// At most so many URLs [default: 25 in a table or md, 500 in html, else all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only URLs that contain this text, ignoring the case of ASCII letters
    #[arg(long = "match", value_name = "TEXT", allow_hyphen_values = true)]
    matching: Option<String>,
    /// Also count what `[[exclude]]` of the configuration leaves out: the numbers of the query
    #[arg(long)]
    include_excluded: bool,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    mark: CsvMark,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let beginning = arguments.mark.beginning(&arguments.format, &Format::Csv)?;
    let StoreView { store, scope: Scope { tenants, span }, exclusions } =
        StoreView::open(context, &arguments.scope)?;
    let query = Query {
        tenants: NamedTenant::keys(&tenants),
        span,
        sort: arguments.sort,
        limit: arguments.format.limit(arguments.limit),
        matching: arguments.matching.clone(),
        exclusions: if arguments.include_excluded { Vec::new() } else { exclusions },
    };
    let answer = store.read(|snapshot| view::summary::read(snapshot, &tenants, &query))?;
    match arguments.format {
        Format::Table => print::table(&answer)?,
        Format::Json => print::json(&answer)?,
        Format::Csv => print::csv(&answer, beginning)?,
        Format::Md => print::markdown(&answer)?,
        Format::Html => print::html(&answer)?,
    }
    Ok(Exit::Done)
}

/// Prints the table of a window with its default order and length.
pub(in crate::cli) fn table(
    store: &Store,
    tenants: &[NamedTenant],
    span: Span,
) -> Result<(), CommandError> {
    let query = Query {
        tenants: NamedTenant::keys(tenants),
        span,
        sort: Sort::ClickedThrough,
        limit: Format::Table.limit(None),
        matching: None,
        exclusions: Vec::new(),
    };
    print::table(&store.read(|snapshot| view::summary::read(snapshot, tenants, &query))?)
}

impl ValueEnum for Sort {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let value = PossibleValue::new(self.name());
        Some(match self {
            Self::ClickedThrough => value.alias("clicked-through"),
            Self::PendingVerdict => value.alias("pending-verdict"),
            Self::BlockedByTenantPolicy => value.alias("blocked-by-tenant-policy"),
            Self::FirstClick => value.alias("first-click"),
            Self::LastClick => value.alias("last-click"),
            _ => value,
        })
    }
}
