//! `clickwarden db check --repair`: mends what was found, tenant by tenant under its lease.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use super::look::look;
use super::report::{DatabaseReport, KeyedTenant};
use crate::cli::args::window::horizon;
use crate::cli::print::text::{counted, plain};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::{Clock, HOUR, Hour, MINUTE, Span, Tick, ticks_of};
use crate::config::Config;
use crate::store::{
    CheckPart, Lease, LeaseClaim, Owner, Refetch, RepairReport, Store, StoreError, TenantKey,
};
use crate::sync_state::progress::Progress;

/// How long to wait for another process to finish its pass.
const LONGEST_WAIT: i64 = 2 * MINUTE;
/// How often to ask.
const LEASE_RETRY: Duration = Duration::from_millis(500);
/// Renewed for every hour that is repaired; if we die it is free at once.
const LEASE_TIME: Duration = Duration::from_mins(10);

/// Whether anybody asks the source for a tenant's clicks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    Configured,
    Left,
}

/// What was done in all.
#[derive(Default)]
struct RepairTotals {
    segments: u64,
    removed: u64,
    asked_again: u64,
    left: u64,
    withdrawn: u64,
    forgotten: u64,
    unreadable: u64,
}

impl RepairTotals {
    fn add(&mut self, step: RepairReport) {
        self.segments += u64::from(step.segment);
        self.removed += step.removed;
        self.asked_again += step.asked_again;
        self.left += step.left;
        self.withdrawn += step.withdrawn;
        self.forgotten += u64::from(step.forgotten);
        self.unreadable += u64::from(step.unreadable);
    }
}

/// Repairs what was found of `tenants`; those that have to be looked at now.
pub(super) fn run(
    context: &Context,
    config: &Config,
    mut tenants: Vec<KeyedTenant>,
    mut report: DatabaseReport,
) -> Result<Vec<KeyedTenant>, CommandError> {
    let store = Store::open(&config.store.path)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nrepair:")?;
    if report.found.iter().any(|finding| finding.part == CheckPart::File) {
        match store.file().repair_indexes() {
            Ok(()) => writeln!(out, "  indexes made anew from their tables")?,
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(_) => writeln!(out, "  indexes could not be made anew: tables are damaged, too")?,
        }
    }
    if repair_texts(&store, &mut out)? > 0 {
        // Texts are all tenants': hours of any that did not fit now may, and the other way round.
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "a path is not general enough"
        )]
        let all = store.read(|snapshot| snapshot.tenants())?;
        tenants = all;
        report = look(&store, &tenants)?;
    }
    let repair = Repair { store: &store, clock: &context.clock, config, report: &report };
    for tenant in &tenants {
        repair.tenant(tenant, &mut out)?;
    }
    Ok(tenants)
}

/// How many texts were repaired.
fn repair_texts(store: &Store, out: &mut impl std::io::Write) -> Result<u64, CommandError> {
    match store.file().repair_texts() {
        Ok(Some(0)) => Ok(0),
        Ok(Some(texts)) => {
            writeln!(out, "  {} put in their place", counted(texts, "text"))?;
            Ok(texts)
        }
        // Nothing can be judged without it, so nothing is removed.
        Ok(None) => Err(CommandError::failed(
            "db check: the key of the database's own hashes is damaged, so that nothing can be \
             told from them; restore a backup",
        )),
        Err(StoreError::Damaged(why)) => {
            writeln!(out, "  texts could not be mended: {}", plain(&why))?;
            Ok(0)
        }
        Err(error) => Err(error.into()),
    }
}

/// What one tenant after the other is repaired with.
struct Repair<'a> {
    store: &'a Store,
    clock: &'a Clock,
    config: &'a Config,
    report: &'a DatabaseReport,
}

