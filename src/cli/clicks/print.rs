//! Clicks as table, JSON and CSV.

use std::io::{BufWriter, Write};

use serde_json::json;

use super::read::{Reading, Unshown};
use crate::cli::Failure;
use crate::cli::json::Rows;
use crate::cli::output::carrier;
use crate::cli::shown::{self, Shown};
use crate::cli::table::{self, Column};
use crate::cli::text::{counted, plain, time, value};
use crate::click::Text;
use crate::report::spreadsheet::{Beginning, Csv};
use crate::store::Withdrawn;

pub(super) fn json(reading: &Reading<'_>) -> Result<(), Failure> {
    let span = reading.filter.span;
    let head = json!({ "from": span.from.to_string(), "until": span.until.to_string() });
    let mut rows = Rows::begin(BufWriter::new(std::io::stdout().lock()), &head)?;
    reading.each(|shown| Ok(rows.row(shown)?))?;
    Ok(rows.end()?)
}

pub(super) fn csv(reading: &Reading<'_>, beginning: Beginning) -> Result<(), Failure> {
    let out = std::io::stdout().lock();
    let mut csv = Csv::begin(out, carrier(), beginning, &shown::headings())?;
    reading.each(|shown| shown.write_csv(&mut csv))?;
    csv.end().map(drop)?;
    Ok(())
}

/// What the table shows of a click.
struct Line {
    time: String,
    action: String,
    clicked_through: &'static str,
    user: String,
    url: String,
    workload: String,
    threats: String,
    state: &'static str,
    tenant: String,
}

impl Line {
    fn of(shown: &Shown<'_>) -> Self {
        let text = |column| value(shown.click.text(column));
        Self {
            time: time(shown.click.timestamp),
            action: text(Text::ActionType),
            clicked_through: if shown.click.is_clicked_through == Some(true) { "yes" } else { "" },
            user: text(Text::AccountUpn),
            url: shown.click.text(Text::Url).to_owned(),
            workload: text(Text::Workload),
            threats: text(Text::ThreatTypes),
            state: shown.state.name(),
            tenant: plain(shown.tenant),
        }
    }
}

fn columns(reading: &Reading<'_>) -> Vec<Column<Line>> {
    let mut columns = vec![
        Column::text("Time (UTC)", |line: &Line| line.time.clone(), 0),
        Column::text("Action", |line| line.action.clone(), 0),
        Column::text("Clicked\nthrough", |line| line.clicked_through.to_owned(), 1),
        Column::text("User", |line| line.user.clone(), 0),
        Column::url(|line| &line.url),
        Column::text("Workload", |line| line.workload.clone(), 3),
        Column::text("Threats", |line| line.threats.clone(), 2),
    ];
    if reading.filter.withdrawn == Withdrawn::Show {
        columns.push(Column::text("State", |line| line.state.to_owned(), 0));
    }
    if reading.tenants.len() > 1 {
        columns.push(Column::text("Tenant", |line| line.tenant.clone(), 0));
    }
    columns
}

pub(super) fn table(reading: &Reading<'_>) -> Result<(), Failure> {
    let mut lines = Vec::new();
    let unshown = reading.each(|shown| {
        lines.push(Line::of(shown));
        Ok(())
    })?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if lines.is_empty() {
        writeln!(out, "no clicks")?;
    } else {
        table::draw(&mut out, &columns(reading), &lines, table::stdout_width())?;
    }
    if unshown.more {
        writeln!(out, "… and older ones: see --limit")?;
    }
    let span = reading.filter.span;
    let coverage =
        reading.store.read(|snapshot| crate::coverage::of(snapshot, &reading.tenants, span))?;
    writeln!(out, "\n{} to {} UTC; {}.", time(span.from), time(span.until), coverage.in_words())?;
    if let Some(words) = excluded(unshown) {
        writeln!(out, "{words}")?;
    }
    Ok(out.flush()?)
}

fn excluded(unshown: Unshown) -> Option<String> {
    let Unshown { more, excluded } = unshown;
    let are = if excluded == 1 { "is" } else { "are" };
    // Of older ones nobody has looked.
    let so_far = if more { " so far" } else { "" };
    (excluded > 0).then(|| {
        format!(
            "{}{so_far} {are} left out by [[exclude]] of the configuration; --include-excluded \
             shows all.",
            counted(excluded, "click")
        )
    })
}
