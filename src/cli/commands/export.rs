//! `clickwarden export`: whole rows, all of them or what was stored or changed since a time.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::cli::args::format::CsvMark;
use crate::cli::args::time::time_arg;
use crate::cli::print::file;
use crate::cli::print::json;
use crate::cli::print::text::counted;
use crate::cli::{CommandError, Context, Exit};
use crate::clock::{Span, Tick};
use crate::store::Store;
use crate::text::csv_cell::{Beginning, Carrier, Csv};
use crate::view::click_row;
use crate::view::export::ExportReader;
use crate::view::scope::{find_tenants, select_tenants};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Only rows that were stored, changed, withdrawn or brought back since then: the value that
    /// the export before this one gave, any time, or a day (its beginning in UTC) [default: all rows]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,
    /// Only rows of which that is true before then [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// Only this tenant; may be given more than once
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,
    /// What to write
    #[arg(long, value_enum)]
    format: Format,
    #[command(flatten)]
    mark: CsvMark,
    /// Write to this file (whole or not at all, mode 0600) instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    replacing: file::Replacing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For spreadsheets; columns that this program does not know stand as JSON in Extra
    Csv,
    /// One JSON object a line
    Jsonl,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let beginning = arguments.mark.beginning(&arguments.format, &Format::Csv)?;
    let config = context.config()?;
    let since = time("--since", arguments.since.as_deref())?;
    let until = time("--until", arguments.until.as_deref())?;
    let tenants = select_tenants(&config, &arguments.tenant)?;
    let store = Store::open_read_only(&config.store.path)?;
    let (tenants, next) =
        store.read(|snapshot| Ok((find_tenants(snapshot, &tenants)?, snapshot.next_stamp()?)))?;
    let next = until.map_or(next, |until| until.min(next));
    let all = since.is_none() && until.is_none();
    let stamped = (!all).then(|| Span::new(since.unwrap_or(Tick(i64::MIN)), next));
    let reader = ExportReader { store: &store, tenants, stamped };
    let mut rows = 0;
    if let Some(path) = &arguments.output {
        file::to_file(path, arguments.replacing.existing(), &store, |file| {
            rows = write(&reader, arguments.format, (Carrier::Program, beginning), file)?;
            Ok(())
        })?;
        writeln!(std::io::stdout().lock(), "{next}")?;
    } else {
        let out = std::io::stdout().lock();
        rows = write(&reader, arguments.format, (file::carrier(), beginning), out)?;
    }
    tell(rows, next);
    Ok(Exit::Done)
}

/// Stdout has the rows, or the bare value for scripts.
#[expect(clippy::print_stderr, reason = "stdout has the rows")]
fn tell(rows: u64, next: Tick) {
    eprintln!("clickwarden: {} exported; next time: --since {next}", counted(rows, "row"));
}

fn write(
    reader: &ExportReader<'_>,
    format: Format,
    (carrier, beginning): (Carrier, Beginning),
    out: impl Write,
) -> Result<u64, CommandError> {
    let mut rows = 0;
    match format {
        Format::Csv => {
            let mut csv = Csv::begin(out, carrier, beginning, &click_row::headings_with_id())?;
            reader.each(|shown| {
                rows += 1;
                Ok::<_, CommandError>(shown.write_csv(&mut csv)?)
            })?;
            csv.end()?;
        }
        Format::Jsonl => {
            let mut out = BufWriter::new(out);
            reader.each(|shown| {
                rows += 1;
                json::write(&mut out, shown)?;
                Ok::<_, CommandError>(out.write_all(b"\n")?)
            })?;
            out.flush()?;
        }
    }
    Ok(rows)
}

fn time(flag: &str, text: Option<&str>) -> Result<Option<Tick>, CommandError> {
    let such = Tick::from_unix_seconds(1_784_498_400);
    text.map(|text| time_arg(flag, text, such)).transpose()
}
