//! The file that goes along: URLs as CSV, dead, safe for spreadsheets, and no larger than a mail
//! can carry.

use crate::config::Order;
use crate::store::{Snapshot, StoreError};
use crate::summary::{COLUMNS, Row};
use crate::text::csv_cell::{Beginning, Carrier, Csv, CsvError};
use crate::text::defang;

use super::measure::Tenant;
use super::urls::{Listing, Url, Which};

/// What Graph takes as a mail, less the rest of it and the third that base64 adds.
pub const MOST_BYTES: usize = 2_500_000;
/// Room for the line that says what is left out.
const LAST_LINE: usize = 200;
/// The fewest bytes that a row has.
const ROW: usize = 70;
/// How many rows are held at a time.
const AT_A_TIME: usize = 1_000;
/// What stands beside the columns of the summary.
const OURS: [&str; 3] = ["Class", "ClickedPastBlock", "AllowedWithThreat"];

/// The file: the riskiest first. Suspicious URLs stand without what carries live tokens.
pub(super) fn draw(
    snapshot: &Snapshot<'_>,
    tenants: &[Tenant<'_>],
    which: Which,
) -> Result<String, StoreError> {
    let broken = |error: CsvError| StoreError::Sql(format!("no file of CSV: {error}"));
    let mut listing = Listing::of(snapshot, tenants, which, Order::Risk, MOST_BYTES / ROW)?;
    let mut file = File::begin().map_err(broken)?;
    loop {
        let urls = listing.take(snapshot, AT_A_TIME)?;
        if urls.is_empty() || !file.add(&urls, which).map_err(broken)? {
            break;
        }
    }
    let all: u64 = tenants.iter().map(|tenant| super::measure::count(tenant, which)).sum();
    file.end(all).map_err(broken)
}

/// A file under way.
struct File {
    csv: Csv<Vec<u8>>,
    rows: u64,
    /// The bytes of the rows that fit.
    good: usize,
}

impl File {
    fn begin() -> Result<Self, CsvError> {
        let headings = [COLUMNS.as_slice(), &OURS].concat();
        let bytes = Vec::with_capacity(MOST_BYTES + LAST_LINE);
        let mut csv = Csv::begin(bytes, Carrier::Program, Beginning::Marked, &headings)?;
        let good = csv.so_far()?.len();
        Ok(Self { csv, rows: 0, good })
    }

    /// Adds rows; whether all of them fit.
    fn add(&mut self, urls: &[Url], which: Which) -> Result<bool, CsvError> {
        for url in urls {
            write(&mut self.csv, url, which)?;
            let len = self.csv.so_far()?.len();
            if len > MOST_BYTES - LAST_LINE {
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
            let told = format!("\"{left_out} more URLs do not fit: these are the riskiest\"\r\n");
            bytes.extend_from_slice(told.as_bytes());
        }
        bytes.shrink_to_fit();
        String::from_utf8(bytes).map_err(|error| CsvError::Shape(error.to_string()))
    }
}

fn write(csv: &mut Csv<Vec<u8>>, url: &Url, which: Which) -> Result<(), CsvError> {
    let Row { url: text, tally, .. } = &url.row;
    csv.shown(&match which {
        Which::Suspicious => defang::without_tokens(text, usize::MAX),
        Which::All => defang::defang(text),
    })?;
    for count in [
        tally.blocked,
        tally.allowed,
        tally.pending_verdict,
        tally.error,
        tally.clicked_through,
        tally.blocked_by_tenant_policy,
        tally.other,
        url.row.clickers,
    ] {
        csv.number(count)?;
    }
    csv.text(&url.row.first_click.to_string())?;
    csv.text(&url.row.last_click.to_string())?;
    csv.text(&url.row.threat_types.join(";"))?;
    csv.text(&url.row.workloads.join(";"))?;
    csv.text(&url.row.tenant)?;
    csv.text(url.class.name())?;
    csv.number(u64::from(url.harm.past_block))?;
    csv.number(u64::from(url.harm.allowed))?;
    csv.end_row()
}
