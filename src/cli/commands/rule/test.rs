//! `clickwarden rule test`: what a rule would have fired on.

use std::io::{self, BufWriter, Write};

use crate::cli::args::format::ListFormat;
use crate::cli::args::named;
use crate::cli::args::scope::{ScopeArguments, StoreView};
use crate::cli::print::alert::user_beside;
use crate::cli::print::json;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::{counted, plain, to_second};
use crate::cli::{CommandError, Context, Exit};
use crate::message::Value;
use crate::rules::{Firing, about};
use crate::view::rules::{self, Backtest, BacktestObject};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The rule's name; one that is off can be tried, too
    name: String,
    #[command(flatten)]
    scope: ScopeArguments,
    /// At most so many groups [default: 25 in a table, else all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let rule = named::rule(&config, &arguments.name)?;
    let StoreView { store, scope, .. } = StoreView::open(context, &arguments.scope)?;
    let most = arguments.format.limit(arguments.limit);
    let tried = rules::test(&store, &config, rule, &scope, most)?;
    match arguments.format {
        ListFormat::Table => draw(&tried)?,
        ListFormat::Json => json::print(&BacktestObject::from(&tried))?,
    }
    Ok(Exit::Done)
}

/// What the table shows of a firing.
struct FiringLine {
    about: Value,
    user: String,
    tenant: String,
    first: String,
    last: String,
    points: u64,
}

impl FiringLine {
    fn of(firing: &Firing) -> Self {
        let group = &firing.group;
        Self {
            about: about(group),
            user: user_beside(group).unwrap_or_default(),
            tenant: plain(&firing.tenant),
            first: to_second(firing.first),
            last: to_second(firing.last),
            points: firing.points,
        }
    }
}

fn draw(tried: &Backtest<'_>) -> io::Result<()> {
    let Backtest { rule, span, all, failed, .. } = *tried;
    let mut out = BufWriter::new(io::stdout().lock());
    let lines: Vec<FiringLine> = tried.firings.iter().map(FiringLine::of).collect();
    if !lines.is_empty() {
        table::draw(&mut out, &columns(&lines), &lines, table::stdout_width())?;
        if all > lines.len() {
            writeln!(out, "… and {} more: --limit", counted((all - lines.len()) as u64, "group"))?;
        }
        writeln!(out)?;
    }
    let (groups, when) = (counted(all as u64, "group"), plain(rule.when.text()));
    let (from, until) = (to_second(span.from), to_second(span.until));
    writeln!(out, "{}: {when}", plain(&rule.name))?;
    let order = if all > 1 { " (newest first)" } else { "" };
    writeln!(out, "would have fired for {groups} between {from} and {until} UTC{order}")?;
    if failed > 0 {
        let groups = counted(failed, "group");
        writeln!(
            out,
            "could not be evaluated for {groups}, and does not fire there: a division by zero, or too \
             large a number"
        )?;
    }
    out.flush()
}

/// Those that say something.
fn columns(lines: &[FiringLine]) -> Vec<Column<FiringLine>> {
    let has_user = lines.iter().any(|line| !line.user.is_empty());
    let several = lines.iter().any(|line| Some(&line.tenant) != lines.first().map(|l| &l.tenant));
    let text =
        |heading, text: fn(&FiringLine) -> String, drop| Some(Column::text(heading, text, drop));
    let all = [
        Some(Column::about(|line: &FiringLine| &line.about)),
        text("User", |line| line.user.clone(), 0).filter(|_| has_user),
        text("Tenant", |line| line.tenant.clone(), 1).filter(|_| several),
        text("First (UTC)", |line| line.first.clone(), 0),
        text("Last", |line| line.last.clone(), 2),
        Some(Column::number("Times", |line: &FiringLine| line.points, 3)),
    ];
    all.into_iter().flatten().collect()
}
