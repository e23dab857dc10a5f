//! An hour in pieces, as the planner sees them: what differs, what is empty, what is to be left.

use super::planner::{Planner, Rests};
use crate::clock::{Hour, MINUTE, SECOND, Span, Tick};
use crate::collect::call::{Expected, Fetch, Grain, Split};
use crate::sync_state::fingerprint::Fingerprint;
use crate::sync_state::hour::{HourPart, HourState};

/// A minute older than this …
const MINUTE_AGES: i64 = 10 * MINUTE;

/// … is fetched again at most this often.
const MINUTE_RESTS: i64 = 30 * MINUTE;

/// One part of an hour as the planner sees it.
#[derive(Clone, Debug)]
pub(super) struct HourPiece {
    pub span: Span,
    pub count: Fingerprint,
    pub grain: Grain,
    pub need: Need,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It differs.
    Fetch,
    /// It agrees and has no rows: a window may reach across it.
    Nothing,
    /// It agrees, or may not be fetched now.
    Leave,
}

impl Planner<'_> {
    /// An hour in parts: whole if it was not divided, else by its counted parts, with the rest
    /// of each divided stretch between them. `None` if nothing of it was counted.
    pub(super) fn pieces(&self, hour: Hour) -> Option<Vec<HourPiece>> {
        let state = self.state(hour)?;
        let seen = state.seen.as_ref()?;
        let whole = || HourPiece {
            span: hour.span(),
            count: seen.total.clone(),
            grain: Grain::Hour,
            need: if self.may_fetch(hour) {
                Need::Fetch
            } else {
                quiet(&seen.total, state, hour.span())
            },
        };
        let Some(parts) = &seen.parts else { return Some(vec![whole()]) };
        let mut pieces = self.divided(hour, state, parts);
        if pieces.iter().any(|p| p.need == Need::Fetch || p.need == Need::Leave && !p.agrees(state))
        {
            return Some(pieces);
        }
        // The hour differs though no part of it does: all of it is fetched again.
        if seen.total.rows() <= self.limit(state) {
            return Some(vec![whole()]);
        }
        for piece in &mut pieces {
            if piece.count.rows() > 0 && self.may_fetch(hour) {
                piece.need = Need::Fetch;
            }
        }
        Some(pieces)
    }

    fn divided(&self, hour: Hour, state: &HourState, parts: &[HourPart]) -> Vec<HourPiece> {
        let may_fetch = self.may_fetch(hour);
        let piece = |span: Span, count: Fingerprint, at: Option<Tick>| {
            let held = held_in(state, span);
            let agrees = held.as_ref().is_some_and(|held| held.matches_part(&count));
            let rests = at.is_some() && self.rests(state, span);
            let need = match (agrees, may_fetch && !rests) {
                (true, _) if count.rows() == 0 => Need::Nothing,
                (false, true) => Need::Fetch,
                _ => Need::Leave,
            };
            HourPiece { span, count, grain: grain_of(span), need }
        };
        let mut pieces = Vec::with_capacity(parts.len() * 2);
        let mut from = hour.start();
        for part in parts {
            if let Some(count) = &part.fingerprint {
                pieces.extend(
                    gaps(from, part.span.from).map(|gap| piece(gap, Fingerprint::default(), None)),
                );
                pieces.push(piece(part.span, count.clone(), Some(part.at)));
                from = part.span.until;
            }
        }
        pieces.extend(gaps(from, hour.end()).map(|gap| piece(gap, Fingerprint::default(), None)));
        pieces
    }

    /// Whether a minute was fetched so lately that late rows in it can wait, where others cannot.
    fn rests(&self, state: &HourState, span: Span) -> bool {
        if self.rests == Rests::Never || !self.pass.is_crowded() {
            return false;
        }
        let searched = state.halvings > 0 || state.dispute.is_some() || state.cap.is_some();
        let lately =
            |cell: &&HourPart| cell.span.overlaps(span) && self.now.since(cell.at) < MINUTE_RESTS;
        !searched
            && self.now.since(span.until) > MINUTE_AGES
            && state.held.iter().find(|cell| lately(cell)).is_some()
    }
}

impl HourPiece {
    pub(super) fn expected(&self) -> Expected {
        Expected { span: self.span, count: self.count.clone() }
    }

    pub(super) fn agrees(&self, state: &HourState) -> bool {
        held_in(state, self.span).is_some_and(|held| held.matches_part(&self.count))
    }
}

/// A window of one piece.
pub(super) fn alone(piece: &HourPiece, split: Split) -> Fetch {
    Fetch { window: piece.span, cells: vec![piece.expected()], grain: Grain::Single, split }
}

/// What is held of a span: `None` if a part is forgotten, or was fetched in coarser parts.
pub(super) fn held_in(state: &HourState, span: Span) -> Option<Fingerprint> {
    let first = state.held.partition_point(|cell| cell.span.until <= span.from);
    let mut total = Fingerprint::default();
    for cell in state.held.get(first..)?.iter().take_while(|cell| cell.span.from < span.until) {
        total.add(cell.fingerprint.as_ref().filter(|_| span.covers(cell.span))?);
    }
    Some(total)
}

/// The need of a span that is not to be fetched.
pub(super) fn quiet(count: &Fingerprint, state: &HourState, span: Span) -> Need {
    let agrees = held_in(state, span).is_some_and(|held| held.matches_count(count));
    if agrees && count.rows() == 0 { Need::Nothing } else { Need::Leave }
}

pub(super) fn grain_of(span: Span) -> Grain {
    let is = |step| span.ticks() == step && span.from.0 % step == 0;
    if is(MINUTE) {
        Grain::Minute
    } else if is(SECOND) {
        Grain::Second
    } else {
        Grain::Single
    }
}

/// A stretch without counted rows in pieces that never cross a minute's edge but are whole minutes
/// where they can be.
pub(super) fn gaps(from: Tick, until: Tick) -> impl Iterator<Item = Span> {
    let mut at = from;
    std::iter::from_fn(move || {
        (at < until).then(|| {
            let end = at.floor(MINUTE).plus(MINUTE).min(until);
            let span = Span::new(at, end);
            at = end;
            span
        })
    })
}
