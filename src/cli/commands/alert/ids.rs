//! The numbers of alerts, as they are given.

/// Numbers, each once, as they were given.
pub(super) fn once(ids: &[i64]) -> Vec<i64> {
    let mut once = Vec::new();
    for id in ids {
        if !once.contains(id) {
            once.push(*id);
        }
    }
    once
}
