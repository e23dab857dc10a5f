//! A rule tried on clicks that are there: which groups it would have fired on.

use std::collections::BTreeMap;

use super::all_time::{self, KeysByGrouping};
use super::correlation::LET_THROUGH_LOOKBACK;
use super::evaluate;
use super::event::{ClickEvent, GroupKey};
use super::reader::ClickReader;
use super::sites::Sites;
use super::sliding::{TruePoints, points_and_failure};
use crate::clock::{Span, Tick, ticks_of};
use crate::config::{Config, Rule};
use crate::store::{GroupName, Snapshot, StoreError, TenantKey};

/// A group that a rule holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The tenant's name.
    pub tenant: String,
    /// The group.
    pub group: GroupName,
    /// The first click at which the rule holds.
    pub first: Tick,
    /// The last one.
    pub last: Tick,
    /// At how many points in time it holds.
    pub points: u64,
}

/// What a rule would have fired on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backtest {
    /// The first to fire comes first.
    pub firings: Vec<Firing>,
    /// Groups of which its condition could not be evaluated, at some point in time at least.
    pub failed: u64,
}

/// Clicks by their group, oldest first.
type ByGroup = BTreeMap<GroupKey, Vec<ClickEvent>>;

/// The groups that `rule` holds for at a click of `span`, in one tenant.
pub fn backtest(
    snapshot: &Snapshot<'_>,
    config: &Config,
    (tenant, name): (TenantKey, &str),
    rule: &Rule,
    span: Span,
) -> Result<Backtest, StoreError> {
    let mut sites = Sites::new(config.alerts.shared_hosts.clone());
    let mut reader = ClickReader::new(snapshot, (tenant, name), &config.exclusions, &mut sites)?;
    let mut backtest = Backtest::default();
    let (groups, samples) = groups(&mut reader, rule, span)?;
    let mut asking = Vec::new();
    for (key, events) in &groups {
        match held(&mut reader, rule, events, span, None)? {
            (TruePoints::At(points), failed) => {
                backtest.failed += u64::from(failed);
                backtest.firings.extend(firing(&reader, rule, name, events, &points)?);
            }
            (TruePoints::NeedsAllTime, _) => asking.push(*key),
        }
    }
    let filter = KeysByGrouping::from([(&rule.by, asking.iter().copied().collect())]);
    let all_time = if asking.is_empty() {
        BTreeMap::new()
    } else {
        all_time::of(&mut reader, &filter, &samples)?
    };
    for (key, events) in asking.iter().filter_map(|key| groups.get_key_value(key)) {
        let all_time = all_time.get(&(&rule.by, *key)).copied();
        if let (TruePoints::At(points), failed) = held(&mut reader, rule, events, span, all_time)? {
            backtest.failed += u64::from(failed);
            backtest.firings.extend(firing(&reader, rule, name, events, &points)?);
        }
    }
    backtest.firings.sort_by(|a, b| a.first.cmp(&b.first).then_with(|| a.group.cmp(&b.group)));
    Ok(backtest)
}

/// The groups that have a click in `span`, with their clicks as far back as the rule looks; and a click
/// of each.
fn groups(
    reader: &mut ClickReader<'_, '_>,
    rule: &Rule,
    span: Span,
) -> Result<(ByGroup, Vec<ClickEvent>), StoreError> {
    let from = span.from.plus(-ticks_of(rule.over) - LET_THROUGH_LOOKBACK);
    let mut groups = ByGroup::new();
    let add = |event: ClickEvent| {
        if let Some(key) = event.group(&rule.by) {
            groups.entry(key).or_default().push(event);
        }
    };
    reader.each(&[Span::new(from, span.until)], |_, _, _| Ok(true), add)?;
    groups.retain(|_, events| events.iter().any(|event| span.contains(event.tick)));
    let samples = groups.values().filter_map(|events| events.last().copied()).collect();
    Ok((groups, samples))
}

fn held(
    reader: &mut ClickReader<'_, '_>,
    rule: &Rule,
    events: &[ClickEvent],
    span: Span,
    all_time: Option<all_time::AllTime>,
) -> Result<(TruePoints, bool), StoreError> {
    let Some(sample) = events.last() else { return Ok((TruePoints::At(Vec::new()), false)) };
    let subject = evaluate::subject(reader, rule, sample, all_time)?;
    let mut points: Vec<Tick> =
        events.iter().map(|event| event.tick).filter(|tick| span.contains(*tick)).collect();
    points.dedup();
    points_and_failure(reader, &subject, &rule.when, events, &points)
}

fn firing(
    reader: &ClickReader<'_, '_>,
    rule: &Rule,
    tenant: &str,
    events: &[ClickEvent],
    points: &[Tick],
) -> Result<Option<Firing>, StoreError> {
    let (Some(first), Some(last), Some(sample)) = (points.first(), points.last(), events.last())
    else {
        return Ok(None);
    };
    Ok(Some(Firing {
        tenant: tenant.to_owned(),
        group: evaluate::name(reader, rule, sample)?,
        first: *first,
        last: *last,
        points: points.len() as u64,
    }))
}
