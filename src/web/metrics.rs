//! Facts as metrics: at most 500 series, however many tenants there are and whatever they click.
//!
//! The labels that are not ours are names of tenants and sinks, which the operator chose. Beyond
//! [`MOST_TENANTS`] and [`MOST_SINKS`] only what is summed up over all of them is told.

use std::collections::BTreeSet;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;

use super::alerts;
use super::gather::MetricsSnapshot;
use super::series::{Labels, gauge};
use crate::clock::Tick;
use crate::coverage::Coverage;
use crate::daemon::REPLY_BUDGET;
use crate::view::status::{CollectionStatus, SinkStatus};

/// Tenants that have series of their own, ten each.
pub(super) const MOST_TENANTS: usize = 40;
/// Sinks that have series of their own, four each.
pub(super) const MOST_SINKS: usize = 15;

type TenantGauge = fn(&CollectionStatus, Tick) -> Option<i64>;

/// The metrics as `OpenMetrics` text.
pub(super) fn open(snapshot: &MetricsSnapshot) -> String {
    let mut registry = Registry::with_prefix("clickwarden");
    of_program(&mut registry, snapshot);
    of_all_tenants(&mut registry, snapshot);
    if snapshot.tenants.len() <= MOST_TENANTS {
        of_each_tenant(&mut registry, &snapshot.tenants, snapshot.now);
    }
    of_all_sinks(&mut registry, snapshot);
    if snapshot.sinks.len() <= MOST_SINKS {
        of_each_sink(&mut registry, &snapshot.sinks, snapshot.now);
    }
    alerts::register(&mut registry, &snapshot.alerts, snapshot.alerted);
    let mut text = String::new();
    // Writing into memory cannot fail.
    let _ = encode(&mut text, &registry);
    text
}

/// The same as Prometheus's older text, in which a counter's name ends in `_total` everywhere.
pub(super) fn classic(snapshot: &MetricsSnapshot) -> String {
    let open = open(snapshot);
    let described = |line: &str, what| -> Option<(String, String)> {
        let (name, rest) = line.strip_prefix(what)?.split_once(' ')?;
        Some((name.to_owned(), rest.to_owned()))
    };
    let kinds = open.lines().filter_map(|line| described(line, "# TYPE "));
    let counters: BTreeSet<String> =
        kinds.filter(|(_, kind)| kind == "counter").map(|(name, _)| name).collect();
    let mut text = String::new();
    for line in open.lines().filter(|line| !line.starts_with("# EOF")) {
        let renamed = ["# HELP ", "# TYPE "].into_iter().find_map(|what| {
            let (name, rest) = described(line, what)?;
            counters.contains(&name).then(|| format!("{what}{name}_total {rest}"))
        });
        text.push_str(renamed.as_deref().unwrap_or(line));
        text.push('\n');
    }
    text
}

