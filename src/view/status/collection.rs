//! How the collection of each tenant stands, as far as it takes little to read: what status and
//! metrics share.

use crate::auth::SignIn;
use crate::clock::{SECOND, Span, Tick, ticks_of};
use crate::collect::horizon;
use crate::config::{Config, Expiry, Tenant};
use crate::coverage::Coverage;
use crate::store::{NamedTenant, Snapshot, StoreError};
use crate::sync_state::gate::Closed;
use crate::sync_state::progress::Progress;
use crate::view::coverage::CoverageCache;
use crate::view::scope;

/// How a tenant's collection stands.
#[derive(Clone, Debug)]
pub struct CollectionStatus {
    /// The tenant, which may not be in the store yet.
    pub tenant: NamedTenant,
    /// How far the copy agrees with the source.
    pub coverage: Coverage,
    /// What collection keeps in step, by the source's clock.
    pub span: Span,
    /// How far it has come.
    pub progress: Progress,
    /// The gate that opens last, of the source or of the sign-in: when, and why it is closed.
    pub gate: Option<(Tick, String)>,
    /// Calls in the last minute, by any process.
    pub calls: u32,
    /// When its credential ends, as far as that is known.
    pub expiry: Option<Expiry>,
}

/// How the collection of every configured tenant stands, in the order of the configuration.
pub fn collections(
    snapshot: &Snapshot<'_>,
    config: &Config,
    cache: &mut CoverageCache,
    now: Tick,
) -> Result<Vec<CollectionStatus>, StoreError> {
    let settings: Vec<&Tenant> = config.tenants.iter().collect();
    let tenants = scope::find_tenants(snapshot, &settings)?;
    cache.keep(&tenants);
    let lookback = ticks_of(config.collect.lookback);
    let read = |(settings, tenant): (&&Tenant, NamedTenant)| {
        let reading = Reading { snapshot, lookback, now };
        reading.collection(settings, tenant, cache)
    };
    settings.iter().zip(tenants).map(read).collect()
}

/// Where and when it is read.
struct Reading<'a> {
    snapshot: &'a Snapshot<'a>,
    /// How far back collection keeps the copy in step, in ticks.
    lookback: i64,
    now: Tick,
}

impl Reading<'_> {
    fn collection(
        &self,
        settings: &Tenant,
        tenant: NamedTenant,
        cache: &mut CoverageCache,
    ) -> Result<CollectionStatus, StoreError> {
        let Self { snapshot, lookback, now } = *self;
        let (key, endpoints) = (tenant.key, SignIn::of(settings).endpoints());
        let progress = key.map(|key| snapshot.progress(key)).transpose()?.unwrap_or_default();
        let span = horizon(now.plus(progress.skew), lookback);
        let source = key.map(|key| snapshot.gate(key, now)).transpose()?.flatten();
        let calls = key.map(|key| snapshot.calls_last_minute(key, now)).transpose()?;
        Ok(CollectionStatus {
            coverage: cache.coverage(snapshot, &tenant, &progress, span)?,
            gate: later(source, snapshot.sign_in_gate(&endpoints, now)?),
            calls: calls.unwrap_or_default(),
            expiry: settings.identity.expiry(),
            tenant,
            span,
            progress,
        })
    }
}

/// The gate that opens last: that of the source, or that of the sign-in.
fn later(source: Option<(Tick, String)>, sign_in: Option<Closed>) -> Option<(Tick, String)> {
    let sign_in = sign_in.map(|Closed { until, why }| (until, why));
    source.into_iter().chain(sign_in).max_by_key(|(until, _)| *until)
}

impl CollectionStatus {
    /// Whether Microsoft refuses the app.
    pub const fn is_refused(&self) -> bool {
        self.progress.retry_at.is_some()
    }

    /// Seconds since the end of the last complete pass.
    pub fn pass_age(&self, now: Tick) -> Option<i64> {
        let theirs = now.plus(self.progress.skew);
        self.progress.pass_ended.map(|ended| theirs.since(ended).max(0) / SECOND)
    }

    /// Seconds until its credential ends; negative once it has.
    pub fn credential_left(&self, now: Tick) -> Option<i64> {
        self.expiry.map(|expiry| expiry.until.since(now) / SECOND)
    }
}
