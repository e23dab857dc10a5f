//! A row as CSV: what every file of them has in common.

use std::io::Write;

use crate::summary::Row;
use crate::text::csv_cell::{Csv, CsvError};

impl Row {
    /// Writes what stands behind the URL, in the order of [`COLUMNS`](super::COLUMNS).
    pub fn write_behind_url<W: Write>(&self, csv: &mut Csv<W>) -> Result<(), CsvError> {
        let tally = self.tally;
        for count in [
            tally.blocked,
            tally.allowed,
            tally.pending_verdict,
            tally.error,
            tally.clicked_through,
            tally.blocked_by_tenant_policy,
            tally.other,
            self.clickers,
        ] {
            csv.number(count)?;
        }
        csv.text(&self.first_click.to_string())?;
        csv.text(&self.last_click.to_string())?;
        csv.text(&self.threat_types.join(";"))?;
        csv.text(&self.workloads.join(";"))?;
        csv.text(&self.tenant)
    }
}