impl Repair<'_> {
    fn tenant(
        &self,
        (tenant, name): &KeyedTenant,
        out: &mut impl std::io::Write,
    ) -> Result<(), CommandError> {
        let damaged: BTreeSet<Hour> = self.report.damaged_hours(*tenant);
        let progress = self.store.read(|snapshot| snapshot.progress(*tenant));
        if damaged.is_empty() && progress.is_ok() {
            return Ok(());
        }
        let is_configured = self.config.tenants.iter().any(|tenant| tenant.name == *name);
        let membership = if is_configured { Membership::Configured } else { Membership::Left };
        let lease = lease(self.store, self.clock, *tenant, name)?;
        self.store.count_again(&lease).map_err(|error| failure(error, name))?;
        let mut totals = RepairTotals::default();
        let reach = reach(
            self.clock.now(),
            &progress.unwrap_or_default(),
            ticks_of(self.config.collect.lookback),
        );
        for hour in damaged {
            let possible = membership == Membership::Configured && reach.covers(hour.span());
            let refetch = if possible { Refetch::Possible } else { Refetch::Impossible };
            let repaired = self
                .store
                .renew(&lease, LEASE_TIME, self.clock.now())
                .and_then(|()| self.store.file().repair_hour(&lease, hour, refetch));
            match repaired {
                Ok(step) => totals.add(step),
                Err(StoreError::Damaged(_)) => totals.unreadable += 1,
                Err(error) => return Err(failure(error, name)),
            }
        }
        self.store.release(&lease)?;
        Ok(totals.print(&plain(name), membership, out)?)
    }
}

/// What the next pass can fetch. Where clocks differ the later one counts: it leaves more as found.
fn reach(now: Tick, progress: &Progress, lookback: i64) -> Span {
    let theirs = now.plus(progress.skew);
    let reach = horizon(
        progress.last_source_time.map_or(theirs, |last_source_time| last_source_time.max(theirs)),
        lookback,
    );
    // The open hour is fetched, too.
    Span::new(reach.from, reach.until.plus(HOUR))
}

/// The tenant's lease: nobody collects it meanwhile, and whoever does next begins from the store.
fn lease(
    store: &Store,
    clock: &Clock,
    tenant: TenantKey,
    name: &str,
) -> Result<Lease, CommandError> {
    let since = clock.now();
    loop {
        match store.lease(tenant, &Owner::here(), LEASE_TIME, clock.now())? {
            LeaseClaim::Granted(lease) => return Ok(lease),
            LeaseClaim::Taken { by, .. } if clock.now().since(since) > LONGEST_WAIT => {
                let (pid, host, name) = (by.pid, plain(&by.host), plain(name));
                let why = format!(
                    "db check: process {pid} on {host} collects {name}; run it again later"
                );
                return Err(CommandError::Said(Exit::TryLater, why));
            }
            LeaseClaim::Taken { .. } => std::thread::sleep(LEASE_RETRY),
        }
    }
}

fn failure(error: StoreError, name: &str) -> CommandError {
    match error {
        StoreError::LeaseLost => {
            let why =
                format!("db check: another process began to collect {}; run it again", plain(name));
            CommandError::Said(Exit::TryLater, why)
        }
        error => error.into(),
    }
}

impl RepairTotals {
    fn print(
        &self,
        name: &str,
        membership: Membership,
        out: &mut impl std::io::Write,
    ) -> std::io::Result<()> {
        let fetched = match membership {
            Membership::Configured => "the next pass fetches what the source still has",
            Membership::Left => {
                "the tenant is not in the configuration, so that nobody fetches them"
            }
        };
        let left = match membership {
            Membership::Configured => "older than what the source keeps",
            Membership::Left => {
                "the tenant is not in the configuration, so that nobody fetches them"
            }
        };
        for (count, what, done) in [
            (self.segments, "segment", "made anew from clicks".to_owned()),
            (self.removed, "damaged click", "removed, to be fetched again".to_owned()),
            (
                self.asked_again,
                "damaged click",
                "kept, whose details are to be fetched again".to_owned(),
            ),
            (self.forgotten, "hour", format!("forgotten: {fetched}")),
            (self.left, "damaged click", format!("left as found: {left}")),
            (
                self.withdrawn,
                "damaged click",
                "left as found: withdrawn, the source shows them no more".to_owned(),
            ),
            (self.unreadable, "hour", "cannot be read, and are lost".to_owned()),
        ] {
            if count > 0 {
                writeln!(out, "  {name}: {} {done}", counted(count, what))?;
            }
        }
        Ok(())
    }
}
