//! What a tenant's news does to cases: the groups that were touched, each rule walked over them, and
//! the difference that the news made.

use std::collections::{BTreeMap, BTreeSet};

use super::clues::{BEFORE, NEAR};
use super::event::{Event, GroupKey, Mark};
use super::reader::{Marks, Reader, merged};
use super::walk::{Held, Subject, holding};
use super::whole::{self, Groups, Known, Whole};
use crate::clock::{DAY, Span, Tick, ticks_of};
use crate::condition::{Part, Variable};
use crate::config::{Rule, Sink};
use crate::pattern::host_name;
use crate::severity::Severity;
use crate::store::{
    Case, CaseChange, CaseState, Cause, Closing, Doubt, Found, GroupName, NewCase, StoreError,
    Touch,
};

/// How long the group of a false alarm stays quiet.
pub const QUIET: i64 = 30 * DAY;
/// Clicks that are found later than this are found late.
const LATE: i64 = DAY;

/// Where and when.
pub(super) struct Court<'a> {
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

/// A rule's groups that were touched.
struct Docket<'a> {
    rule: &'a Rule,
    groups: BTreeMap<GroupKey, Vec<Event>>,
}

/// What a look at a group came to.
enum Finding {
    Nothing,
    Change(CaseChange),
    AsksForTheWhole,
}

/// What `touches` do to the tenant's cases.
pub(super) fn judge(
    reader: &mut Reader<'_, '_>,
    court: &Court<'_>,
    touches: &[Touch],
) -> Result<Vec<CaseChange>, StoreError> {
    if court.rules.is_empty() {
        return Ok(Vec::new());
    }
    reader.marks = marks(reader, touches)?;
    let marked = reader.read_marked()?;
    let (mut changes, mut asking) = (Vec::new(), Vec::new());
    for Docket { rule, groups } in dockets(reader, court, &marked)? {
        for (key, events) in groups {
            match look(reader, court, rule, &events, None)? {
                Finding::Nothing => {}
                Finding::Change(change) => changes.push(change),
                Finding::AsksForTheWhole => asking.push((rule, key, events)),
            }
        }
    }
    let mut groups = Groups::new();
    for (rule, key, _) in &asking {
        groups.entry(&rule.by).or_default().insert(*key);
    }
    let whole = if asking.is_empty() { Known::new() } else { whole::of(reader, &groups, &marked)? };
    for (rule, key, events) in &asking {
        let whole = whole.get(&(&rule.by, *key)).copied();
        if let Finding::Change(change) = look(reader, court, rule, events, whole)? {
            changes.push(change);
        }
    }
    Ok(changes)
}

/// Which live clicks the touches are of.
fn marks(reader: &mut Reader<'_, '_>, touches: &[Touch]) -> Result<Marks, StoreError> {
    let mut marks = Marks::default();
    for Touch { cause, timestamp, key } in touches {
        let mark = match cause {
            Cause::New => Mark::New,
            Cause::Changed | Cause::Replaced | Cause::Returned => Mark::Changed,
            Cause::Withdrawn => continue,
        };
        let live = reader.live_at(*timestamp)?;
        let Some(nth) = live.iter().position(|row| row.key == *key) else { continue };
        let nth = u16::try_from(nth).unwrap_or(u16::MAX);
        let all = marks.entry(*timestamp).or_default();
        match all.iter_mut().find(|(known, _)| *known == nth) {
            Some((_, known)) => *known = mark.max(*known),
            None => all.push((nth, mark)),
        }
    }
    Ok(marks)
}

/// The groups that were touched, with their clicks as far as the rules look.
fn dockets<'a>(
    reader: &mut Reader<'_, '_>,
    court: &Court<'a>,
    marked: &[Event],
) -> Result<Vec<Docket<'a>>, StoreError> {
    let mut touched = Groups::new();
    for rule in &court.rules {
        let keys = marked.iter().filter_map(|event| event.group(&rule.by));
        touched.entry(&rule.by).or_default().extend(keys);
    }
    let reaches = court.rules.iter().flat_map(|rule| reach_of(rule, marked));
    let spans = merged(reaches.collect());
    let events = reader.read(&spans, &whole::wanted(&touched, marked))?;
    let docket = |rule: &&'a Rule| {
        let keys = touched.get(&rule.by);
        let spans = reach_of(rule, marked);
        let mut groups: BTreeMap<GroupKey, Vec<Event>> = BTreeMap::new();
        for event in within(&events, &spans) {
            if let Some(key) = event.group(&rule.by)
                && keys.is_some_and(|keys| keys.contains(&key))
            {
                groups.entry(key).or_default().push(*event);
            }
        }
        Docket { rule, groups }
    };
    Ok(court.rules.iter().map(docket).collect())
}

