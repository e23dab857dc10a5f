//! `clickwarden db check --repair`: mends what was found, tenant by tenant under its lease.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use super::check::{Named, Report, look};
use crate::cli::text::{counted, plain};
use crate::cli::window::horizon;
use crate::cli::{Context, Exit, Failure};
use crate::clock::{Clock, HOUR, Hour, MINUTE, Span, ticks_of};
use crate::config::Config;
use crate::store::{Claim, Lease, Mended, Owner, Part, Store, StoreError, TenantKey};

/// How long to wait for another process to finish its pass.
const LONGEST_WAIT: i64 = 2 * MINUTE;
/// How often to ask.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Renewed for every hour that is mended; if we die it is free at once.
const LEASE: Duration = Duration::from_mins(10);

/// What was done in all.
#[derive(Default)]
struct Done {
    segments: u64,
    removed: u64,
    left: u64,
    forgotten: u64,
    unreadable: u64,
}

impl Done {
    fn add(&mut self, mended: Mended) {
        self.segments += u64::from(mended.segment);
        self.removed += mended.removed;
        self.left += mended.left;
        self.forgotten += u64::from(mended.forgotten);
        self.unreadable += u64::from(mended.unreadable);
    }
}

pub(super) fn run(
    context: &Context,
    config: &Config,
    tenants: &[Named],
    mut report: Report,
) -> Result<(), Failure> {
    let store = Store::open(&config.store.path)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nrepair:")?;
    if report.found.iter().any(|finding| finding.part == Part::File) {
        match store.mend_indexes() {
            Ok(()) => writeln!(out, "  indexes made anew from their tables")?,
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(_) => writeln!(out, "  indexes could not be made anew: tables are damaged, too")?,
        }
    }
    if mend_texts(&store, &mut out)? > 0 {
        // Hours that did not fit now may, and the other way round.
        report = look(&store, tenants)?;
    }
    let lookback = ticks_of(config.collect.lookback);
    for (tenant, name) in tenants {
        mend_tenant(&store, &context.clock, lookback, *tenant, name, &report, &mut out)?;
    }
    Ok(())
}

/// How many texts were mended.
fn mend_texts(store: &Store, out: &mut impl std::io::Write) -> Result<u64, Failure> {
    match store.mend_texts() {
        Ok(Some(0)) => Ok(0),
        Ok(Some(texts)) => {
            writeln!(out, "  {} put in their place", counted(texts, "text"))?;
            Ok(texts)
        }
        // Nothing can be judged without it, so nothing is removed.
        Ok(None) => Err(Failure::failed(
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

fn mend_tenant(
    store: &Store,
    clock: &Clock,
    lookback: i64,
    tenant: TenantKey,
    name: &str,
    report: &Report,
    out: &mut impl std::io::Write,
) -> Result<(), Failure> {
    let damaged: BTreeSet<Hour> = report.damaged_hours(tenant);
    let progress = store.read(|snapshot| snapshot.progress(tenant));
    if damaged.is_empty() && progress.is_ok() {
        return Ok(());
    }
    let lease = lease(store, clock, tenant, name)?;
    store.count_again(&lease).map_err(|error| failure(error, name))?;
    let mut done = Done::default();
    let now = clock.now().plus(progress.map_or(0, |progress| progress.skew));
    let reach = horizon(now, lookback);
    // The open hour is fetched, too.
    let reach = Span::new(reach.from, reach.until.plus(HOUR));
    for hour in damaged {
        let mended = store
            .renew(&lease, LEASE, clock.now())
            .and_then(|()| store.mend_hour(&lease, hour, reach.covers(hour.span())));
        match mended {
            Ok(mended) => done.add(mended),
            Err(StoreError::Damaged(_)) => done.unreadable += 1,
            Err(error) => return Err(failure(error, name)),
        }
    }
    store.release(&lease)?;
    Ok(done.print(&plain(name), out)?)
}

/// The tenant's lease: nobody collects it meanwhile, and whoever does next begins from the store.
fn lease(store: &Store, clock: &Clock, tenant: TenantKey, name: &str) -> Result<Lease, Failure> {
    let since = clock.now();
    loop {
        match store.lease(tenant, &Owner::here(), LEASE, clock.now())? {
            Claim::Granted(lease) => return Ok(lease),
            Claim::Taken { by, .. } if clock.now().since(since) > LONGEST_WAIT => {
                let (pid, host, name) = (by.pid, plain(&by.host), plain(name));
                let why = format!(
                    "db check: process {pid} on {host} collects {name}; run it again later"
                );
                return Err(Failure::Said(Exit::TryLater, why));
            }
            Claim::Taken { .. } => std::thread::sleep(ASK_AGAIN),
        }
    }
}

fn failure(error: StoreError, name: &str) -> Failure {
    match error {
        StoreError::LeaseLost => {
            let why =
                format!("db check: another process began to collect {}; run it again", plain(name));
            Failure::Said(Exit::TryLater, why)
        }
        error => error.into(),
    }
}

impl Done {
    fn print(&self, name: &str, out: &mut impl std::io::Write) -> std::io::Result<()> {
        let Self { segments, removed, left, forgotten, unreadable } = *self;
        if segments > 0 {
            writeln!(out, "  {name}: {} made anew from clicks", counted(segments, "segment"))?;
        }
        if removed > 0 {
            let removed = counted(removed, "damaged click");
            writeln!(out, "  {name}: {removed} removed, to be fetched again")?;
        }
        if forgotten > 0 {
            let hours = counted(forgotten, "hour");
            writeln!(
                out,
                "  {name}: {hours} forgotten: the next pass fetches what the source still has"
            )?;
        }
        if left > 0 {
            let left = counted(left, "damaged click");
            writeln!(out, "  {name}: {left} left as found: older than what the source keeps")?;
        }
        if unreadable > 0 {
            writeln!(
                out,
                "  {name}: {} cannot be read, and are lost",
                counted(unreadable, "hour")
            )?;
        }
        Ok(())
    }
}
