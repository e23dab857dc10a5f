//! All that a check of the database found: what is printed of it, and what to do about it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use crate::cli::print::text::{counted, grouped, plain, to_second};
use crate::cli::{CommandError, Exit};
use crate::clock::Hour;
use crate::store::{CheckFinding, CheckPart, CheckReport, TenantKey};

/// How many findings of a part are shown.
const MOST_FINDINGS_SHOWN: usize = 10;

/// When a check was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// Nothing was repaired yet.
    First,
    /// What could be repaired was.
    AfterRepair,
}

/// A tenant's number in the store, and its name.
pub(super) type KeyedTenant = (TenantKey, String);

/// All that a check found.
#[derive(Default)]
pub(super) struct DatabaseReport {
    pub(super) texts: u64,
    clicks: u64,
    hours: u64,
    pub(super) found: Vec<CheckFinding>,
}

impl DatabaseReport {
    pub(super) fn add_hours(&mut self, step: CheckReport) {
        self.clicks += step.rows;
        self.hours += step.hours;
        self.found.extend(step.found);
    }

    /// The hours of a tenant about which something was found.
    pub(super) fn damaged_hours(&self, tenant: TenantKey) -> BTreeSet<Hour> {
        let hours = self.found.iter().filter_map(|finding| finding.hour);
        hours.filter(|(whose, _)| *whose == tenant).map(|(_, hour)| hour).collect()
    }

    fn looked_at(&self, part: CheckPart) -> String {
        match part {
            CheckPart::File => "SQLite's own check".to_owned(),
            CheckPart::References => "every one leads somewhere".to_owned(),
            CheckPart::Texts => counted(self.texts, "text"),
            CheckPart::Clicks => counted(self.clicks, "click"),
            CheckPart::Segments | CheckPart::Hours => counted(self.hours, "hour"),
        }
    }

    /// A line for each part, and what was found there.
    pub(super) fn print(&self, tenants: &[KeyedTenant]) -> Result<(), CommandError> {
        let mut out = std::io::stdout().lock();
        for part in CheckPart::ALL {
            let found: Vec<_> = self.found.iter().filter(|it| it.part == part).collect();
            if found.is_empty() {
                writeln!(out, "{:<11} ok: {}", part.name(), self.looked_at(part))?;
                continue;
            }
            writeln!(
                out,
                "{:<11} DAMAGED: {}",
                part.name(),
                counted(found.len() as u64, "finding")
            )?;
            for finding in found.iter().take(MOST_FINDINGS_SHOWN) {
                writeln!(out, "  {}", in_words(finding, tenants))?;
            }
            if let Some(more) =
                found.len().checked_sub(MOST_FINDINGS_SHOWN).filter(|more| *more > 0)
            {
                writeln!(out, "  … and {} more", grouped(more as u64))?;
            }
        }
        Ok(())
    }

    /// What to do about it.
    pub(super) fn advise(&self, path: &Path, checked: Checked) -> Result<Exit, CommandError> {
        if self.found.is_empty() {
            return Ok(Exit::Done);
        }
        let path = plain(&path.display().to_string());
        let anew = format!(
            "restore a backup, or stop the daemon, move {path} away and run `clickwarden sync`: \
             that fetches what the source still has, 30 days"
        );
        let why = if checked == Checked::AfterRepair {
            format!("db check: what is left no repair can mend; {anew}")
        } else if self.found.iter().all(|finding| finding.lasting) {
            format!("db check: the database is damaged; {anew}")
        } else {
            format!(
                "db check: the database is damaged; run `clickwarden db check --repair`, which \
                 mends what can be mended; where it cannot, {anew}"
            )
        };
        Err(CommandError::Said(Exit::Failed, why))
    }
}

fn in_words(finding: &CheckFinding, tenants: &[KeyedTenant]) -> String {
    let what = plain(&finding.what);
    let Some((tenant, hour)) = finding.hour else { return what };
    let name = tenants.iter().find(|(key, _)| *key == tenant).map_or("", |(_, name)| name);
    format!("{} {}: {what}", plain(name), to_second(hour.start()))
}