/// How far a rule looks before and after the clicks that the news is of.
fn reach_of(rule: &Rule, marked: &[Event]) -> Vec<Span> {
    let over = ticks_of(rule.over);
    let before = if rule.when.uses(Variable::AllowedBeforeBlocked)
        || rule.medium_when.as_ref().is_some_and(|c| c.uses(Variable::AllowedBeforeBlocked))
    {
        BEFORE
    } else {
        NEAR
    };
    let span =
        |event: &Event| Span::new(event.tick.plus(-over - before), event.tick.plus(over + NEAR));
    merged(marked.iter().map(span).collect())
}

/// The events within `spans`; both come in order.
fn within<'e>(events: &'e [Event], spans: &'e [Span]) -> impl Iterator<Item = &'e Event> {
    spans.iter().flat_map(|span| {
        let place = |tick: Tick| events.partition_point(|event| event.tick < tick);
        events.get(place(span.from)..place(span.until)).unwrap_or_default()
    })
}

/// The points at which a group is looked at: each click that the news is of, and later ones within
/// the rule's time.
fn points(rule: &Rule, events: &[Event]) -> Vec<Tick> {
    let over = ticks_of(rule.over);
    let mut until = Tick(i64::MIN);
    let mut points = BTreeSet::new();
    for event in events {
        if event.mark != Mark::Old {
            until = until.max(event.tick.plus(over));
        }
        if event.mark != Mark::Old || event.tick <= until {
            points.insert(event.tick);
        }
    }
    points.into_iter().collect()
}

/// Looks at one group.
fn look(
    reader: &mut Reader<'_, '_>,
    court: &Court<'_>,
    rule: &Rule,
    events: &[Event],
    whole: Option<Whole>,
) -> Result<Finding, StoreError> {
    let Some(sample) = events.iter().find(|event| event.mark != Mark::Old) else {
        return Ok(Finding::Nothing);
    };
    let subject = subject(reader, rule, sample, whole)?;
    let held = match holding(reader, &subject, &rule.when, events, &points(rule, events))? {
        Held::AsksForTheWhole => return Ok(Finding::AsksForTheWhole),
        Held::At(held) if held.is_empty() => return Ok(Finding::Nothing),
        Held::At(held) => held,
    };
    let latest = reader.snapshot.latest_case(reader.tenant, &rule.name, &subject.name)?;
    match latest {
        Some(case) if case.state == CaseState::Open => {
            Ok(go_on(&subject, &case, events, &held).map_or(Finding::Nothing, Finding::Change))
        }
        Some(case) if is_quiet(&case, court.now) => Ok(Finding::Nothing),
        latest => opening(reader, court, &subject, latest.as_ref(), events, &held),
    }
}

/// Whether a false alarm's group is to stay quiet.
fn is_quiet(case: &Case, now: Tick) -> bool {
    matches!(
        case.state,
        CaseState::Closed { at, closing: Closing::FalsePositive | Closing::Benign }
            if now < at.plus(QUIET)
    )
}

pub(super) fn subject<'r>(
    reader: &mut Reader<'_, '_>,
    rule: &'r Rule,
    sample: &Event,
    whole: Option<Whole>,
) -> Result<Subject<'r>, StoreError> {
    let name = name(reader, rule, sample)?;
    let host = name.url.as_deref().and_then(host_name).unwrap_or_default();
    Ok(Subject { rule, name, host, whole })
}

/// What the group of a click is called. Where many share a host it is by URL.
pub(super) fn name(
    reader: &Reader<'_, '_>,
    rule: &Rule,
    sample: &Event,
) -> Result<GroupName, StoreError> {
    let (snapshot, by) = (reader.snapshot, &rule.by);
    let host = reader.sites.name(sample.site).filter(|_| by.has(Part::Host)).map(str::to_owned);
    let by_url = by.has(Part::Url) || by.has(Part::Host) && host.is_none();
    let url = by_url.then(|| snapshot.url(sample.url)).transpose()?;
    let user = by.has(Part::User).then(|| snapshot.person(sample.person)).transpose()?;
    Ok(GroupName { url, host, user })
}

