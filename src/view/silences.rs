//! The silences that last, and a silence as JSON.

use serde::Serialize;

use super::scope::tenant_names;
use crate::clock::Tick;
use crate::rules;
use crate::store::{Alert, Silence, Snapshot, StoreError};

/// The silences that last, the first to end first.
pub fn lasting(snapshot: &Snapshot<'_>, now: Tick) -> Result<Vec<Silence>, StoreError> {
    let mut silences = snapshot.silences()?;
    silences.retain(|silence| silence.lasts(now));
    silences.sort_by_key(|silence| (silence.of.until, silence.id));
    Ok(silences)
}

/// How many open alerts a silence is of.
pub fn open_alerts_of(snapshot: &Snapshot<'_>, silence: &Silence) -> Result<u64, StoreError> {
    let names = tenant_names(snapshot)?;
    let open = snapshot.open_alerts()?;
    let is_of_it = |alert: &&Alert| {
        let tenant = names.get(&alert.tenant).map_or("", String::as_str);
        rules::silences(std::slice::from_ref(silence), tenant, alert).next().is_some()
    };
    Ok(open.iter().filter(is_of_it).count() as u64)
}

/// A list of them.
#[derive(Serialize)]
pub struct SilencesObject<'a> {
    silences: Vec<SilenceObject<'a>>,
}

/// One of them.
#[derive(Serialize)]
pub struct SilenceObject<'a> {
    id: i64,
    from: String,
    until: String,
    rule: Option<&'a str>,
    tenant: Option<&'a str>,
    url: Option<&'a str>,
    host: Option<&'a str>,
    user: Option<&'a str>,
    reason: &'a str,
}

impl<'a> From<&'a [Silence]> for SilencesObject<'a> {
    fn from(silences: &'a [Silence]) -> Self {
        Self { silences: silences.iter().map(SilenceObject::from).collect() }
    }
}

impl<'a> From<&'a Silence> for SilenceObject<'a> {
    fn from(silence: &'a Silence) -> Self {
        let of = &silence.of;
        Self {
            id: silence.id,
            from: silence.from.to_string(),
            until: of.until.to_string(),
            rule: of.rule.as_deref(),
            tenant: of.tenant.as_deref(),
            url: of.url.as_deref(),
            host: of.host.as_deref(),
            user: of.user.as_deref(),
            reason: &of.reason,
        }
    }
}
