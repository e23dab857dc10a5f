//! What a tenant's news does to alerts: each rule slides over the groups that were touched, and only
//! the difference that the news made opens one.

use std::collections::BTreeSet;

use super::all_time::{self, AllTime, AllTimeByGroup, KeysByGrouping};
use super::event::{ClickEvent, NewsMark};
use super::reader::ClickReader;
use super::rule_groups::{RuleGroups, marks, points, rule_groups};
use super::sliding::{Subject, TruePoints, points_that_differ, points_where_true};
use crate::click::pattern::host_name;
use crate::clock::{DAY, Tick};
use crate::condition::GroupBy;
use crate::config::{Rule, Sink};
use crate::message::severity::Severity;
use crate::store::{
    Alert, AlertChange, AlertState, Arrival, Confidence, GroupName, NewAlert, StoreError,
    TouchBatch, Verdict,
};

/// How long the group of a false alarm stays quiet.
pub const FALSE_ALARM_QUIET: i64 = 30 * DAY;
/// Clicks that are found later than this are found late.
const LATE_AFTER: i64 = DAY;

/// Where and when.
pub(super) struct EvalContext<'a> {
    /// The tenant's name.
    pub tenant: &'a str,
    /// The rules in force for it.
    pub rules: Vec<&'a Rule>,
    /// All sinks.
    pub sinks: &'a [Sink],
    /// By our clock.
    pub now: Tick,
    /// By the source's, which clicks carry.
    pub source_now: Tick,
}

/// A group that has no open alert.
#[derive(Clone, Copy)]
struct GroupWithoutAlert<'a> {
    subject: &'a Subject<'a>,
    /// Its last alert, which is closed.
    previous: Option<&'a Alert>,
    events: &'a [ClickEvent],
}

/// What a look at a group came to.
enum GroupChange {
    Nothing,
    Change(AlertChange),
    NeedsAllTime,
}

/// What `news` does to the tenant's alerts. What later news is of counts where it is asked whether a rule
/// holds, but not where it is asked whether it did before: wherever the news is cut, the same alerts open.
pub(super) fn evaluate(
    reader: &mut ClickReader<'_, '_>,
    context: &EvalContext<'_>,
    news: &TouchBatch,
) -> Result<Vec<AlertChange>, StoreError> {
    if context.rules.is_empty() {
        return Ok(Vec::new());
    }
    reader.marks = marks(reader, &news.touches)?;
    reader.later.clone_from(&news.later);
    let marked = reader.read_marked()?;
    let (mut changes, mut asking) = (Vec::new(), Vec::new());
    for RuleGroups { rule, groups } in rule_groups(reader, &context.rules, &marked)? {
        for (key, events) in groups {
            match look_at_group(reader, context, rule, &events, None)? {
                GroupChange::Nothing => {}
                GroupChange::Change(change) => changes.push(change),
                GroupChange::NeedsAllTime => asking.push((rule, key, events)),
            }
        }
    }
    let mut groups = KeysByGrouping::new();
    for (rule, key, _) in &asking {
        groups.entry(&rule.by).or_default().insert(*key);
    }
    let all_time = if asking.is_empty() {
        AllTimeByGroup::new()
    } else {
        all_time::of(reader, &groups, &marked)?
    };
    for (rule, key, events) in &asking {
        let all_time = all_time.get(&(&rule.by, *key)).copied();
        if let GroupChange::Change(change) = look_at_group(reader, context, rule, events, all_time)?
        {
            changes.push(change);
        }
    }
    Ok(changes)
}

