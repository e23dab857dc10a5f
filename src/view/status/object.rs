//! How everything stands as one JSON object.

use serde::Serialize;

use super::Status;
use super::alerts::{AlertsStatus, QuietGroup};
use super::sink::SinkStatus;
use super::tenant::TenantStatus;
use crate::clock::Tick;
use crate::config::Expiring;
use crate::message::severity::Severity;
use crate::store::DiskSpace;
use crate::view::coverage::CoverageObject;
use crate::view::silences::SilenceObject;

/// So many groups that stay quiet are named.
const MOST_GROUPS_NAMED: usize = 10;

/// All of it.
#[derive(Serialize)]
pub struct StatusObject<'a> {
    at: String,
    must_act: bool,
    /// What somebody must do besides, in sentences.
    act: Vec<&'a str>,
    /// Entries of the configuration that can never match.
    unmatchable_entries: u64,
    tenants: Vec<TenantObject<'a>>,
    sinks: Vec<SinkObject<'a>>,
    alerts: AlertsObject<'a>,
    store: StoreObject,
}

#[derive(Serialize)]
struct TenantObject<'a> {
    name: &'a str,
    /// What somebody must do, in sentences.
    act: &'a [String],
    coverage: CoverageObject<'a>,
    coverage_in_words: String,
    last_pass: Option<String>,
    next_pass: String,
    trouble: Option<&'a str>,
    gate: Option<GateObject<'a>>,
    calls_last_minute: u32,
    calls_per_minute: u32,
    collecting: Option<OwnerObject<'a>>,
    remaining: RemainingObject,
    secret_expires: Option<String>,
    certificate_expires: Option<String>,
}

#[derive(Serialize)]
struct GateObject<'a> {
    until: String,
    why: &'a str,
}

#[derive(Serialize)]
struct OwnerObject<'a> {
    host: &'a str,
    pid: u32,
}

#[derive(Serialize)]
struct RemainingObject {
    hours: u64,
    rows: u64,
    calls: u64,
}

#[derive(Serialize)]
struct StoreObject {
    path: String,
    bytes: u64,
    wal_bytes: u64,
    clicks: u64,
    oldest: Option<String>,
    newest: Option<String>,
    bytes_a_day: Option<u64>,
    disk_free: Option<u64>,
    disk_full: bool,
}

#[derive(Serialize)]
struct SinkObject<'a> {
    name: &'a str,
    /// `null` of one that is configured no more.
    r#type: Option<&'a str>,
    /// What somebody must do, in sentences.
    act: &'a [String],
    waiting: u64,
    sending: u64,
    dead: u64,
    oldest: Option<String>,
    paused: Option<PausedObject<'a>>,
    wait: Option<WaitObject<'a>>,
}

#[derive(Serialize)]
struct PausedObject<'a> {
    since: String,
    why: &'a str,
}

#[derive(Serialize)]
struct WaitObject<'a> {
    until: String,
    why: &'a str,
}

#[derive(Serialize)]
struct AlertsObject<'a> {
    /// How many of each severity.
    open: OpenObject,
    oldest: Option<String>,
    unowned: u64,
    silences: Vec<SilenceObject<'a>>,
    quiet: usize,
    /// The latest of them.
    quiet_groups: Vec<QuietObject<'a>>,
    rules_without_sink: &'a [String],
}

#[derive(Serialize)]
struct OpenObject {
    critical: u64,
    high: u64,
    medium: u64,
    low: u64,
}

#[derive(Serialize)]
struct QuietObject<'a> {
    alert: i64,
    tenant: &'a str,
    rule: &'a str,
    url: Option<&'a str>,
    host: Option<&'a str>,
    user: Option<&'a str>,
    verdict: &'static str,
    until: String,
}

impl<'a> From<&'a Status> for StatusObject<'a> {
    fn from(status: &'a Status) -> Self {
        let tenant = |one: &'a TenantStatus| TenantObject::of(one, status.calls_per_minute);
        Self {
            at: status.now.to_string(),
            must_act: status.must_act(),
            act: status.act.as_deref().into_iter().collect(),
            unmatchable_entries: status.unmatchable,
            tenants: status.tenants.iter().map(tenant).collect(),
            sinks: status.sinks.iter().map(SinkObject::from).collect(),
            alerts: AlertsObject::from(&status.alerts),
            store: StoreObject::from(status),
        }
    }
}

