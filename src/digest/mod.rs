//! Digests: what is told on a schedule of how the clicks on each URL ended.
//!
//! In reading order: `due` and `by_hand` (when, and of which stretch of time), `measure` and `risk` (what its
//! clicks came to), `open_alerts`, `urls`, `people` and `corrections` (what is listed), `figures` (all of it, from
//! one state of the store), `content`, `blocks`, `tables`, `url_table`, `data` and
//! `attach` (how it is told), `deliveries` (to whom) and
//! `stage` (doing it).

mod attach;
mod blocks;
mod by_hand;
mod content;
mod corrections;
mod data;
mod deliveries;
mod due;
mod exclusions;
mod figures;
mod measure;
mod open_alerts;
mod people;
mod risk;
mod sample;
mod stage;
mod tables;
mod url_table;
mod urls;
mod words;

pub use attach::MOST_CSV_BYTES;
pub use by_hand::{DigestHistory, LookBack, by_hand};
pub use deliveries::{deliveries, id};
pub use due::{DigestDecision, DigestWindow, LONGEST_WINDOW, ReportStatus, decide};
pub use figures::DigestPlan;
pub use sample::sample;
pub use stage::{Digests, source_time};

use crate::clock::Tick;
use crate::message::Content;
use crate::store::{Corrected, NewDigest, ReportedUrl, Snapshot, StoreError};

use figures::Figures;
use urls::ListedUrl;

/// A digest that was made and not yet posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it tells.
    pub content: Content,
    reported_urls: Vec<ReportedUrl>,
    corrected: Vec<Corrected>,
    stamp: Tick,
    exclusions: i64,
}

/// Makes a digest.
pub fn draft(snapshot: &Snapshot<'_>, plan: &DigestPlan<'_>) -> Result<Draft, StoreError> {
    let mut figures = Figures::of(snapshot, plan)?;
    let csv = figures.csv.take();
    Ok(Draft {
        content: content::draw(plan, &figures, csv),
        reported_urls: figures.urls.iter().map(ListedUrl::reported).collect(),
        stamp: snapshot.next_stamp()?,
        exclusions: exclusions::hash_of(plan.exclusions),
        corrected: figures.corrections.corrected,
    })
}

impl Draft {
    /// What is written down of it.
    pub fn record<'a>(&'a self, plan: &DigestPlan<'a>) -> NewDigest<'a> {
        NewDigest {
            report: &plan.report.name,
            scheduled: plan.window.scheduled,
            span: plan.window.span,
            stamp: self.stamp,
            exclusions: self.exclusions,
            reported_urls: &self.reported_urls,
            corrected: &self.corrected,
        }
    }
}