fn of_program(registry: &mut Registry, snapshot: &MetricsSnapshot) {
    let build = Family::<Labels, Gauge>::default();
    build.get_or_create(&vec![("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
    registry.register("build_info", "The program's version", build);
    for (name, help, value) in [
        ("calls", "Calls to Microsoft since the start", snapshot.totals.calls),
        ("fetched_rows", "Rows that came since the start", snapshot.totals.fetched_rows),
        ("new_rows", "Rows that were new since the start", snapshot.totals.new_rows),
        ("passes", "Passes that ended since the start, over all tenants", snapshot.passes),
        ("watchdog_pings", "How often the watchdog was fed since the start", snapshot.pings),
    ] {
        registry.register(name, help, ConstCounter::new(value));
    }
    for (name, help, value) in [
        ("stages_stuck", "Stages that should have been heard of", snapshot.stuck),
        ("collection_paused", "1 while the disk is full", snapshot.paused.into()),
        (
            "unmatchable_entries",
            "Entries of the configuration that can never match",
            snapshot.unmatchable,
        ),
        ("store_bytes", "Size of the database file", snapshot.size.bytes),
        ("store_log_bytes", "Size of its write-ahead log", snapshot.size.wal_bytes),
        ("store_clicks", "Clicks that are stored and count", snapshot.size.clicks),
        ("reply_budget_bytes", "Bytes that replies may take together", REPLY_BUDGET),
        ("reply_budget_free_bytes", "Bytes of them not set aside", snapshot.budget_free),
    ] {
        registry.register(name, help, gauge(value));
    }
}

/// The states of hours, with how many are in each.
fn hours(coverage: &Coverage) -> [(&'static str, u64); 4] {
    [
        ("settled", coverage.settled),
        ("provisional", coverage.provisional),
        ("disputed", coverage.disputed),
        ("missing", coverage.missing()),
    ]
}

fn of_all_tenants(registry: &mut Registry, snapshot: &MetricsSnapshot) {
    let (all, now) = (&snapshot.tenants, snapshot.now);
    let count =
        |is: fn(&CollectionStatus) -> bool| all.iter().filter(|tenant| is(tenant)).count() as u64;
    let coverage = Family::<Labels, Gauge>::default();
    for tenant in all {
        for (state, count) in hours(&tenant.coverage) {
            let labels = vec![("state", state.to_owned())];
            coverage.get_or_create(&labels).inc_by(count.cast_signed());
        }
    }
    registry.register("coverage", "Hours over all tenants, by state", coverage);
    for (name, help, value) in [
        ("tenants", "Tenants that are collected", count(|_| true)),
        ("tenants_refused", "Tenants that Microsoft refuses", count(CollectionStatus::is_refused)),
        ("tenants_gate_closed", "Tenants that are throttled", count(|t| t.gate.is_some())),
        (
            "tenants_never_complete",
            "Tenants without a complete pass",
            count(|t| t.progress.pass_ended.is_none()),
        ),
    ] {
        registry.register(name, help, gauge(value));
    }
    let oldest = all.iter().filter_map(|tenant| tenant.pass_age(now)).max();
    let soonest = all.iter().filter_map(|tenant| tenant.credential_left(now)).min();
    for (name, help, value) in [
        ("last_pass_age_seconds_max", "Since the last complete pass, of the worst tenant", oldest),
        ("credential_left_seconds_min", "Until the first credential ends", soonest),
    ] {
        if let Some(value) = value {
            registry.register(name, help, ConstGauge::new(value));
        }
    }
}

fn of_each_tenant(registry: &mut Registry, tenants: &[CollectionStatus], now: Tick) {
    let coverage = Family::<Labels, Gauge>::default();
    let named = |tenant: &CollectionStatus| ("tenant", tenant.tenant.name.clone());
    for tenant in tenants {
        for (state, count) in hours(&tenant.coverage) {
            let labels = vec![named(tenant), ("state", state.to_owned())];
            coverage.get_or_create(&labels).set(count.cast_signed());
        }
    }
    registry.register("tenant_coverage", "Hours of a tenant, by state", coverage);
    let each: [(&str, &str, TenantGauge); 5] = [
        ("tenant_last_pass_age_seconds", "Since its last complete pass", |t, now| t.pass_age(now)),
        ("tenant_gate_closed", "1 while it is throttled", |t, _| Some(t.gate.is_some().into())),
        ("tenant_refused", "1 while Microsoft refuses the app", |t, _| Some(t.is_refused().into())),
        ("tenant_calls_last_minute", "Calls, by any process", |t, _| Some(t.calls.into())),
        ("tenant_credential_left_seconds", "Until its credential ends", |t, now| {
            t.credential_left(now)
        }),
    ];
    for (name, help, read) in each {
        let family = Family::<Labels, Gauge>::default();
        for tenant in tenants {
            if let Some(value) = read(tenant, now) {
                family.get_or_create(&vec![named(tenant)]).set(value);
            }
        }
        registry.register(name, help, family);
    }
}

fn of_all_sinks(registry: &mut Registry, snapshot: &MetricsSnapshot) {
    let (sinks, deliveries, now) = (&snapshot.sinks, snapshot.deliveries, snapshot.now);
    for (name, help, value) in [
        ("delivery_attempts", "Attempts to deliver a message since the start", deliveries.attempts),
        ("messages_accepted", "Messages that a sink took since the start", deliveries.accepted),
        ("messages_given_up", "Messages that were given up since the start", deliveries.dead),
    ] {
        registry.register(name, help, ConstCounter::new(value));
    }
    let sum = |of: fn(&SinkStatus) -> u64| sinks.iter().map(of).sum();
    for (name, help, value) in [
        ("sinks", "Sinks that are configured", sinks.len() as u64),
        ("sinks_paused", "Sinks that take nothing until somebody acts", sum(is_paused)),
        ("outbox_waiting", "Messages that are not delivered yet", sum(waiting)),
        ("outbox_dead", "Messages that were given up and are kept", sum(|sink| sink.queue.dead)),
    ] {
        registry.register(name, help, gauge(value));
    }
    if let Some(oldest) = sinks.iter().filter_map(|sink| sink.oldest_age(now)).max() {
        let help = "Since the oldest message was written that is not delivered yet";
        registry.register("outbox_oldest_age_seconds", help, ConstGauge::new(oldest));
    }
}

fn is_paused(sink: &SinkStatus) -> u64 {
    sink.queue.paused.is_some().into()
}

const fn waiting(sink: &SinkStatus) -> u64 {
    sink.queue.waiting + sink.queue.sending
}

fn of_each_sink(registry: &mut Registry, sinks: &[SinkStatus], now: Tick) {
    type SinkGauge = fn(&SinkStatus, Tick) -> Option<i64>;
    let each: [(&str, &str, SinkGauge); 4] = [
        ("sink_paused", "1 while it takes nothing until somebody acts", |sink, _| {
            Some(is_paused(sink).cast_signed())
        }),
        ("sink_waiting", "Its messages that are not delivered yet", |sink, _| {
            Some(waiting(sink).cast_signed())
        }),
        ("sink_dead", "Its messages that were given up and are kept", |sink, _| {
            Some(sink.queue.dead.cast_signed())
        }),
        (
            "sink_oldest_age_seconds",
            "Since the oldest of those not delivered was written",
            SinkStatus::oldest_age,
        ),
    ];
    for (name, help, read) in each {
        let family = Family::<Labels, Gauge>::default();
        for sink in sinks {
            if let Some(value) = read(sink, now) {
                family.get_or_create(&vec![("sink", sink.name.clone())]).set(value);
            }
        }
        registry.register(name, help, family);
    }
}