/// Looks at one group.
fn look_at_group(
    reader: &mut ClickReader<'_, '_>,
    context: &EvalContext<'_>,
    rule: &Rule,
    events: &[ClickEvent],
    all_time: Option<AllTime>,
) -> Result<GroupChange, StoreError> {
    let Some(sample) = events.iter().find(|event| event.mark.is_news()) else {
        return Ok(GroupChange::Nothing);
    };
    let subject = subject(reader, rule, sample, all_time)?;
    let held = match points_where_true(reader, &subject, &rule.when, events, &points(rule, events))?
    {
        TruePoints::NeedsAllTime => return Ok(GroupChange::NeedsAllTime),
        TruePoints::At(held) if held.is_empty() => return Ok(GroupChange::Nothing),
        TruePoints::At(held) => held,
    };
    let latest = reader.snapshot.latest_alert(reader.tenant, &rule.name, &subject.name)?;
    match latest {
        Some(alert) if alert.state == AlertState::Open => {
            go_on(reader, &subject, &alert, events, &held)
        }
        Some(alert) if is_quiet(&alert, context.now) => Ok(GroupChange::Nothing),
        previous => {
            let group =
                GroupWithoutAlert { subject: &subject, previous: previous.as_ref(), events };
            open_where_new(reader, context, &group, &held)
        }
    }
}

/// Whether a false alarm's group is to stay quiet.
fn is_quiet(alert: &Alert, now: Tick) -> bool {
    matches!(
        alert.state,
        AlertState::Closed { at, verdict: Verdict::FalsePositive | Verdict::Benign }
            if now < at.plus(FALSE_ALARM_QUIET)
    )
}

pub(super) fn subject<'r>(
    reader: &mut ClickReader<'_, '_>,
    rule: &'r Rule,
    sample: &ClickEvent,
    all_time: Option<AllTime>,
) -> Result<Subject<'r>, StoreError> {
    let name = name(reader, rule, sample)?;
    let host = name.url.as_deref().and_then(host_name).unwrap_or_default();
    Ok(Subject { rule, name, host, all_time })
}

/// What the group of a click is called. Where many share a host it is by URL.
pub(super) fn name(
    reader: &ClickReader<'_, '_>,
    rule: &Rule,
    sample: &ClickEvent,
) -> Result<GroupName, StoreError> {
    let (snapshot, by) = (reader.snapshot, &rule.by);
    let host = reader.sites.name(sample.site).filter(|_| by.has(GroupBy::Host)).map(str::to_owned);
    let by_url = by.has(GroupBy::Url) || by.has(GroupBy::Host) && host.is_none();
    let url = by_url.then(|| snapshot.url(sample.url)).transpose()?;
    let user = by.has(GroupBy::User).then(|| snapshot.person(sample.person)).transpose()?;
    Ok(GroupName { url, host, user })
}

/// An open alert goes on where the rule holds at a click that was found, and that click, or another that
/// was found, counts in what the rule asks for: any other click of the group is no news of the alert.
fn go_on(
    reader: &mut ClickReader<'_, '_>,
    subject: &Subject<'_>,
    alert: &Alert,
    events: &[ClickEvent],
    held: &[Tick],
) -> Result<GroupChange, StoreError> {
    let (new, known): (Vec<ClickEvent>, Vec<ClickEvent>) =
        events.iter().partition(|event| event.mark == NewsMark::New);
    let found: BTreeSet<Tick> = new.iter().map(|event| event.tick).collect();
    let points: Vec<Tick> = held.iter().filter(|point| found.contains(point)).copied().collect();
    let counting =
        points_that_differ(reader, subject, &subject.rule.when, (events, &known), &points)?;
    Ok(counting.last().map_or(GroupChange::Nothing, |point| {
        GroupChange::Change(AlertChange::GoesOn { id: alert.id, window: subject.window(*point) })
    }))
}

