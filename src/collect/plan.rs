//! Planning: from what is seen and held to the next call. Pure.
//!
//! The hours that are due are looked at one by one, in a fixed order; the first with something to do
//! decides. Its neighbours join the window while they are due too, up to the row limit.

use super::call::{Bins, Call, Count, Expected, Fetch, Grain, Purpose, Split};
use super::pass::{DISPUTE_CALLS, KEPT, Pass, SHORT};
use crate::clock::{DAY, Hour, MINUTE, SECOND, Span, Tick};
use crate::fingerprint::Fingerprint;
use crate::hour::{Cell, HourState};

/// The most hours that one drill looks at.
pub(super) const DRILL_HOURS: i64 = 72;
/// A minute older than this …
const MINUTE_AGES: i64 = 10 * MINUTE;
/// … is fetched again at most this often.
const MINUTE_RESTS: i64 = 30 * MINUTE;

/// The next fetch or drill, if any.
pub(super) fn next(pass: &Pass, now: Tick, in_flight: &[Span]) -> Option<Call> {
    let view = View { pass, now, in_flight, start: pass.horizon_start(now) };
    view.order().find_map(|(hour, toward)| view.work(hour, toward))
}

/// In which direction a window grows from the hour that it began with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Toward {
    Older,
    Newer,
}

struct View<'a> {
    pass: &'a Pass,
    now: Tick,
    in_flight: &'a [Span],
    start: Hour,
}

/// One part of an hour as the planner sees it.
#[derive(Clone, Debug)]
struct Piece {
    span: Span,
    count: Fingerprint,
    grain: Grain,
    need: Need,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// It differs.
    Fetch,
    /// It agrees and has no rows: a window may reach across it.
    Nothing,
    /// It agrees, or may not be fetched now.
    Leave,
}

