//! `clickwarden report list`.

use std::io::{BufWriter, Write};

use crate::cli::args::format::ListFormat;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::plain;
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Tick;
use crate::store::Store;
use crate::view::reports::{self, ReportStatus};

pub(super) fn run(context: &Context, format: ListFormat) -> Result<Exit, CommandError> {
    let config = context.config()?;
    // Nothing was sent before there is a store.
    let store = config.store.path.exists().then(|| Store::open_read_only(&config.store.path));
    let lines = reports::list(store.transpose()?.as_ref(), &config, context.clock.now())?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    match format {
        ListFormat::Json => {
            writeln!(out, "{}", reports::object(&lines))?;
        }
        ListFormat::Table if lines.is_empty() => {
            writeln!(out, "no report is configured: add a [[report]] section")?;
        }
        ListFormat::Table => table::draw(&mut out, &columns(), &lines, table::stdout_width())?,
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn columns() -> Vec<Column<ReportStatus>> {
    vec![
        Column::text("Report", |line: &ReportStatus| plain(&line.report.name), 0),
        Column::text("Schedule", |line| plain(&line.report.schedule.to_string()), 0),
        Column::text("Next due", |line| time(line, line.next), 0),
        Column::text("Last sent", |line| time(line, line.last.map(|last| last.made)), 0),
        Column::text("Sinks", |line| plain(&line.report.sinks.join(", ")), 0),
    ]
}

/// In the report's own time zone.
fn time(line: &ReportStatus, at: Option<Tick>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| line.report.schedule.local(at))
}