impl From<&Status> for StoreObject {
    fn from(status: &Status) -> Self {
        let (size, text) = (status.size, |at: Tick| at.to_string());
        Self {
            path: status.path.display().to_string(),
            bytes: size.bytes,
            wal_bytes: size.wal_bytes,
            clicks: size.clicks,
            oldest: size.oldest.map(text),
            newest: size.newest.map(text),
            bytes_a_day: size.bytes_a_day(),
            disk_free: status.disk.map(|disk| disk.free),
            disk_full: status.disk.is_some_and(DiskSpace::is_full),
        }
    }
}

impl<'a> TenantObject<'a> {
    fn of(status: &'a TenantStatus, calls_per_minute: u32) -> Self {
        let TenantStatus { collection, holder, remaining, alarms } = status;
        let progress = &collection.progress;
        let ours = |at: Tick| at.plus(-progress.skew).to_string();
        let gate = collection.gate.as_ref();
        let expires = |what: Expiring| {
            let expiry = collection.expiry.filter(|expiry| expiry.what == what);
            expiry.map(|expiry| expiry.last_day.to_string())
        };
        Self {
            name: status.name(),
            act: alarms,
            coverage: (&collection.coverage).into(),
            coverage_in_words: collection.coverage.in_words(),
            last_pass: progress.pass_ended.map(ours),
            next_pass: ours(progress.next_pass),
            trouble: progress.last_error.as_deref(),
            gate: gate.map(|(until, why)| GateObject { until: until.to_string(), why }),
            calls_last_minute: collection.calls,
            calls_per_minute,
            collecting: holder.as_ref().map(|by| OwnerObject { host: &by.host, pid: by.pid }),
            remaining: RemainingObject {
                hours: remaining.hours,
                rows: remaining.rows,
                calls: remaining.calls,
            },
            secret_expires: expires(Expiring::Secret),
            certificate_expires: expires(Expiring::Certificate),
        }
    }
}

impl<'a> From<&'a SinkStatus> for SinkObject<'a> {
    fn from(sink: &'a SinkStatus) -> Self {
        let queue = &sink.queue;
        let paused = queue.paused.as_ref();
        Self {
            name: &sink.name,
            r#type: sink.kind,
            act: &sink.alarms,
            waiting: queue.waiting,
            sending: queue.sending,
            dead: queue.dead,
            oldest: queue.oldest.map(|oldest| oldest.to_string()),
            paused: paused
                .map(|paused| PausedObject { since: paused.since.to_string(), why: &paused.why }),
            wait: queue
                .wait
                .as_ref()
                .map(|(until, why)| WaitObject { until: until.to_string(), why }),
        }
    }
}

impl<'a> From<&'a AlertsStatus> for AlertsObject<'a> {
    fn from(alerts: &'a AlertsStatus) -> Self {
        let open = &alerts.open;
        let oldest = open.by_severity.iter().filter_map(|of| of.oldest).min();
        let quiet = alerts.quiet.iter().take(MOST_GROUPS_NAMED);
        Self {
            open: OpenObject {
                critical: open.count(Severity::Critical),
                high: open.count(Severity::High),
                medium: open.count(Severity::Medium),
                low: open.count(Severity::Low),
            },
            oldest: oldest.map(|at| at.to_string()),
            unowned: open.unowned,
            silences: open.silences.iter().map(SilenceObject::from).collect(),
            quiet: alerts.quiet.len(),
            quiet_groups: quiet.map(QuietObject::from).collect(),
            rules_without_sink: &alerts.unheard,
        }
    }
}

impl<'a> From<&'a QuietGroup> for QuietObject<'a> {
    fn from(quiet: &'a QuietGroup) -> Self {
        let QuietGroup { alert, tenant, until, verdict } = quiet;
        Self {
            alert: alert.id,
            tenant,
            rule: &alert.rule,
            url: alert.group.url.as_deref(),
            host: alert.group.host.as_deref(),
            user: alert.group.user.as_deref(),
            verdict: verdict.name(),
            until: until.to_string(),
        }
    }
}
