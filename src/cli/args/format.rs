//! `--format` of the commands that print rows, and what goes with it.

use crate::cli::CommandError;
use crate::text::csv_cell::Beginning;

/// What rows are printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people: URLs defanged and cut
    #[default]
    Table,
    /// One JSON object
    Json,
    /// For spreadsheets
    Csv,
}

/// What a list is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub(in crate::cli) enum ListFormat {
    /// For people
    #[default]
    Table,
    /// One JSON object
    Json,
}

/// What a summary is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub(in crate::cli) enum SummaryFormat {
    /// For people: URLs defanged and cut
    #[default]
    Table,
    /// One JSON object
    Json,
    /// For spreadsheets
    Csv,
    /// Markdown: a table, URLs defanged and cut
    Md,
    /// One page that loads nothing: URLs defanged
    Html,
}

/// Rows that a table has unless told otherwise.
pub(in crate::cli) const TABLE_ROWS: usize = 25;
/// Rows that a page has unless told otherwise: what a browser shows at once, and what prints.
const PAGE_ROWS: usize = 500;

impl Format {
    /// The most rows, given what `--limit` says.
    pub(in crate::cli) fn limit(self, limit: Option<usize>) -> Option<usize> {
        limit.or((self == Self::Table).then_some(TABLE_ROWS))
    }
}

impl ListFormat {
    /// The most rows, given what `--limit` says.
    pub(in crate::cli) fn limit(self, limit: Option<usize>) -> usize {
        limit.unwrap_or(match self {
            Self::Table => TABLE_ROWS,
            Self::Json => usize::MAX,
        })
    }
}

impl SummaryFormat {
    /// The most rows, given what `--limit` says.
    pub(in crate::cli) fn limit(self, limit: Option<usize>) -> Option<usize> {
        limit.or(match self {
            Self::Table | Self::Md => Some(TABLE_ROWS),
            Self::Html => Some(PAGE_ROWS),
            Self::Json | Self::Csv => None,
        })
    }
}

/// How CSV begins.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(in crate::cli) struct CsvMark {
    /// Begin CSV with a byte order mark, by which Excel knows that it is UTF-8
    #[arg(long)]
    bom: bool,
}

impl CsvMark {
    /// How CSV begins; refuses a mark where `format` is not `csv`: nothing else has one to choose.
    pub(in crate::cli) fn beginning<F: PartialEq>(
        self,
        format: &F,
        csv: &F,
    ) -> Result<Beginning, CommandError> {
        match self.bom {
            true if format != csv => {
                Err(CommandError::usage("--bom: only CSV has one; add --format csv".to_owned()))
            }
            true => Ok(Beginning::Marked),
            false => Ok(Beginning::Bare),
        }
    }
}
