//! `clickwarden status`: how collection and delivery stand, and whether somebody must act.

mod print;

use std::io::{BufWriter, Write as _};

use crate::cli::print::json;
use crate::cli::{CommandError, Context, Exit};
use crate::store::Store;
use crate::view::status::{self, StatusObject};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Exit with 1 when somebody must act
    #[arg(long)]
    check: bool,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON object
    Json,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let (config, now) = (context.config()?, context.clock.now());
    let store = Store::open_read_only(&config.store.path)?;
    let status = store.read(|snapshot| status::read(snapshot, &config, now))?;
    match arguments.format {
        Format::Text => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            print::text(&mut out, &status)?;
            out.flush()?;
        }
        Format::Json => json::print(&StatusObject::from(&status))?,
    }
    Ok(if arguments.check && status.must_act() { Exit::Failed } else { Exit::Done })
}
