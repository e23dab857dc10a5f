//! `--format` of the commands that print rows.

/// What rows are printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Format {
    /// For people: URLs defanged and cut
    #[default]
    Table,
    /// One JSON object
    Json,
    /// For spreadsheets
    Csv,
}

/// Rows that a table has unless told otherwise; JSON and CSV have all.
const TABLE_ROWS: usize = 25;

impl Format {
    /// The most rows, given what `--limit` says.
    pub(super) fn limit(self, limit: Option<usize>) -> Option<usize> {
        limit.or((self == Self::Table).then_some(TABLE_ROWS))
    }
}
