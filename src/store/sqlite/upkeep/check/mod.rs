//! Looking for damage: what SQLite finds, and what our own redundancy shows.
//!
//! SQLite keeps no checksums, so a changed byte inside a text or a number escapes it. Ours finds
//! it: every row carries keyed hashes of its identity and of its details, every URL one of itself,
//! every segment repeats its hour's live rows, and what is held says how many there should be.

mod damage;
mod file;
mod hour;
mod hour_reader;
mod repair;
mod texts;

use rusqlite::Connection;

use crate::clock::Hour;
use crate::store::sqlite::collection::{hours, lease};
use crate::store::sqlite::upkeep::sweep;
use crate::store::{
    Changes, CheckFinding, CheckPart, CheckReport, Lease, Refetch, RepairReport, Store, StoreError,
    StoreFile, TenantKey, TextTable,
};
use crate::sync_state::progress::CountSchedule;
use damage::or_say;

/// How many clicks one snapshot looks at before it lets go, so that the write-ahead log can shrink.
const CLICKS_PER_SNAPSHOT: u64 = 100_000;

impl StoreFile<'_> {
    /// Runs SQLite's own checks: pages, indexes, types, foreign keys. Takes as long as reading the
    /// whole file does.
    pub fn check_file(self) -> Result<CheckReport, StoreError> {
        self.0.read(|snapshot| file::check(&snapshot.tx))
    }

    /// Checks some texts of a table that come after the id `after`; the id to go on after, until
    /// there is none.
    pub fn check_texts(
        self,
        table: TextTable,
        after: i64,
    ) -> Result<(CheckReport, Option<i64>), StoreError> {
        self.0.read(|snapshot| texts::check(&snapshot.tx, snapshot.secret, table, after))
    }

    /// Checks some hours of a tenant that come after the hour `after`; the hour to go on after,
    /// until there is none.
    pub fn check_hours(
        self,
        tenant: TenantKey,
        after: Option<Hour>,
    ) -> Result<(CheckReport, Option<Hour>), StoreError> {
        self.0.read(|snapshot| {
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
    pub fn repair_indexes(self) -> Result<(), StoreError> {
        self.0.write(|conn, _| Ok(conn.execute_batch("REINDEX")?))
    }

    /// Gives every URL and chain of which the hash is wrong the right one, every user the right lower
    /// case, and makes one of URLs that are stored twice; how many it was. Texts are all tenants': look
    /// at the hours of all of them again afterwards. `None` if no URL is what was stored: then the key
    /// of their hashes is damaged, and nothing can be told from them.
    pub fn repair_texts(self) -> Result<Option<u64>, StoreError> {
        self.0.write(|conn, caches| {
            // Clicks and users lead to other texts afterwards, and some texts are gone.
            sweep::end_all(conn)?;
            caches.clear();
            texts::repair(conn, &self.0.inner.secret)
        })
    }

    /// Repairs an hour as far as that goes: see [`RepairReport`]. Live clicks that are not what was stored
    /// are given up if the source gives them again, as `refetch` says.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn repair_hour(
        self,
        lease: &Lease,
        hour: Hour,
        refetch: Refetch,
    ) -> Result<RepairReport, StoreError> {
        self.0.write(|conn, _| {
            lease::check(conn, lease)?;
            let place = repair::HourToRepair { tenant: lease.tenant, hour, refetch };
            repair::repair(conn, &self.0.inner.secret, place)
        })
    }
}

impl Store {
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
}
