//! The file that goes along: URLs as CSV, dead, safe for spreadsheets, and no larger than a mail
//! can carry.

use crate::config::Order;
use crate::store::{Snapshot, StoreError};
use crate::summary::COLUMNS;
use crate::text::csv_cell::{Beginning, Carrier, Csv, CsvError};
use crate::text::defang;

use super::measure::MeasuredTenant;
use super::urls::{ListedUrl, Listing, UrlScope};

/// What Graph takes as a mail, less the rest of it and the third that base64 adds.
pub const MOST_CSV_BYTES: usize = 2_500_000;
/// Room for the line that says what is left out.
const LAST_LINE_BYTES: usize = 200;
/// The fewest bytes that a row has.
const LEAST_ROW_BYTES: usize = 70;
/// How many rows are held at a time.
const ROWS_AT_A_TIME: usize = 1_000;
/// What stands beside the columns of the summary.
const DIGEST_COLUMNS: [&str; 3] = ["Class", "ClickedPastBlock", "AllowedWithThreat"];

/// The file: the riskiest first. Suspicious URLs stand without what carries live tokens.
pub(super) fn draw(
    snapshot: &Snapshot<'_>,
    tenants: &[MeasuredTenant<'_>],
    scope: UrlScope,
) -> Result<String, StoreError> {
    let broken = |error: CsvError| StoreError::Sql(format!("no file of CSV: {error}"));
    let mut listing =
        Listing::of(snapshot, tenants, scope, Order::Risk, MOST_CSV_BYTES / LEAST_ROW_BYTES)?;
    let mut file = CsvFile::begin().map_err(broken)?;
    loop {
        let urls = listing.take(snapshot, ROWS_AT_A_TIME)?;
        if urls.is_empty() || !file.add(&urls, scope).map_err(broken)? {
            break;
        }
    }
    let all: u64 = tenants.iter().map(|tenant| super::urls::count_listed(tenant, scope)).sum();
    file.end(all).map_err(broken)
}

/// The file of these URLs alone.
pub(super) fn of(urls: &[ListedUrl], scope: UrlScope) -> Result<String, CsvError> {
    let mut file = CsvFile::begin()?;
    file.add(urls, scope)?;
    file.end(urls.len() as u64)
}

/// A file under way.
struct CsvFile {
    csv: Csv<Vec<u8>>,
    rows: u64,
    /// The bytes of the rows that fit.
    good: usize,
}

impl CsvFile {
    fn begin() -> Result<Self, CsvError> {
        let headings = [COLUMNS.as_slice(), &DIGEST_COLUMNS].concat();
        let bytes = Vec::with_capacity(MOST_CSV_BYTES + LAST_LINE_BYTES);
        let mut csv = Csv::begin(bytes, Carrier::Program, Beginning::Marked, &headings)?;
        let good = csv.so_far()?.len();
        Ok(Self { csv, rows: 0, good })
    }

    /// Adds rows; whether all of them fit.
    fn add(&mut self, urls: &[ListedUrl], scope: UrlScope) -> Result<bool, CsvError> {
        for url in urls {
            write(&mut self.csv, url, scope)?;
            let len = self.csv.so_far()?.len();
            if len > MOST_CSV_BYTES - LAST_LINE_BYTES {
                return Ok(false);
            }
            (self.rows, self.good) = (self.rows + 1, len);
        }
        Ok(true)
    }

    fn end(self, all: u64) -> Result<String, CsvError> {
        let mut bytes = self.csv.end()?;
        bytes.truncate(self.good);
        let left_out = all.saturating_sub(self.rows);
        if left_out > 0 {
            let last_line =
                format!("\"{left_out} more URLs do not fit: these are the riskiest\"\r\n");
            bytes.extend_from_slice(last_line.as_bytes());
        }
        bytes.shrink_to_fit();
        String::from_utf8(bytes).map_err(|error| CsvError::Shape(error.to_string()))
    }
}

fn write(csv: &mut Csv<Vec<u8>>, url: &ListedUrl, scope: UrlScope) -> Result<(), CsvError> {
    let text = &url.row.url;
    csv.shown(&match scope {
        UrlScope::Suspicious => defang::without_tokens(text, usize::MAX),
        UrlScope::All => defang::defang(text),
    })?;
    url.row.write_behind_url(csv)?;
    csv.text(url.class.name())?;
    csv.number(u64::from(url.risk.past_block))?;
    csv.number(u64::from(url.risk.allowed))?;
    csv.end_row()
}
