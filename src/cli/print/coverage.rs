//! Coverage as a JSON object.

use serde::{Serialize, Serializer};

use crate::clock::Tick;
use crate::coverage::{Coverage, Gap};

/// How far a window of the copy agrees with the source.
#[derive(Serialize)]
pub(in crate::cli) struct CoverageObject<'a> {
    as_of: Option<String>,
    hours: u64,
    settled: u64,
    provisional: u64,
    disputed: u64,
    gaps: Vec<GapObject<'a>>,
}

#[derive(Serialize)]
struct GapObject<'a> {
    tenant: &'a str,
    #[serde(serialize_with = "as_text")]
    from: Tick,
    #[serde(serialize_with = "as_text")]
    until: Tick,
    why: &'a str,
}

/// A time as RFC 3339.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(in crate::cli) fn as_text<S: Serializer>(
    tick: &Tick,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(tick)
}

impl<'a> From<&'a Coverage> for CoverageObject<'a> {
    fn from(coverage: &'a Coverage) -> Self {
        let gap = |gap: &'a Gap| GapObject {
            tenant: &gap.tenant,
            from: gap.span.from,
            until: gap.span.until,
            why: &gap.why,
        };
        Self {
            as_of: coverage.as_of.map(|at| at.to_string()),
            hours: coverage.hours,
            settled: coverage.settled,
            provisional: coverage.provisional,
            disputed: coverage.disputed,
            gaps: coverage.gaps.iter().map(gap).collect(),
        }
    }
}
