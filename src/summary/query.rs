//! What a summary is asked for.

use crate::click::selection::Exclusion;
use crate::click::sort::Sort;
use crate::clock::Span;
use crate::store::TenantKey;

/// What to summarise.
#[derive(Clone, Debug)]
pub struct Query {
    /// These tenants.
    pub tenants: Vec<TenantKey>,
    /// This window, to the tick.
    pub span: Span,
    /// The order of rows.
    pub sort: Sort,
    /// At most so many rows; `None` for all.
    pub limit: Option<usize>,
    /// Only URLs that contain this, ignoring the case of ASCII letters.
    pub matching: Option<String>,
    /// Clicks that are in no count.
    pub exclusions: Vec<Exclusion>,
}
