//! Drives the real planner against the simulated source, call by call, on simulated time.

use std::collections::{BTreeMap, VecDeque};

use clickwarden::click::{Click, Clicks};
use clickwarden::clock::{HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::collect::{
    Call, CallFailure, CollectLimits, CountPurpose, NextCall, Pass, Tallied,
};
use clickwarden::sync_state::hour::{Acceptance, HourStatus};
use clickwarden::sync_state::progress::Progress;

use super::copy::Copy;
use super::source::{Fault, Source};

pub struct Run {
    pub source: Source,
    pub now: Tick,
    pub limits: CollectLimits,
    pub per_minute: usize,
    pub pass: Pass,
    pub copy: Copy,
    answer: Clicks,
    ledger: VecDeque<Tick>,
    pub gate: Option<Tick>,
    pub calls: u64,
    /// When each call was made, and whether it was a fetch.
    pub log: Vec<(Tick, &'static str)>,
    /// Counts of less than an hour.
    parts: Vec<(Span, Tick)>,
    /// Counts that showed nothing where there was something.
    lies: Vec<(Span, Tick)>,
    /// When the source's columns last changed.
    pub columns_since: Tick,
    /// How long a call takes.
    pub latency: i64,
}

impl Run {
    pub fn new(source: Source, limits: CollectLimits, now: Tick) -> Self {
        let pass = Pass::new(Progress::default(), BTreeMap::default(), limits);
        let copy = Copy::default();
        Self {
            source,
            now,
            limits,
            per_minute: 10,
            pass,
            copy,
            answer: Clicks::default(),
            ledger: VecDeque::new(),
            gate: None,
            calls: 0,
            log: Vec::new(),
            parts: Vec::new(),
            lies: Vec::new(),
            columns_since: now.plus(-clickwarden::clock::DAY * 2),
            latency: SECOND,
        }
    }

    /// Runs until `until`, asking `fault` before each call what the source does to it.
    pub fn until(&mut self, until: Tick, fault: &mut dyn FnMut(&Call, Tick) -> Option<Fault>) {
        while self.now < until {
            if let Some(gate) = self.gate.take_if(|gate| *gate > self.now) {
                self.gate = Some(gate);
                self.now = gate.min(until);
                continue;
            }
            self.gate = None;
            match self.pass.next(self.now, &[]) {
                NextCall::Wait(at) => self.now = at.max(self.now.plus(SECOND)).min(until),
                NextCall::Call(call) => {
                    let turn = self.turn();
                    if turn > self.now {
                        self.now = turn.min(until);
                        continue;
                    }
                    let fault = fault(&call, self.now);
                    self.make(&call, fault.as_ref());
                    self.now = self.now.plus(self.latency);
                }
            }
            // Each answer is one transaction: what was taken in is stored.
            self.pass.stored();
        }
    }

    /// When our own pace allows the next call.
    fn turn(&mut self) -> Tick {
        while self.ledger.front().is_some_and(|at| self.now.since(*at) >= MINUTE) {
            self.ledger.pop_front();
        }
        match self.ledger.front() {
            Some(first) if self.ledger.len() >= self.per_minute => first.plus(MINUTE),
            _ => self.now,
        }
    }

    fn make(&mut self, call: &Call, fault: Option<&Fault>) {
        assert!(self.gate.is_none(), "a call before the gate opened");
        self.calls += 1;
        self.ledger.push_back(self.now);
        let what = match call {
            Call::Columns => "columns",
            Call::Count(count) if matches!(count.purpose, CountPurpose::Drill) => "drill",
            Call::Count(count) if matches!(count.purpose, CountPurpose::Recount) => "recount",
            Call::Count(_) => "count",
            Call::Confirm(_) => "confirm",
            Call::Fetch(_) => "fetch",
        };
        self.log.push((self.now, what));
        if let Some(Fault::Fails(CallFailure::Cpu)) = fault {
            self.gate = Some(self.now.floor(15 * MINUTE).plus(15 * MINUTE));
        }
        if let Some(Fault::Fails(CallFailure::Rate)) = fault {
            self.gate = Some(self.now.plus(MINUTE));
        }
        match call {
            Call::Columns => match fault {
                Some(Fault::Fails(failure)) => self.pass.on_columns_failed(failure, self.now),
                _ => self.pass.on_columns(&self.source.columns(), self.now),
            },
            Call::Count(count) => {
                let measures = self.pass.present();
                let answer = self.source.count(count, &measures, self.now, fault);
                if count.span.ticks() < HOUR && answer.is_ok() {
                    self.parts.push((count.span, self.now));
                }
                if fault == Some(&Fault::Empty) {
                    self.lies.push((count.span, self.now));
                }
                if self.pass.on_counted(count, answer, self.now) == Some(Acceptance::Accept) {
                    self.copy.apply(
                        count.span,
                        &self.answer,
                        Acceptance::Accept,
                        self.source.columns.threat,
                    );
                }
            }
            Call::Confirm(count) => {
                let rows = match fault {
                    Some(Fault::Fails(failure)) => Err(failure.clone()),
                    Some(Fault::Null) => Ok(None),
                    _ => Ok(Some(self.source.shown(count.span, self.now).count() as u64)),
                };
                if self.pass.on_confirmed(count, rows, self.now) == Some(Acceptance::Accept) {
                    self.copy.apply(
                        count.span,
                        &self.answer,
                        Acceptance::Accept,
                        self.source.columns.threat,
                    );
                }
            }
            Call::Fetch(fetch) => self.fetch(fetch, fault),
        }
    }

    fn fetch(&mut self, fetch: &clickwarden::collect::Fetch, fault: Option<&Fault>) {
        let clicks = match self.source.fetch(fetch, self.now, fault) {
            Err(failure) => return self.pass.on_fetch_failed(fetch, &failure, self.now),
            Ok(None) if fetch.rows() > 0 => {
                return self.pass.on_fetch_failed(fetch, &CallFailure::Slow, self.now);
            }
            Ok(clicks) => clicks.unwrap_or_default(),
        };
        if !self.pass.is_complete(|name| self.source.has(name)) {
            let failure = CallFailure::Schema("a column is gone".into());
            return self.pass.on_fetch_failed(fetch, &failure, self.now);
        }
        let measures = &self.pass.progress().measures;
        let answer = Tallied::of(fetch, &clicks, measures, |name| self.source.has(name), 0);
        let acceptance = self.pass.on_fetched(fetch, &answer, self.now);
        self.copy.apply(fetch.window, &clicks, acceptance, self.source.columns.threat);
        self.answer = clicks;
    }

    /// The process dies and starts again: only what was stored is left. An answer on its way is
    /// lost, which changes nothing here.
    pub fn kill(&mut self) {
        self.pass = Pass::new(self.pass.progress().clone(), self.pass.hours().clone(), self.limits);
    }

    /// Nothing may be called settled that differs from what the source showed when it was last
    /// counted.
    pub fn check_settled(&self) {
        for (hour, state) in self.pass.hours() {
            if state.status(*hour) == HourStatus::Settled {
                let at = state.seen.as_ref().unwrap().at;
                // While the column is absent, what is known of it stays.
                // Columns are learnt daily.
                let details =
                    self.source.columns.threat && at >= self.columns_since.plus(25 * HOUR);
                let strip = |rows: Vec<(_, Vec<String>)>| -> Vec<(_, Vec<String>)> {
                    let bare = |d: Vec<String>| d.iter().map(|_| String::new()).collect();
                    rows.into_iter().map(|(i, d)| (i, if details { d } else { bare(d) })).collect()
                };
                let lied =
                    self.lies.iter().any(|(span, when)| *when == at && span.covers(hour.span()));
                let shown = if lied { Copy::default() } else { self.truth(hour.span(), at) };
                let copy = strip(self.copy.within(hour.span()));
                if copy == strip(shown.within(hour.span())) {
                    continue;
                }
                for minute in (0..60).map(|m| hour.start().plus(m * MINUTE)) {
                    let minute = Span::new(minute, minute.plus(MINUTE));
                    // A part may have been counted again since.
                    let again =
                        self.parts.iter().filter(|(span, when)| span.covers(minute) && *when >= at);
                    let at = again.map(|(_, when)| *when).max().unwrap_or(at);
                    let shown = if lied { Copy::default() } else { self.truth(minute, at) };
                    assert_eq!(
                        strip(self.copy.within(minute)),
                        strip(shown.within(minute)),
                        "minute {} settled at {at}, now {}",
                        minute.from,
                        self.now
                    );
                }
            }
        }
    }

    pub fn truth(&self, span: Span, now: Tick) -> Copy {
        let mut truth = Copy::default();
        let rows: Vec<Click> =
            self.source.shown(span, now).map(|r| r.click(self.source.columns)).collect();
        truth.apply(span, &rows.into_iter().collect(), Acceptance::Accept, true);
        truth
    }

    /// Whether every hour of the horizon that is closed long enough is settled.
    pub fn all_settled(&self) -> bool {
        let from = self.now.plus(HOUR - self.limits.lookback).hour();
        let until = self.now.plus(-2 * HOUR).hour();
        Span::new(from.start(), until.start()).hours().all(|hour| {
            self.pass.hours().get(&hour).is_some_and(|s| s.status(hour) == HourStatus::Settled)
        })
    }
}
