//! The file that goes along: URLs as CSV, dead, safe for spreadsheets, and no larger than a mail
//! can carry.

use crate::config::Order;
use crate::report::defang;
use crate::report::spreadsheet::{Carrier, Csv, CsvError};
use crate::store::{Snapshot, StoreError};
use crate::summary::{COLUMNS, Row};

use super::measure::Tenant;
use super::urls::{Url, Which, listed};

/// What Graph takes as a mail, less the rest of it and the third that base64 adds.
pub const MOST_BYTES: usize = 2_500_000;
/// Room for the line that says what is left out.
const LAST_LINE: usize = 200;
/// The fewest bytes that a row has.
const ROW: usize = 70;
/// What stands beside the columns of the summary.
const OURS: [&str; 3] = ["Class", "ClickedPastBlock", "AllowedWithThreat"];

/// The file: the riskiest first. Suspicious URLs stand without what carries live tokens.
pub(super) fn draw(
    snapshot: &Snapshot<'_>,
    tenants: &[Tenant<'_>],
    which: Which,
) -> Result<String, StoreError> {
    let urls = listed(snapshot, tenants, which, Order::Risk, MOST_BYTES / ROW)?;
    let all: u64 = tenants.iter().map(|tenant| super::measure::count(tenant, which)).sum();
    text(&urls, all, which).map_err(|error| StoreError::Sql(format!("no file of CSV: {error}")))
}

fn text(urls: &[Url], all: u64, which: Which) -> Result<String, CsvError> {
    let headings = [COLUMNS.as_slice(), &OURS].concat();
    let mut csv = Csv::begin(Vec::new(), Carrier::Program, &headings)?;
    let (mut rows, mut good) = (0, csv.so_far()?.len());
    for url in urls {
        write(&mut csv, url, which)?;
        let len = csv.so_far()?.len();
        if len > MOST_BYTES - LAST_LINE {
            break;
        }
        (rows, good) = (rows + 1, len);
    }
    let mut bytes = csv.end()?;
    bytes.truncate(good);
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    // Excel takes a file without it for another encoding.
    text.insert(0, '\u{feff}');
    let left_out = all.saturating_sub(rows);
    if left_out > 0 {
        let told = format!("\"{left_out} more URLs do not fit: these are the riskiest\"\r\n");
        text.push_str(&told);
    }
    Ok(text)
}

fn write(csv: &mut Csv<Vec<u8>>, url: &Url, which: Which) -> Result<(), CsvError> {
    let Row { url: text, tally, .. } = &url.row;
    csv.text(&match which {
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
