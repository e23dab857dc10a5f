//! Times in JSON: RFC 3339.

use serde::Serializer;

use crate::clock::Tick;

/// For `serialize_with`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn as_text<S: Serializer>(tick: &Tick, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(tick)
}
