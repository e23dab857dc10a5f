//! A plain model of the copy: what the store does with an answer, without a database.

use std::collections::BTreeMap;

use clickwarden::click::{Clicks, Text};
use clickwarden::clock::{Span, Tick};
use clickwarden::sync_state::hour::Acceptance;

type Identity = (Tick, String, String, String, Option<bool>, String);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Copy {
    /// Identity → the details of each equal row, sorted.
    pub rows: BTreeMap<Identity, Vec<String>>,
}

impl Copy {
    pub fn apply(
        &mut self,
        window: Span,
        clicks: &Clicks,
        acceptance: Acceptance,
        threat_present: bool,
    ) {
        let mut answer: BTreeMap<Identity, Vec<String>> = BTreeMap::new();
        for click in clicks.iter().filter(|click| window.contains(click.timestamp)) {
            let text = |t: Text| click.text(t).to_owned();
            let identity = (
                click.timestamp,
                text(Text::Url),
                text(Text::ActionType),
                text(Text::AccountUpn),
                click.is_clicked_through,
                text(Text::ReportId),
            );
            answer.entry(identity).or_default().push(text(Text::ThreatTypes));
        }
        if acceptance == Acceptance::Accept {
            self.rows.retain(|identity, _| {
                !window.contains(identity.0) || answer.contains_key(identity)
            });
        }
        for (identity, mut details) in answer {
            details.sort();
            let held = self.rows.entry(identity).or_default();
            if acceptance == Acceptance::Keep {
                details.truncate(held.len().max(1));
            }
            if !threat_present {
                details =
                    (0..details.len()).map(|i| held.get(i).cloned().unwrap_or_default()).collect();
            }
            if acceptance == Acceptance::Keep && details.len() < held.len() {
                continue;
            }
            *held = details;
        }
    }

    pub fn within(&self, span: Span) -> Vec<(Identity, Vec<String>)> {
        let inside = self.rows.iter().filter(|(identity, _)| span.contains(identity.0));
        inside.map(|(identity, details)| (identity.clone(), details.clone())).collect()
    }
}
