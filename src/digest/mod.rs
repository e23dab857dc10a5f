//! Digests: what is told on a schedule of how the clicks on each URL ended.
//!
//! In reading order: `due` (when, and of which stretch of time), `measure` and `risk` (what its
//! clicks came to), `open_alerts`, `urls`, `people` and `corrections` (what is listed), `figures` (all of it, from
//! one state of the store), `content`, `tables`, `data` and `attach` (how it is told), `deliveries` (to whom) and
//! `stage` (doing it).

mod attach;
mod content;
mod corrections;
mod data;
mod deliveries;
mod due;
mod figures;
mod measure;
mod open_alerts;
mod people;
mod risk;
mod stage;
mod tables;
mod urls;
mod words;

pub use attach::MOST_BYTES;
pub use deliveries::{deliveries, id};
pub use due::{Due, Known, Window, by_hand, decide};
pub use figures::Plan;
pub use stage::{Digests, source_time};

use crate::click::selection::Exclusion;
use crate::clock::Tick;
use crate::message::Content;
use crate::store::{Corrected, NewDigest, ReportedUrl, Snapshot, StoreError};

use figures::Figures;
use urls::Url;

/// A digest that was made and not yet posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it tells.
    pub content: Content,
    told: Vec<ReportedUrl>,
    corrected: Vec<Corrected>,
    stamp: Tick,
    exclusions: i64,
}

/// Makes a digest.
pub fn draft(snapshot: &Snapshot<'_>, plan: &Plan<'_>) -> Result<Draft, StoreError> {
    let mut figures = Figures::of(snapshot, plan)?;
    let csv = figures.csv.take();
    Ok(Draft {
        content: content::draw(plan, &figures, csv),
        told: figures.urls.iter().map(Url::told).collect(),
        stamp: snapshot.next_stamp()?,
        exclusions: hash_of(plan.exclusions),
        corrected: figures.corrections.corrected,
    })
}

impl Draft {
    /// What is written down of it.
    pub fn record<'a>(&'a self, plan: &Plan<'a>) -> NewDigest<'a> {
        NewDigest {
            report: &plan.report.name,
            scheduled: plan.window.scheduled,
            span: plan.window.span,
            stamp: self.stamp,
            exclusions: self.exclusions,
            told: &self.told,
            corrected: &self.corrected,
        }
    }
}

/// A number that changes when the exclusions do.
fn hash_of(exclusions: &[Exclusion]) -> i64 {
    let hash = blake3::hash(format!("{exclusions:?}").as_bytes());
    hash.as_bytes().first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes))
}