/// An alert opens where the rule holds with the news and not without. Of a group that had one, only
/// what was stored since that was closed counts.
fn open_where_new(
    reader: &mut ClickReader<'_, '_>,
    context: &EvalContext<'_>,
    group: &GroupWithoutAlert<'_>,
    held: &[Tick],
) -> Result<GroupChange, StoreError> {
    let since = group.previous.and_then(|alert| match alert.state {
        AlertState::Closed { at, .. } => Some(at),
        AlertState::Open => None,
    });
    let events = stored_since(reader, group.events, since)?;
    let old: Vec<ClickEvent> = events.iter().filter(|e| e.mark == NewsMark::Old).copied().collect();
    let (subject, when) = (group.subject, &group.subject.rule.when);
    let with = match since {
        None => TruePoints::At(held.to_vec()),
        Some(_) => points_where_true(reader, subject, when, &events, held)?,
    };
    let TruePoints::At(with) = with else { return Ok(GroupChange::NeedsAllTime) };
    let TruePoints::At(without) = points_where_true(reader, subject, when, &old, &with)? else {
        return Ok(GroupChange::NeedsAllTime);
    };
    match with.iter().rev().find(|point| !without.contains(point)) {
        Some(point) => {
            let group = GroupWithoutAlert { events: &events, ..*group };
            open_at(reader, context, &group, *point)
        }
        None => Ok(GroupChange::Nothing),
    }
}

/// The events that were stored since a time. What was stored within that very second was known before,
/// unless it is news.
fn stored_since(
    reader: &mut ClickReader<'_, '_>,
    events: &[ClickEvent],
    since: Option<Tick>,
) -> Result<Vec<ClickEvent>, StoreError> {
    let Some(since) = since else { return Ok(events.to_vec()) };
    let mut kept = Vec::new();
    for event in events {
        let live = reader.live_at(event.tick)?;
        let stored = live.get(event.nth as usize).map(|row| row.first_stored);
        let is_later = stored.is_some_and(|stored| stored.unix_seconds() > since.unix_seconds());
        if is_later || event.mark == NewsMark::New {
            kept.push(*event);
        }
    }
    Ok(kept)
}

fn open_at(
    reader: &mut ClickReader<'_, '_>,
    context: &EvalContext<'_>,
    group: &GroupWithoutAlert<'_>,
    point: Tick,
) -> Result<GroupChange, StoreError> {
    let GroupWithoutAlert { subject, previous, events } = *group;
    let rule = subject.rule;
    let (mut severity, mut confidence) = (rule.severity, Confidence::Normal);
    if let Some(condition) = &rule.medium_when {
        match points_where_true(reader, subject, condition, events, &[point])? {
            TruePoints::NeedsAllTime => return Ok(GroupChange::NeedsAllTime),
            TruePoints::At(held) if held.is_empty() => {}
            TruePoints::At(_) => {
                severity = severity.min(Severity::Medium);
                confidence = Confidence::PossibleFalsePositive;
            }
        }
    }
    Ok(GroupChange::Change(AlertChange::Opens(Box::new(NewAlert {
        rule: rule.name.clone(),
        group: subject.name.clone(),
        severity,
        confidence,
        arrival: arrival(context, subject, events, point),
        window: subject.window(point),
        previous: previous.map(|alert| alert.id),
        sinks: sinks(context, rule, severity),
    }))))
}

/// Clicks that came a day late, and no verdict that came late.
fn arrival(
    context: &EvalContext<'_>,
    subject: &Subject<'_>,
    events: &[ClickEvent],
    point: Tick,
) -> Arrival {
    let window = subject.window(point);
    let mut within = events.iter().filter(|event| window.contains(event.tick));
    let is_old = point < context.source_now.plus(-LATE_AFTER);
    let late = is_old && within.all(|event| event.mark != NewsMark::Changed);
    if late { Arrival::Late } else { Arrival::InTime }
}

/// The rule's sinks that may hear of the tenant, and of so little.
fn sinks(context: &EvalContext<'_>, rule: &Rule, severity: Severity) -> Vec<String> {
    let tenant = [context.tenant.to_owned()];
    let named = context.sinks.iter().filter(|sink| rule.sinks.contains(&sink.name));
    let may_hear =
        |sink: &&Sink| sink.audience.may_hear_of(&tenant) && severity >= sink.min_severity;
    named.filter(may_hear).map(|sink| sink.name.clone()).collect()
}
