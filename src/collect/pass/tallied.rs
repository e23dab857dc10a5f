//! An answer in numbers: what is compared with what the source counted.

use std::collections::BTreeMap;

use crate::click::{Action, Clicks, Text};
use crate::clock::{MINUTE, SECOND, Span, Tick};
use crate::collect::call::{Expected, Fetch, Grain};
use crate::sync_state::fingerprint::{Fingerprint, Measures, Taker};

/// An answer in numbers: the fingerprint of each minute (or finer part) that has rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Tallied {
    /// Sorted by time; never across an hour's edge.
    pub parts: Vec<Expected>,
    /// Rows that could not be read or lie outside the window: with any, nothing is accepted.
    pub astray: u64,
    /// Bytes of the decoded answer, to keep clear of the source's limit.
    pub bytes: u64,
}

impl Tallied {
    /// Sums an answer up. `has` says which columns its schema names; `unreadable` rows were left out.
    pub fn of(
        fetch: &Fetch,
        clicks: &Clicks,
        measures: &Measures,
        has: impl Fn(&str) -> bool,
        unreadable: u64,
    ) -> Self {
        let taker = Taker::new(measures, has);
        let mut actions = Actions::default();
        let mut parts: BTreeMap<Tick, Fingerprint> = BTreeMap::new();
        let mut current = (Tick(i64::MIN), Fingerprint::default());
        let mut astray = unreadable;
        for click in clicks.iter() {
            if !fetch.window.contains(click.timestamp) {
                astray += 1;
                continue;
            }
            let from = part_of(fetch, click.timestamp).from;
            if from != current.0 {
                put(&mut parts, std::mem::replace(&mut current, (from, Fingerprint::default())));
            }
            taker.add(&mut current.1, &click, actions.of(click.text(Text::ActionType)));
        }
        put(&mut parts, current);
        let part = |(from, count)| Expected { span: part_of(fetch, from), count };
        Self { parts: parts.into_iter().map(part).collect(), astray, bytes: 0 }
    }
}

fn put(parts: &mut BTreeMap<Tick, Fingerprint>, (from, part): (Tick, Fingerprint)) {
    if part.rows() > 0 {
        parts.entry(from).or_default().add(&part);
    }
}

/// The part of the fetch's grid that a point lies in: minutes under whole hours.
fn part_of(fetch: &Fetch, at: Tick) -> Span {
    let step = match fetch.grain {
        Grain::Hour | Grain::Minute => MINUTE,
        Grain::Second => SECOND,
        Grain::Single => return fetch.window,
    };
    Span::new(at.floor(step), at.floor(step).plus(step))
}

/// Remembers what each action text means: there are a handful of them among millions of rows.
#[derive(Default)]
struct Actions(Vec<(String, Action)>);

impl Actions {
    fn of(&mut self, text: &str) -> Action {
        if let Some((_, action)) = self.0.iter().find(|(known, _)| known == text) {
            return *action;
        }
        let action = Action::of(text);
        if self.0.len() < 32 {
            self.0.push((text.to_owned(), action));
        }
        action
    }
}
