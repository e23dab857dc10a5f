//! `clickwarden alert list`: the alerts as a table or as JSON.

use std::io::{self, BufWriter, Write};

use crate::cli::args::format::ListFormat;
use crate::cli::print::alert::user_beside;
use crate::cli::print::json;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::{counted, plain, to_minute};
use crate::cli::{CommandError, Context, Exit};
use crate::message::Value;
use crate::rules::about;
use crate::store::{AlertState, NamedTenant, Store};
use crate::view::alerts::{self, AlertFilter, AlertsObject, ListedAlert, StateFilter};
use crate::view::scope::{find_tenants, select_tenants};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Which of them
    #[arg(long, value_enum, default_value_t)]
    state: AlertStateFilter,
    /// Only alerts of this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Only this tenant; may be given more than once
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,
    /// At most so many [default: 25 in a table, else all]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
enum AlertStateFilter {
    /// Somebody must look at them
    #[default]
    Open,
    /// Somebody did, or nothing more came
    Closed,
    /// All of them
    All,
}

/// What the table shows of an alert.
struct AlertLine {
    id: u64,
    severity: &'static str,
    rule: String,
    about: Value,
    user: String,
    last_click: String,
    opened: String,
    verdict: &'static str,
    ticket: String,
    owner: String,
    told: String,
    tenant: String,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let tenants = select_tenants(&config, &arguments.tenant)?;
    let store = Store::open_read_only(&config.store.path)?;
    let most = arguments.format.limit(arguments.limit);
    let (listed, left_out) = store.read(|snapshot| {
        let named = NamedTenant::keys(&find_tenants(snapshot, &tenants)?);
        let tenants = (!arguments.tenant.is_empty()).then_some(named);
        let filter =
            AlertFilter { rule: arguments.rule.as_deref(), tenants, ..AlertFilter::default() };
        alerts::list(snapshot, arguments.state.into(), &filter, most)
    })?;
    match arguments.format {
        ListFormat::Table => draw(arguments.state, &listed, left_out)?,
        ListFormat::Json => json::print(&AlertsObject::from(&*listed))?,
    }
    Ok(Exit::Done)
}

impl From<AlertStateFilter> for StateFilter {
    fn from(filter: AlertStateFilter) -> Self {
        match filter {
            AlertStateFilter::Open => Self::Open,
            AlertStateFilter::Closed => Self::Closed,
            AlertStateFilter::All => Self::All,
        }
    }
}

fn draw(state: AlertStateFilter, listed: &[ListedAlert], left_out: usize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    if listed.is_empty() {
        writeln!(
            out,
            "{}",
            if state == AlertStateFilter::Open { "no alert is open" } else { "no alert" }
        )?;
        return out.flush();
    }
    let lines: Vec<AlertLine> = listed.iter().map(AlertLine::of).collect();
    table::draw(&mut out, &columns(state, &lines), &lines, table::stdout_width())?;
    if left_out > 0 {
        let more = counted(left_out as u64, "alert");
        writeln!(out, "… and {more} more: --limit, --rule, --tenant, --state")?;
    }
    out.flush()
}

/// Those that say something.
fn columns(state: AlertStateFilter, lines: &[AlertLine]) -> Vec<Column<AlertLine>> {
    let has_user = lines.iter().any(|line| !line.user.is_empty());
    let has_owner = lines.iter().any(|line| !line.owner.is_empty());
    let several = lines.iter().any(|line| Some(&line.tenant) != lines.first().map(|l| &l.tenant));
    let text =
        |heading, text: fn(&AlertLine) -> String, drop| Some(Column::text(heading, text, drop));
    let closed = state != AlertStateFilter::Open;
    let all = [
        Some(Column::number("ID", |line: &AlertLine| line.id, 0)),
        text("Severity", |line| line.severity.to_owned(), 0),
        text("Rule", |line| line.rule.clone(), 0),
        Some(Column::about(|line| &line.about)),
        text("User", |line| line.user.clone(), 2).filter(|_| has_user),
        text("Tenant", |line| line.tenant.clone(), 1).filter(|_| several),
        text("Last click (UTC)", |line| line.last_click.clone(), 0),
        text("Opened", |line| line.opened.clone(), 5),
        text("Verdict", |line| line.verdict.to_owned(), 0).filter(|_| closed),
        text("Ticket", |line| line.ticket.clone(), 3).filter(|_| closed),
        text("Owner", |line| line.owner.clone(), 3).filter(|_| has_owner || !closed),
        text("Notified", |line| line.told.clone(), 4),
    ];
    all.into_iter().flatten().collect()
}

impl AlertLine {
    fn of(listed: &ListedAlert) -> Self {
        let alert = &listed.alert;
        Self {
            id: alert.id.unsigned_abs(),
            severity: alert.severity.name(),
            rule: plain(&alert.rule),
            about: about(&alert.group),
            user: user_beside(&alert.group).unwrap_or_default(),
            last_click: to_minute(listed.last_click()),
            opened: to_minute(alert.opened),
            verdict: match alert.state {
                AlertState::Open => "open",
                AlertState::Closed { verdict, .. } => verdict.name(),
            },
            ticket: plain(&alert.ticket),
            owner: plain(&alert.owner),
            told: told(listed),
            tenant: plain(&listed.tenant),
        }
    }
}

fn told(listed: &ListedAlert) -> String {
    let sink = |(sink, count, _): &(String, u32, _)| match count {
        1 => plain(sink),
        count => format!("{} {count} times", plain(sink)),
    };
    let sinks: Vec<String> = listed.told.iter().map(sink).collect();
    if sinks.is_empty() { "nobody".to_owned() } else { sinks.join(", ") }
}
