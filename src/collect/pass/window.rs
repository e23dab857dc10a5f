//! A window under construction: pieces joined while they fit.

use super::pieces::{HourPiece, Need};
use crate::clock::{Span, Tick};
use crate::collect::call::{Fetch, Grain, Split};

/// A window under construction.
pub(super) struct WindowBuilder {
    pub taken: Vec<HourPiece>,
    pub rows: u64,
    pub limit: u64,
    pub grain: Grain,
}

impl WindowBuilder {
    pub(super) const fn new(grain: Grain, limit: u64) -> Self {
        Self { taken: Vec::new(), rows: 0, limit, grain }
    }

    /// Takes pieces while they fit; `false` when one did not.
    pub(super) fn take(&mut self, pieces: Vec<HourPiece>) -> bool {
        for piece in pieces {
            let fits = match piece.need {
                Need::Fetch => {
                    let rows = piece.count.rows();
                    (rows == 0 || piece.grain == self.grain) && self.rows + rows <= self.limit
                }
                Need::Nothing => true,
                Need::Leave => false,
            };
            if !fits {
                return false;
            }
            self.rows += piece.count.rows();
            self.taken.push(piece);
        }
        true
    }

    /// The window from the first to the last piece that differs.
    pub(super) fn fetch(mut self) -> Fetch {
        while self.taken.last().is_some_and(|piece| piece.need != Need::Fetch) {
            self.taken.pop();
        }
        self.taken.sort_by_key(|piece| piece.span.from);
        let from = self.taken.first().map_or(Tick(0), |piece| piece.span.from);
        let until = self.taken.last().map_or(from, |piece| piece.span.until);
        let wanted = self.taken.iter().filter(|piece| piece.need == Need::Fetch);
        Fetch {
            window: Span::new(from, until),
            cells: wanted.map(HourPiece::expected).collect(),
            grain: self.grain,
            split: Split::None,
        }
    }
}
