//! The check's calls in the ledger that binds every process, and its part in closing the gate.

use super::Clock;
use crate::clock::{SECOND, Tick};
use crate::source::{ExhaustedQuota, Hunting, HuntingReply, SourceError};
use crate::store::{Permit, Store, StoreError, TenantKey};

/// Where a tenant's calls are written down.
pub(super) struct Ledger {
    store: Store,
    tenant: TenantKey,
    per_minute: u32,
    clock: Clock,
}

/// Why a call was not made, or had no answer.
pub(super) enum Missed {
    /// There is no place in the ledger now: in words.
    Later(String),
    /// The ledger cannot be used: why.
    NoLedger(String),
    /// The source.
    Source(SourceError),
}

impl Ledger {
    /// The tenant's ledger in the store that was opened, if there is one; else why it cannot be used.
    /// Blocks on the store.
    pub(super) fn of(
        opened: Option<&Result<Store, StoreError>>,
        tenant: &str,
        per_minute: u32,
        clock: &Clock,
    ) -> Result<Option<Self>, String> {
        let Some(opened) = opened else { return Ok(None) };
        let store = opened.as_ref().map_err(ToString::to_string)?;
        let key = store.tenant(tenant).map_err(|error| error.to_string())?;
        Ok(Some(Self { store: store.clone(), tenant: key, per_minute, clock: clock.clone() }))
    }

    /// Runs `query`, and once more with a new token if the first is not taken. Each call has a place
    /// in the ledger.
    pub(super) async fn run(&self, hunting: &Hunting, query: &str) -> Result<HuntingReply, Missed> {
        let mut tokens = 2;
        loop {
            tokens -= 1;
            let ready = match hunting.ready(0).await {
                Ok(ready) => ready,
                Err(error) => return Err(Missed::Source(self.heard(error).await)),
            };
            // As late as can be: a call that will not be made takes no place.
            self.permit().await?;
            match hunting.ask(query, ready).await {
                Err(SourceError::TokenRefused) if tokens > 0 => {}
                Err(error) => return Err(Missed::Source(self.heard(error).await)),
                Ok(reply) => return Ok(reply),
            }
        }
    }

    async fn permit(&self) -> Result<(), Missed> {
        let (tenant, per_minute, now) = (self.tenant, self.per_minute, self.clock.now());
        let take = move |store: &Store| store.take_call_beside(tenant, per_minute, now);
        match self.store.blocking(take).await {
            Ok(Permit::Go) => Ok(()),
            Ok(Permit::Pace { until }) => Err(Missed::Later(format!(
                "as many calls as collect.calls_per_minute allows were made ({per_minute}); {}",
                again(until, now)
            ))),
            Ok(Permit::Closed { until, why }) => {
                Err(Missed::Later(format!("the gate is closed ({why}); {}", again(until, now))))
            }
            Err(error) => Err(Missed::NoLedger(error.to_string())),
        }
    }

    /// Closes the gate for every process where the source asks to wait. A store that cannot be
    /// written has a line of its own.
    pub(super) async fn heard(&self, error: SourceError) -> SourceError {
        if let SourceError::Throttled { quota: ExhaustedQuota::Rate | ExhaustedQuota::Cpu, wait } =
            error
        {
            let (tenant, now, why) = (self.tenant, self.clock.now(), error.to_string());
            let close = move |store: &Store| store.close_gate_beside(tenant, wait, &why, now);
            self.store.blocking(close).await.ok();
        }
        error
    }
}

fn again(until: Tick, now: Tick) -> String {
    let seconds = until.since(now).max(0).unsigned_abs().div_ceil(SECOND.unsigned_abs());
    format!("try again in {seconds} s")
}
