//! Calls and rows, counted.

/// What was done since a collector was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CollectTotals {
    /// Calls made.
    pub calls: u64,
    /// Rows that came.
    pub fetched_rows: u64,
    /// Rows that were new.
    pub new_rows: u64,
}

impl CollectTotals {
    /// What was done since there were `earlier` ones.
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(earlier.calls),
            fetched_rows: self.fetched_rows.saturating_sub(earlier.fetched_rows),
            new_rows: self.new_rows.saturating_sub(earlier.new_rows),
        }
    }

    pub(super) const fn plus(self, more: Self) -> Self {
        Self {
            calls: self.calls + more.calls,
            fetched_rows: self.fetched_rows + more.fetched_rows,
            new_rows: self.new_rows + more.new_rows,
        }
    }
}
