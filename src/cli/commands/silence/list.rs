//! `clickwarden silence list`: the silences that last, the first to end first.

use std::io::{self, BufWriter, Write};

use crate::cli::args::format::ListFormat;
use crate::cli::print::json;
use crate::cli::print::silence::in_words;
use crate::cli::print::table::{self, Column};
use crate::cli::print::text::{plain, to_second};
use crate::cli::{CommandError, Context, Exit};
use crate::store::{Silence, Store};
use crate::view::silences::{self, SilencesObject};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let (config, now) = (context.config()?, context.clock.now());
    let store = Store::open_read_only(&config.store.path)?;
    let silences = store.read(|snapshot| silences::lasting(snapshot, now))?;
    match arguments.format {
        ListFormat::Table => draw(&silences)?,
        ListFormat::Json => json::print(&SilencesObject::from(&*silences))?,
    }
    Ok(Exit::Done)
}

fn draw(silences: &[Silence]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    if silences.is_empty() {
        writeln!(out, "no active silence")?;
        return out.flush();
    }
    let columns = [
        Column::number("ID", |silence: &Silence| silence.id.unsigned_abs(), 0),
        Column::text("Until (UTC)", |silence| to_second(silence.of.until), 0),
        Column::text("Matches", |silence| in_words(&silence.of), 0),
        Column::text("Reason", |silence| plain(&silence.of.reason), 0),
        Column::text("Since (UTC)", |silence| to_second(silence.from), 1),
    ];
    table::draw(&mut out, &columns, silences, table::stdout_width())?;
    out.flush()
}
