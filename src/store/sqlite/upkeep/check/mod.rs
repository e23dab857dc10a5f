//! Looking for damage: what SQLite finds, and what our own redundancy shows.
//!
//! SQLite keeps no checksums, so a changed byte inside a text or a number escapes it. Ours finds
//! it: every row carries keyed hashes of its identity and of its details, every URL one of itself,
//! every segment repeats its hour's live rows, and what is held says how many there should be.

mod file;
mod hour;
mod repair;
mod texts;

use rusqlite::Connection;

use crate::clock::Hour;
use crate::store::model::error::StoreError;
use crate::store::sqlite::collection::hours::{self, Changes};
use crate::store::sqlite::collection::lease::{self, Lease};
use crate::store::{Store, TenantKey};
use crate::sync_state::progress::CountSchedule;

use super::sweep;

pub use repair::{Refetch, RepairReport};
pub use texts::TextTable;

/// How many clicks one snapshot looks at before it lets go, so that the write-ahead log can shrink.
const CLICKS_PER_SNAPSHOT: u64 = 100_000;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckPart {
    /// Pages, indexes and types, by SQLite's own check.
    File,
    /// Foreign keys, by SQLite's own check.
    References,
    /// Every URL and chain with its hash, every user with the lower case of the name.
    Texts,
    /// Every click with the hashes of its identity and its details.
    Clicks,
    /// Every segment with the live clicks of its hour.
    Segments,
    /// What is held of every hour with its live clicks.
    Hours,
}

impl CheckPart {
    /// In the order in which they are looked at.
    pub const ALL: [Self; 6] =
        [Self::File, Self::References, Self::Texts, Self::Clicks, Self::Segments, Self::Hours];

    /// The name that people see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::References => "references",
            Self::Texts => "texts",
            Self::Clicks => "clicks",
            Self::Segments => "segments",
            Self::Hours => "hours",
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFinding {
    /// What was compared.
    pub part: CheckPart,
    /// The hour it is about, if it is about one.
    pub hour: Option<(TenantKey, Hour)>,
    /// What is wrong.
    pub what: String,
    /// Whether [`Store::repair_hour`] and its like can do nothing about it.
    pub lasting: bool,
}

impl CheckFinding {
    fn new(part: CheckPart, what: impl Into<String>) -> Self {
        Self { part, hour: None, what: what.into(), lasting: false }
    }

    const fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }
}

/// What one step of a check looked at and found.
#[derive(Clone, Debug, Default)]
pub struct CheckReport {
    /// Clicks or texts.
    pub rows: u64,
    /// Hours.
    pub hours: u64,
    /// What is wrong.
    pub found: Vec<CheckFinding>,
}

impl CheckReport {
    fn add(&mut self, more: Self) {
        self.rows += more.rows;
        self.hours += more.hours;
        self.found.extend(more.found);
    }
}

impl Store {
    /// Runs SQLite's own checks: pages, indexes, types, foreign keys. Takes as long as reading the
    /// whole file does.
    pub fn check_file(&self) -> Result<CheckReport, StoreError> {
        self.read(|snapshot| file::check(&snapshot.tx))
    }

    /// Checks some texts of a table that come after the id `after`; the id to go on after, until
    /// there is none.
    pub fn check_texts(
        &self,
        table: TextTable,
        after: i64,
    ) -> Result<(CheckReport, Option<i64>), StoreError> {
        self.read(|snapshot| texts::check(&snapshot.tx, snapshot.secret, table, after))
    }

    /// Checks some hours of a tenant that come after the hour `after`; the hour to go on after,
    /// until there is none.
    pub fn check_hours(
        &self,
        tenant: TenantKey,
        after: Option<Hour>,
    ) -> Result<(CheckReport, Option<Hour>), StoreError> {
        self.read(|snapshot| {
            let conn: &Connection = &snapshot.tx;
            let (mut report, mut last) = (CheckReport::default(), after);
            if let (None, Err(why)) = (after, or_say(snapshot.progress(tenant))?) {
                report.found.push(CheckFinding::new(CheckPart::Hours, why));
            }
            while report.rows < CLICKS_PER_SNAPSHOT {
                let (next, trouble) = hour::next(conn, tenant, last)?;
                report.found.extend(trouble);
                let Some(next) = next else { return Ok((report, None)) };
                report.add(hour::check(conn, snapshot.secret, tenant, next)?.into_report());
                last = Some(next);
            }
            Ok((report, last))
        })
    }

    /// Makes all indexes anew from their tables.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if the tables themselves are.
    pub fn repair_indexes(&self) -> Result<(), StoreError> {
        self.write(|conn, _| Ok(conn.execute_batch("REINDEX")?))
    }

    /// Gives every URL and chain of which the hash is wrong the right one, every user the right lower
    /// case, and makes one of URLs that are stored twice; how many it was. Texts are all tenants': look
    /// at the hours of all of them again afterwards. `None` if no URL is what was stored: then the key
    /// of their hashes is damaged, and nothing can be told from them.
    pub fn repair_texts(&self) -> Result<Option<u64>, StoreError> {
        self.write(|conn, caches| {
            // Clicks and users lead to other texts afterwards, and some texts are gone.
            sweep::end_all(conn)?;
            caches.clear();
            texts::repair(conn, &self.inner.secret)
        })
    }

    /// Has the next pass count all hours of a tenant again. One whose progress cannot be read begins
    /// anew, which costs a few more counts.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn count_again(&self, lease: &Lease) -> Result<(), StoreError> {
        self.write(|conn, _| {
            lease::check(conn, lease)?;
            let mut progress = or_say(hours::progress(conn, lease.tenant))?.unwrap_or_default();
            for schedule in [&mut progress.short, &mut progress.medium, &mut progress.long] {
                *schedule = CountSchedule::default();
            }
            let changes = Changes { hours: Vec::new(), progress: Some(&progress) };
            hours::write(conn, lease.tenant, &changes)
        })
    }

    /// Repairs an hour as far as that goes: see [`RepairReport`]. Live clicks that are not what was stored
    /// are given up if the source gives them again, as `refetch` says.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn repair_hour(
        &self,
        lease: &Lease,
        hour: Hour,
        refetch: Refetch,
    ) -> Result<RepairReport, StoreError> {
        self.write(|conn, _| {
            lease::check(conn, lease)?;
            let place = repair::HourToRepair { tenant: lease.tenant, hour, refetch };
            repair::repair(conn, &self.inner.secret, place)
        })
    }
}

/// What was read; or, where the file is damaged, the sentence for a finding.
fn or_say<T>(read: Result<T, StoreError>) -> Result<Result<T, String>, StoreError> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.is_transient() => Err(error),
        Err(StoreError::Damaged(why) | StoreError::Sql(why)) => Ok(Err(why)),
        Err(other) => Ok(Err(other.to_string())),
    }
}
