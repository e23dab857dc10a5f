//! Clicks as table, JSON and CSV.

use std::io::{BufWriter, Write};

use crate::cli::CommandError;
use crate::cli::print::file::carrier;
use crate::cli::print::json::JsonRows;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::{counted, plain, to_second, value};
use crate::click::Text;
use crate::store::Withdrawn;
use crate::text::csv_cell::{Beginning, Csv};
use crate::view::click_row::{self, ClickRow};
use crate::view::clicks::{ClickReader, ClicksHead, Unshown};

pub(super) fn json(reader: &ClickReader<'_>) -> Result<(), CommandError> {
    let head = ClicksHead::from(reader.filter.span);
    let mut rows = JsonRows::begin(BufWriter::new(std::io::stdout().lock()), &head)?;
    reader.each(|click_row| Ok::<_, CommandError>(rows.row(click_row)?))?;
    Ok(rows.end()?)
}

pub(super) fn csv(reader: &ClickReader<'_>, beginning: Beginning) -> Result<(), CommandError> {
    let out = std::io::stdout().lock();
    let mut csv = Csv::begin(out, carrier(), beginning, &click_row::headings())?;
    reader.each(|click_row| Ok::<_, CommandError>(click_row.write_csv(&mut csv)?))?;
    csv.end().map(drop)?;
    Ok(())
}

/// What the table shows of a click.
struct ClickLine {
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

impl ClickLine {
    fn of(click_row: &ClickRow<'_>) -> Self {
        let text = |column| value(click_row.click.text(column));
        Self {
            time: to_second(click_row.click.timestamp),
            action: text(Text::ActionType),
            clicked_through: if click_row.click.is_clicked_through == Some(true) {
                "yes"
            } else {
                ""
            },
            user: text(Text::AccountUpn),
            url: click_row.click.text(Text::Url).to_owned(),
            workload: text(Text::Workload),
            threats: text(Text::ThreatTypes),
            state: click_row.state.name(),
            tenant: plain(click_row.tenant),
        }
    }
}

fn columns(reader: &ClickReader<'_>) -> Vec<Column<ClickLine>> {
    let mut columns = vec![
        Column::text("Time (UTC)", |line: &ClickLine| line.time.clone(), 0),
        Column::text("Action", |line| line.action.clone(), 0),
        Column::text("Clicked\nthrough", |line| line.clicked_through.to_owned(), 1),
        Column::text("User", |line| line.user.clone(), 0),
        Column::url(|line| &line.url),
        Column::text("Workload", |line| line.workload.clone(), 3),
        Column::text("Threats", |line| line.threats.clone(), 2),
    ];
    if reader.filter.withdrawn == Withdrawn::Show {
        columns.push(Column::text("State", |line| line.state.to_owned(), 0));
    }
    if reader.tenants.len() > 1 {
        columns.push(Column::text("Tenant", |line| line.tenant.clone(), 0));
    }
    columns
}

pub(super) fn table(reader: &ClickReader<'_>) -> Result<(), CommandError> {
    let mut lines = Vec::new();
    let unshown = reader.each(|click_row| {
        lines.push(ClickLine::of(click_row));
        Ok::<_, CommandError>(())
    })?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if lines.is_empty() {
        writeln!(out, "no clicks")?;
    } else {
        table::draw(&mut out, &columns(reader), &lines, table::stdout_width())?;
    }
    if unshown.more {
        writeln!(out, "… and older ones: see --limit")?;
    }
    let span = reader.filter.span;
    let coverage =
        reader.store.read(|snapshot| crate::coverage::of(snapshot, &reader.tenants, span))?;
    writeln!(
        out,
        "\n{} to {} UTC; {}.",
        to_second(span.from),
        to_second(span.until),
        coverage.in_words()
    )?;
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
