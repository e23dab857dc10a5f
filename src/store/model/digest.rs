//! Digests: how far each report has told, and what its digests told.

use crate::click::tally::{Class, Tally};
use crate::clock::{Span, Tick};

use super::tenant::TenantKey;

/// How far a report has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportCursor {
    /// The schedule that it follows, as text.
    pub schedule: String,
    /// Since when; what was due before is not told.
    pub since: Tick,
    /// Where its next digest begins.
    pub reported_until: Tick,
}

/// A digest to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDigest<'a> {
    /// The report's name.
    pub report: &'a str,
    /// When it was due.
    pub scheduled: Tick,
    /// What it covers.
    pub span: Span,
    /// See [`StoredDigest::stamp`].
    pub stamp: Tick,
    /// A hash of the exclusions that it was made with.
    pub exclusions: i64,
    /// What it tells of the URLs that it names.
    pub reported_urls: &'a [ReportedUrl],
    /// What is known now of earlier digests.
    pub corrected: &'a [Corrected],
}

/// What a digest told of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportedUrl {
    /// The tenant.
    pub tenant: TenantKey,
    /// The URL's id.
    pub url: u32,
    /// What its clicks came to.
    pub class: Class,
    /// The five counts; the others are zero.
    pub tally: Tally,
}

/// A digest that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredDigest {
    /// Its number.
    pub id: i64,
    /// When it was due.
    pub scheduled: Tick,
    /// When it was made, by the machine's clock.
    pub made: Tick,
    /// What it covers.
    pub span: Span,
    /// Answers stamped earlier are in what it told.
    pub stamp: Tick,
    /// A hash of the exclusions that it was made with.
    pub exclusions: i64,
}

/// An earlier digest, looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// Its number.
    pub digest: i64,
    /// What is told otherwise now.
    pub reported_urls: Vec<ReportedUrl>,
}
