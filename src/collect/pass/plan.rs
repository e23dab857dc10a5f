//! Planning: from what is seen and held to the next call. Pure.
//!
//! The hours that are due are looked at one by one, in a fixed order; the first with something to do
//! decides. Its neighbours join the window while they are due too, up to the row limit.

use super::limits::{SHORT_HORIZON, SOURCE_RETENTION};
use super::pieces::{HourPiece, Need, alone};
use super::planner::{Planner, Rests};
use super::state::Pass;
use super::window::WindowBuilder;
use crate::clock::{DAY, Hour, Span, Tick};
use crate::collect::call::{Bins, Call, Count, CountPurpose, Fetch, Grain, Split};

/// The next fetch or drill, if any.
pub(super) fn next(pass: &Pass, now: Tick, in_flight: &[Span]) -> Option<Call> {
    let planner =
        Planner { pass, now, in_flight, start: pass.horizon_start(now), rests: Rests::Crowded };
    planner.order().find_map(|(hour, toward)| planner.work(hour, toward))
}

/// Whether fetching all that differs would take more than half of the calls until the next pass.
pub(super) fn is_crowded(pass: &Pass, now: Tick) -> bool {
    let planner =
        Planner { pass, now, in_flight: &[], start: pass.horizon_start(now), rests: Rests::Never };
    planner.fetches_up_to(pass.half_of_the_calls()).is_none()
}

/// How many minutes differ and wait.
pub(super) fn resting(pass: &Pass, now: Tick) -> usize {
    let planner = Planner {
        pass,
        now,
        in_flight: &[],
        start: pass.horizon_start(now),
        rests: Rests::Crowded,
    };
    let hours = pass.due.iter().filter(|hour| pass.is_crowded() && planner.may_fetch(**hour));
    let waits = |hour: &Hour| {
        let (state, pieces) = (planner.state(*hour)?, planner.pieces(*hour)?);
        let waits = |p: &&HourPiece| p.need == Need::Leave && !p.agrees(state);
        Some(pieces.iter().filter(waits).count())
    };
    hours.filter_map(waits).sum()
}

/// In which direction a window grows from the hour that it began with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Toward {
    Older,
    Newer,
}

impl Planner<'_> {
    /// The last 48 h newest first, then what the source forgets within a day, then the rest newest
    /// first; but every third fetch takes the oldest due hour beyond the last 48 h.
    fn order(&self) -> impl Iterator<Item = (Hour, Toward)> {
        let recent = self.now.plus(-SHORT_HORIZON).hour().max(self.start);
        let forgotten_soon = self.now.plus(DAY - SOURCE_RETENTION).hour().clamp(self.start, recent);
        let due = &self.pass.due;
        let fetches = self.pass.progress.fetches + self.in_flight.len() as u64;
        let oldest =
            (fetches % 3 == 2).then(|| due.range(self.start..recent)).into_iter().flatten();
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

    /// About how many fetches all that differs takes; `None` for more than `most`.
    fn fetches_up_to(&self, most: u64) -> Option<u64> {
        let (mut fetches, mut room, mut next) = (0, 0, None);
        for hour in self.pass.due.iter().filter(|hour| self.may_fetch(**hour)) {
            if next != Some(*hour) {
                room = 0;
            }
            next = Some(Hour(hour.0 + 1));
            let limit = self.state(*hour).map_or(1, |state| self.limit(state));
            for piece in self.pieces(*hour).unwrap_or_default() {
                match piece.need {
                    Need::Fetch if piece.count.rows() <= room => room -= piece.count.rows(),
                    Need::Fetch => {
                        fetches += piece.count.rows().div_ceil(limit).max(1);
                        room = limit.saturating_sub(piece.count.rows());
                    }
                    Need::Nothing => {}
                    Need::Leave => room = 0,
                }
            }
            if fetches > most {
                return None;
            }
        }
        Some(fetches)
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
        let with_rows = |piece: &&HourPiece| piece.need == Need::Fetch && piece.count.rows() > 0;
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
            WindowBuilder::new(grain, limit),
        )))
    }

    fn drill_or_split(&self, hour: Hour, seed: &HourPiece) -> Call {
        let span = seed.span;
        let count = |span, bins| Call::Count(Count { span, bins, purpose: CountPurpose::Drill });
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
    fn window(
        &self,
        hour: Hour,
        pieces: Vec<HourPiece>,
        toward: Toward,
        mut window: WindowBuilder,
    ) -> Fetch {
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
        let size = |hour| self.state(hour).map(|s| (s.halvings, s.cap));
        let sound = |hour| self.state(hour).is_some_and(|s| s.dispute.is_none());
        sound(hour) && sound(other) && size(hour) == size(other)
    }

    /// The pieces of the hour `at`, if a window that began in `hour` may go on there. An hour
    /// without rows that agrees is no obstacle, however those beside it fare.
    fn neighbour(&self, hour: Hour, at: Hour) -> Option<Vec<HourPiece>> {
        let state = self.state(at)?;
        let empty = state.seen.as_ref().is_some_and(|s| s.total.rows() == 0) && state.agrees();
        let free = at >= self.start
            && (empty || self.may_join(hour, at))
            && state.doubted_since.is_none()
            && !self.in_flight.iter().any(|span| span.overlaps(at.span()));
        if free { self.pieces(at) } else { None }
    }
}
