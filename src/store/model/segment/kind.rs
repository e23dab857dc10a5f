//! A kind: what few rows of a segment differ in.

/// The bytes of a packed kind.
pub(super) const KIND: usize = 16;

/// What many clicks of an hour share. Numbers are ids of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// `ActionType`.
    pub action: u32,
    /// `Workload`.
    pub workload: u32,
    /// `ThreatTypes`.
    pub threat: u32,
    /// `IsClickedThrough`.
    pub clicked_through: Option<bool>,
}

impl Kind {
    pub(super) fn to_bytes(self) -> [u8; KIND] {
        let mut bytes = [0; KIND];
        let flag = self.clicked_through.map_or(2, u32::from);
        let words = [self.action, self.workload, self.threat, flag];
        for (slot, word) in bytes.chunks_exact_mut(4).zip(words) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; KIND]) -> Self {
        let (words, _) = bytes.as_chunks::<4>();
        let word = |at: usize| words.get(at).map_or(0, |w| u32::from_le_bytes(*w));
        let clicked_through = match word(3) {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        Self { action: word(0), workload: word(1), threat: word(2), clicked_through }
    }
}
