//! `clickwarden rule test`: what a rule would have fired on.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::cli::args::format::ListFormat;
use crate::cli::args::named;
use crate::cli::args::scope::{ScopeArguments, StoreView};
use crate::cli::print::alert::user_beside;
use crate::cli::print::json;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::{counted, plain, time};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Span;
use crate::config::Rule;
use crate::message::Value;
use crate::rules::{Firing, about, backtest};

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
    let StoreView { store, tenants, span, .. } = StoreView::open(context, &arguments.scope)?;
    let (mut firings, mut failed) = (Vec::new(), 0);
    for (key, name) in tenants.iter().filter(|(_, name)| rule.tenants.contains(name)) {
        let whose = (*key, name.as_str());
        let backtest = store.read(|snapshot| backtest(snapshot, &config, whose, rule, span))?;
        firings.extend(backtest.firings);
        failed += backtest.failed;
    }
    let tried = Backtest { rule, span, all: firings.len(), failed };
    firings.truncate(arguments.format.limit(arguments.limit));
    match arguments.format {
        ListFormat::Table => draw(&tried, &firings)?,
        ListFormat::Json => json::print(&object(&tried, &firings))?,
    }
    Ok(Exit::Done)
}

/// What was tried, and what came of it.
struct Backtest<'a> {
    rule: &'a Rule,
    span: Span,
    /// The groups that it holds for.
    all: usize,
    /// Those of which it could not be evaluated.
    failed: u64,
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
            first: time(firing.first),
            last: time(firing.last),
            points: firing.points,
        }
    }
}

fn draw(tried: &Backtest<'_>, firings: &[Firing]) -> io::Result<()> {
    let Backtest { rule, span, all, failed } = *tried;
    let mut out = BufWriter::new(io::stdout().lock());
    let lines: Vec<FiringLine> = firings.iter().map(FiringLine::of).collect();
    if !lines.is_empty() {
        table::draw(&mut out, &columns(&lines), &lines, table::stdout_width())?;
        if all > lines.len() {
            writeln!(out, "… and {} more: --limit", counted((all - lines.len()) as u64, "group"))?;
        }
        writeln!(out)?;
    }
    let (groups, when) = (counted(all as u64, "group"), plain(rule.when.text()));
    let (from, until) = (time(span.from), time(span.until));
    writeln!(out, "{}: {when}", plain(&rule.name))?;
    writeln!(out, "holds for {groups} at clicks of {from} to {until} UTC")?;
    if failed > 0 {
        let groups = counted(failed, "group");
        writeln!(
            out,
            "cannot be evaluated for {groups}, and so does not hold there: a division by zero, or too \
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

#[derive(Serialize)]
struct Object<'a> {
    rule: &'a str,
    when: &'a str,
    from: String,
    until: String,
    groups: usize,
    /// Of which it could not be evaluated.
    failed_groups: u64,
    firings: Vec<FiringObject<'a>>,
}

#[derive(Serialize)]
struct FiringObject<'a> {
    tenant: &'a str,
    url: Option<&'a str>,
    host: Option<&'a str>,
    user: Option<&'a str>,
    first: String,
    last: String,
    times: u64,
}

fn object<'a>(tried: &Backtest<'a>, firings: &'a [Firing]) -> Object<'a> {
    let Backtest { rule, span, all, failed } = *tried;
    let firing = |firing: &'a Firing| FiringObject {
        tenant: &firing.tenant,
        url: firing.group.url.as_deref(),
        host: firing.group.host.as_deref(),
        user: firing.group.user.as_deref(),
        first: firing.first.to_string(),
        last: firing.last.to_string(),
        times: firing.points,
    };
    Object {
        rule: &rule.name,
        when: rule.when.text(),
        from: span.from.to_string(),
        until: span.until.to_string(),
        groups: all,
        failed_groups: failed,
        firings: firings.iter().map(firing).collect(),
    }
}