impl View<'_> {
    /// The last 48 h newest first, then what the source forgets within a day, then the rest newest
    /// first; but every third fetch takes the oldest due hour beyond the last 48 h.
    fn order(&self) -> impl Iterator<Item = (Hour, Toward)> {
        let recent = self.now.plus(-SHORT).hour().max(self.start);
        let forgotten_soon = self.now.plus(DAY - KEPT).hour().clamp(self.start, recent);
        let due = &self.pass.due;
        let turn = self.pass.progress.fetches + self.in_flight.len() as u64;
        let oldest = (turn % 3 == 2).then(|| due.range(self.start..recent)).into_iter().flatten();
        let newest = due.range(recent..).rev();
        let leaving = due.range(self.start..forgotten_soon);
        let rest = due.range(forgotten_soon..recent).rev();
        let older = |hours| (hours, Toward::Older);
        let newer = |hours| (hours, Toward::Newer);
        (oldest.copied().map(newer))
            .chain(newest.copied().map(older))
            .chain(leaving.copied().map(newer))
            .chain(rest.copied().map(older))
    }

    fn state(&self, hour: Hour) -> Option<&HourState> {
        self.pass.hours.get(&hour)
    }

    /// Whether anything may be fetched of a due hour now.
    fn may_fetch(&self, hour: Hour) -> bool {
        let budget = self.pass.dispute_calls < DISPUTE_CALLS;
        let free = |state: &HourState| {
            let waits = state.dispute.as_ref().is_some_and(|d| d.next > self.now);
            let troubled = state.halvings > 0 || state.dispute.is_some();
            !state.awaits_count && state.doubted_since.is_none() && !waits && (budget || !troubled)
        };
        hour >= self.start
            && self.pass.due.contains(&hour)
            && !self.in_flight.iter().any(|span| span.overlaps(hour.span()))
            && self.state(hour).is_some_and(free)
    }

    fn limit(&self, state: &HourState) -> u64 {
        self.pass.fetch_rows().min(state.cap.unwrap_or(u64::MAX)).max(1)
    }

    /// The call that a due hour needs first.
    fn work(&self, hour: Hour, toward: Toward) -> Option<Call> {
        if !self.may_fetch(hour) {
            return None;
        }
        let limit = self.limit(self.state(hour)?);
        let mut pieces = self.pieces(hour)?;
        if toward == Toward::Older {
            pieces.reverse();
        }
        let first = pieces.iter().position(|piece| piece.need == Need::Fetch)?;
        let with_rows = |piece: &&Piece| piece.need == Need::Fetch && piece.count.rows() > 0;
        let seed = pieces.iter().find(with_rows).or_else(|| pieces.get(first))?;
        if seed.count.rows() > limit {
            return Some(self.drill_or_split(hour, seed));
        }
        if seed.grain == Grain::Single {
            return Some(Call::Fetch(alone(seed, Split::None)));
        }
        let grain = seed.grain;
        Some(Call::Fetch(self.window(
            hour,
            pieces.split_off(first),
            toward,
            Window::new(grain, limit),
        )))
    }

    /// An hour in parts: whole if it was not divided, else by its counted parts, with the rest
    /// of each divided stretch between them. `None` if nothing of it was counted.
    fn pieces(&self, hour: Hour) -> Option<Vec<Piece>> {
        let state = self.state(hour)?;
        let seen = state.seen.as_ref()?;
        let whole = || Piece {
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

    fn divided(&self, hour: Hour, state: &HourState, parts: &[Cell]) -> Vec<Piece> {
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
            Piece { span, count, grain: grain_of(span), need }
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

    /// Whether a minute was fetched so lately that late rows in it can wait.
    fn rests(&self, state: &HourState, span: Span) -> bool {
        let searched = state.halvings > 0 || state.dispute.is_some() || state.cap.is_some();
        let lately =
            |cell: &&Cell| cell.span.overlaps(span) && self.now.since(cell.at) < MINUTE_RESTS;
        !searched
            && self.now.since(span.until) > MINUTE_AGES
            && state.held.iter().find(|cell| lately(cell)).is_some()
    }

    fn drill_or_split(&self, hour: Hour, seed: &Piece) -> Call {
        let span = seed.span;
        let count = |span, bins| Call::Count(Count { span, bins, purpose: Purpose::Drill });
        match seed.grain {
            Grain::Hour => count(self.drill_span(hour), Bins::Minute),
            Grain::Minute => count(span, Bins::Second),
            _ if span.ticks() > 1 => {
                count(span, Bins::Halves(Tick(i64::midpoint(span.from.0, span.until.0))))
            }
            _ => Call::Fetch(alone(seed, Split::ByReportId)),
        }
    }

    /// The stretch around `hour` from its first to its last hour that needs a drill by minute.
    fn drill_span(&self, hour: Hour) -> Span {
        let needs = |h: &&Hour| {
            self.may_fetch(**h)
                && self.state(**h).is_some_and(|s| {
                    s.seen.as_ref().is_some_and(|seen| {
                        seen.parts.is_none() && seen.total.rows() > self.limit(s)
                    })
                })
        };
        let reach = self.pass.drill_hours.max(1);
        let back = self.pass.due.range(Hour(hour.0 - reach + 1)..=hour).find(needs).copied();
        let from = back.unwrap_or(hour);
        let ahead = self.pass.due.range(hour..Hour(from.0 + reach)).rev().find(needs).copied();
        Span::new(from.start(), ahead.unwrap_or(hour).end())
    }

    /// Grows a window from the first of `pieces` on, through the hours that follow.
    fn window(&self, hour: Hour, pieces: Vec<Piece>, toward: Toward, mut window: Window) -> Fetch {
        let mut open = window.take(pieces);
        let mut at = hour;
        while open && self.may_join(hour, hour) {
            at = Hour(if toward == Toward::Older { at.0 - 1 } else { at.0 + 1 });
            let Some(mut pieces) = self.neighbour(hour, at) else { break };
            if toward == Toward::Older {
                pieces.reverse();
            }
            window.limit = window.limit.min(self.state(at).map_or(u64::MAX, |s| self.limit(s)));
            open = window.take(pieces);
        }
        window.fetch()
    }

    /// A disputed hour is fetched by itself, one that was halved with others halved as often.
    fn may_join(&self, hour: Hour, other: Hour) -> bool {
        let trouble = |hour| self.state(hour).map(|s| (s.halvings, s.cap));
        let sound = |hour| self.state(hour).is_some_and(|s| s.dispute.is_none());
        sound(hour) && sound(other) && trouble(hour) == trouble(other)
    }

    /// The pieces of the hour `at`, if a window that began in `hour` may go on there. An hour
    /// without rows that agrees is no obstacle, however those beside it fare.
    fn neighbour(&self, hour: Hour, at: Hour) -> Option<Vec<Piece>> {
        let state = self.state(at)?;
        let empty = state.seen.as_ref().is_some_and(|s| s.total.rows() == 0) && state.agrees();
        let free = at >= self.start
            && (empty || self.may_join(hour, at))
            && state.doubted_since.is_none()
            && !self.in_flight.iter().any(|span| span.overlaps(at.span()));
        if free { self.pieces(at) } else { None }
    }
}

impl Piece {
    fn expected(&self) -> Expected {
        Expected { span: self.span, count: self.count.clone() }
    }

    fn agrees(&self, state: &HourState) -> bool {
        held_in(state, self.span).is_some_and(|held| held.matches_part(&self.count))
    }
}

/// A window under construction.
struct Window {
    taken: Vec<Piece>,
    rows: u64,
    limit: u64,
    grain: Grain,
}

impl Window {
    const fn new(grain: Grain, limit: u64) -> Self {
        Self { taken: Vec::new(), rows: 0, limit, grain }
    }

    /// Takes pieces while they fit; `false` when one did not.
    fn take(&mut self, pieces: Vec<Piece>) -> bool {
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
    fn fetch(mut self) -> Fetch {
        while self.taken.last().is_some_and(|piece| piece.need != Need::Fetch) {
            self.taken.pop();
        }
        self.taken.sort_by_key(|piece| piece.span.from);
        let from = self.taken.first().map_or(Tick(0), |piece| piece.span.from);
        let until = self.taken.last().map_or(from, |piece| piece.span.until);
        let wanted = self.taken.iter().filter(|piece| piece.need == Need::Fetch);
        Fetch {
            window: Span::new(from, until),
            cells: wanted.map(Piece::expected).collect(),
            grain: self.grain,
            split: Split::None,
        }
    }
}

/// A window of one piece.
fn alone(piece: &Piece, split: Split) -> Fetch {
    Fetch { window: piece.span, cells: vec![piece.expected()], grain: Grain::Single, split }
}

/// What is held of a span: `None` if a part is forgotten, or was fetched in coarser parts.
fn held_in(state: &HourState, span: Span) -> Option<Fingerprint> {
    let first = state.held.partition_point(|cell| cell.span.until <= span.from);
    let mut total = Fingerprint::default();
    for cell in state.held.get(first..)?.iter().take_while(|cell| cell.span.from < span.until) {
        total.add(cell.fingerprint.as_ref().filter(|_| span.covers(cell.span))?);
    }
    Some(total)
}

/// The need of a span that is not to be fetched.
fn quiet(count: &Fingerprint, state: &HourState, span: Span) -> Need {
    let agrees = held_in(state, span).is_some_and(|held| held.matches_count(count));
    if agrees && count.rows() == 0 { Need::Nothing } else { Need::Leave }
}

fn grain_of(span: Span) -> Grain {
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
fn gaps(from: Tick, until: Tick) -> impl Iterator<Item = Span> {
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
