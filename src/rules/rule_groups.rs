//! Which groups the news touches, with their clicks as far as each rule looks, and the points in time at
//! which a rule is tested.

use std::collections::{BTreeMap, BTreeSet};

use super::all_time::{self, KeysByGrouping};
use super::correlation::LET_THROUGH_LOOKBACK;
use super::event::{ClickEvent, GroupKey, NewsMark};
use super::reader::{ClickReader, NewsMarks, merged};
use crate::click::past_warning::WARNING_REACH;
use crate::clock::{Span, Tick, ticks_of};
use crate::condition::Variable;
use crate::config::Rule;
use crate::store::{Cause, StoreError, Touch};

/// A rule's groups that were touched.
pub(super) struct RuleGroups<'a> {
    pub rule: &'a Rule,
    /// By number, with their clicks, oldest first.
    pub groups: BTreeMap<GroupKey, Vec<ClickEvent>>,
}

/// Which live clicks the touches are of.
pub(super) fn marks(
    reader: &mut ClickReader<'_, '_>,
    touches: &[Touch],
) -> Result<NewsMarks, StoreError> {
    let mut marks = NewsMarks::default();
    for Touch { cause, timestamp, key } in touches {
        let mark = match cause {
            Cause::New => NewsMark::New,
            Cause::Changed | Cause::Replaced | Cause::Returned => NewsMark::Changed,
            Cause::Withdrawn => continue,
        };
        let live = reader.live_at(*timestamp)?;
        let Some(nth) = live.iter().position(|row| row.key == *key) else { continue };
        let nth = nth as u32;
        let all = marks.entry(*timestamp).or_default();
        match all.iter_mut().find(|(known, _)| *known == nth) {
            Some((_, known)) => *known = mark.max(*known),
            None => all.push((nth, mark)),
        }
    }
    Ok(marks)
}

/// The groups that were touched, with their clicks as far as the rules look.
pub(super) fn rule_groups<'a>(
    reader: &mut ClickReader<'_, '_>,
    rules: &[&'a Rule],
    marked: &[ClickEvent],
) -> Result<Vec<RuleGroups<'a>>, StoreError> {
    let mut touched = KeysByGrouping::new();
    for rule in rules {
        let keys = marked.iter().filter_map(|event| event.group(&rule.by));
        touched.entry(&rule.by).or_default().extend(keys);
    }
    let reaches = rules.iter().flat_map(|rule| reach_of(rule, marked));
    let spans = merged(reaches.collect());
    let events = reader.read(&spans, &all_time::filter(&touched, marked))?;
    let rule_groups = |rule: &&'a Rule| {
        let keys = touched.get(&rule.by);
        let spans = reach_of(rule, marked);
        let mut groups: BTreeMap<GroupKey, Vec<ClickEvent>> = BTreeMap::new();
        for event in within(&events, &spans) {
            if let Some(key) = event.group(&rule.by)
                && keys.is_some_and(|keys| keys.contains(&key))
            {
                groups.entry(key).or_default().push(*event);
            }
        }
        RuleGroups { rule, groups }
    };
    Ok(rules.iter().map(rule_groups).collect())
}

/// How far before its window a rule looks for what a click means.
pub(super) fn lookback(rule: &Rule) -> i64 {
    if rule.when.uses(Variable::AllowedBeforeBlocked)
        || rule.medium_when.as_ref().is_some_and(|c| c.uses(Variable::AllowedBeforeBlocked))
    {
        LET_THROUGH_LOOKBACK
    } else {
        WARNING_REACH
    }
}

/// How far a rule looks before and after the clicks that the news is of.
fn reach_of(rule: &Rule, marked: &[ClickEvent]) -> Vec<Span> {
    let (over, before) = (ticks_of(rule.over), lookback(rule));
    let span = |event: &ClickEvent| {
        Span::new(event.tick.plus(-over - before), event.tick.plus(over + WARNING_REACH))
    };
    merged(marked.iter().map(span).collect())
}

/// The events within `spans`; both come in order.
fn within<'e>(events: &'e [ClickEvent], spans: &'e [Span]) -> impl Iterator<Item = &'e ClickEvent> {
    spans.iter().flat_map(|span| {
        let place = |tick: Tick| events.partition_point(|event| event.tick < tick);
        events.get(place(span.from)..place(span.until)).unwrap_or_default()
    })
}

/// The points at which a group is looked at: each click that the news is of, and later ones within
/// the rule's time.
pub(super) fn points(rule: &Rule, events: &[ClickEvent]) -> Vec<Tick> {
    let over = ticks_of(rule.over);
    let mut until = Tick(i64::MIN);
    let mut points = BTreeSet::new();
    for event in events {
        if event.mark.is_news() {
            until = until.max(event.tick.plus(over));
        }
        if event.mark.is_news() || event.tick <= until {
            points.insert(event.tick);
        }
    }
    points.into_iter().collect()
}