/// An open case goes on where the rule holds at a click that was found.
fn go_on(
    subject: &Subject<'_>,
    case: &Case,
    events: &[Event],
    held: &[Tick],
) -> Option<CaseChange> {
    let found: BTreeSet<Tick> =
        events.iter().filter(|event| event.mark == Mark::New).map(|event| event.tick).collect();
    let point = held.iter().rev().find(|point| found.contains(point))?;
    Some(CaseChange::GoesOn { id: case.id, window: subject.window(*point) })
}

/// A case opens where the rule holds with the news and not without. Of a group that had one, only
/// what was stored since that was closed counts.
fn opening(
    reader: &mut Reader<'_, '_>,
    court: &Court<'_>,
    subject: &Subject<'_>,
    latest: Option<&Case>,
    events: &[Event],
    held: &[Tick],
) -> Result<Finding, StoreError> {
    let since = latest.and_then(|case| match case.state {
        CaseState::Closed { at, .. } => Some(at),
        CaseState::Open => None,
    });
    let events = stored_since(reader, events, since)?;
    let old: Vec<Event> = events.iter().filter(|e| e.mark == Mark::Old).copied().collect();
    let when = &subject.rule.when;
    let with = match since {
        None => Held::At(held.to_vec()),
        Some(_) => holding(reader, subject, when, &events, held)?,
    };
    let Held::At(with) = with else { return Ok(Finding::AsksForTheWhole) };
    let Held::At(without) = holding(reader, subject, when, &old, &with)? else {
        return Ok(Finding::AsksForTheWhole);
    };
    match with.iter().rev().find(|point| !without.contains(point)) {
        Some(point) => open(reader, court, subject, latest, &events, *point),
        None => Ok(Finding::Nothing),
    }
}

/// The events that were stored since a time. What was stored within that very second was known before,
/// unless it is news.
fn stored_since(
    reader: &mut Reader<'_, '_>,
    events: &[Event],
    since: Option<Tick>,
) -> Result<Vec<Event>, StoreError> {
    let Some(since) = since else { return Ok(events.to_vec()) };
    let mut kept = Vec::new();
    for event in events {
        let live = reader.live_at(event.tick)?;
        let stored = live.get(usize::from(event.nth)).map(|row| row.first_stored);
        let is_later = stored.is_some_and(|stored| stored.unix_seconds() > since.unix_seconds());
        if is_later || event.mark == Mark::New {
            kept.push(*event);
        }
    }
    Ok(kept)
}

fn open(
    reader: &mut Reader<'_, '_>,
    court: &Court<'_>,
    subject: &Subject<'_>,
    latest: Option<&Case>,
    events: &[Event],
    point: Tick,
) -> Result<Finding, StoreError> {
    let rule = subject.rule;
    let (mut severity, mut doubt) = (rule.severity, Doubt::None);
    if let Some(condition) = &rule.medium_when {
        match holding(reader, subject, condition, events, &[point])? {
            Held::AsksForTheWhole => return Ok(Finding::AsksForTheWhole),
            Held::At(held) if held.is_empty() => {}
            Held::At(_) => {
                severity = severity.min(Severity::Medium);
                doubt = Doubt::PossibleFalsePositive;
            }
        }
    }
    Ok(Finding::Change(CaseChange::Opens(Box::new(NewCase {
        rule: rule.name.clone(),
        group: subject.name.clone(),
        severity,
        doubt,
        found: found(court, subject, events, point),
        window: subject.window(point),
        previous: latest.map(|case| case.id),
        sinks: sinks(court, rule, severity),
    }))))
}

/// Clicks that came a day late, and no verdict that came late.
fn found(court: &Court<'_>, subject: &Subject<'_>, events: &[Event], point: Tick) -> Found {
    let window = subject.window(point);
    let mut within = events.iter().filter(|event| window.contains(event.tick));
    let is_old = point < court.source_now.plus(-LATE);
    let late = is_old && within.all(|event| event.mark != Mark::Changed);
    if late { Found::Late } else { Found::InTime }
}

/// The rule's sinks that may hear of the tenant, and of so little.
fn sinks(court: &Court<'_>, rule: &Rule, severity: Severity) -> Vec<String> {
    let tenant = [court.tenant.to_owned()];
    let named = court.sinks.iter().filter(|sink| rule.sinks.contains(&sink.name));
    let may_hear =
        |sink: &&Sink| sink.audience.may_hear_of(&tenant) && severity >= sink.min_severity;
    named.filter(may_hear).map(|sink| sink.name.clone()).collect()
}
