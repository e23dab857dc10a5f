//! The simulated source: rows that come late, change and go, and the ways in which calls fail.

use clickwarden::click::{Action, Click, Clicks, Text};
use clickwarden::clock::{HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::collect::{
    Bins, CallFailure, Column, ColumnKind, Count, Counted, Expected, Fetch,
};
use clickwarden::sync_state::fingerprint::{Fingerprint, Measure, Measures, Taker};

/// One version of a row: shown from `from` on, until `until`.
#[derive(Clone, Debug)]
pub struct Row {
    pub at: Tick,
    pub url: String,
    pub action: &'static str,
    pub user: String,
    pub threat: String,
    pub clicked_through: Option<bool>,
    pub report: String,
    pub from: Tick,
    pub until: Tick,
}

impl Row {
    pub fn click(&self, columns: Columns) -> Click<'_> {
        let mut texts = [""; Text::COUNT];
        texts[Text::Url as usize] = &self.url;
        texts[Text::ActionType as usize] = self.action;
        texts[Text::AccountUpn as usize] = &self.user;
        texts[Text::ReportId as usize] = &self.report;
        if columns.threat {
            texts[Text::ThreatTypes as usize] = &self.threat;
        }
        Click { timestamp: self.at, texts, is_clicked_through: self.clicked_through, extra: "" }
    }

    fn shown(&self, now: Tick) -> bool {
        self.from <= now && now < self.until
    }
}

/// Which of the columns that come and go the table has.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    pub threat: bool,
    pub app: bool,
}

/// What the source does to one call.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    Fails(CallFailure),
    /// `results: null`.
    Null,
    /// Every n-th row is left out of a fetch.
    Drops(usize),
    /// The first row of a fetch comes twice.
    Doubles,
    /// Nothing is found, with status 200.
    Empty,
    /// A row from the hour before the window comes with every fetch.
    Stray,
}

pub struct Source {
    /// Sorted by time.
    pub rows: Vec<Row>,
    pub columns: Columns,
    /// Rows that one answer may hold: more is a size error.
    pub cap: usize,
    /// Hours in which every fetch comes too late, in whole hours since the epoch.
    pub slow_hours: Vec<i64>,
    /// Rows that counts show and fetches never do, by report id.
    pub hidden: Vec<String>,
}

impl Source {
    pub fn new(mut rows: Vec<Row>) -> Self {
        rows.sort_by_key(|row| row.at);
        let columns = Columns { threat: true, app: false };
        Self { rows, columns, cap: 100_000, slow_hours: Vec::new(), hidden: Vec::new() }
    }

    pub fn add(&mut self, row: Row) {
        let at = self.rows.partition_point(|other| other.at <= row.at);
        self.rows.insert(at, row);
    }

    pub fn shown(&self, span: Span, now: Tick) -> impl Iterator<Item = &Row> {
        let first = self.rows.partition_point(|row| row.at < span.from);
        let last = self.rows.partition_point(|row| row.at < span.until);
        self.rows[first..last.max(first)].iter().filter(move |row| row.shown(now))
    }

    pub fn columns(&self) -> Vec<Column> {
        let text = |name: &str| Column { name: name.into(), kind: ColumnKind::Text };
        let mut all: Vec<Column> =
            Text::ALL[..Text::IDENTITY].iter().map(|t| text(t.name())).collect();
        all.push(Column { name: "Timestamp".into(), kind: ColumnKind::Other });
        all.push(Column { name: "IsClickedThrough".into(), kind: ColumnKind::Other });
        if self.columns.threat {
            all.push(text("ThreatTypes"));
        }
        if self.columns.app {
            all.push(text("AppName"));
        }
        all
    }

    pub fn has(&self, name: &str) -> bool {
        self.columns().iter().any(|column| column.name == name)
    }

    pub fn count(
        &self,
        count: &Count,
        measures: &[(usize, &Measure)],
        now: Tick,
        fault: Option<&Fault>,
    ) -> Result<Option<Counted>, CallFailure> {
        match fault {
            Some(Fault::Fails(failure)) => return Err(failure.clone()),
            Some(Fault::Null) => return Ok(None),
            Some(Fault::Empty) => return Ok(Some(Vec::new())),
            _ => {}
        }
        if let Some((_, gone)) = measures.iter().find(|(_, m)| !self.has(&m.column)) {
            return Err(CallFailure::Schema(format!("no column {}", gone.column)));
        }
        let last = measures.iter().map(|(place, _)| place + 1).max().unwrap_or(0);
        let mut all = Measures(vec![
            Measure {
                column: String::new(),
                kind: clickwarden::sync_state::fingerprint::MeasureKind::Set
            };
            last
        ]);
        for (place, measure) in measures {
            all.0[*place] = (*measure).clone();
        }
        let taker = Taker::new(&all, |name| !name.is_empty());
        let mut counted: Counted = Vec::new();
        for row in self.shown(count.span, now) {
            let span = bin(count, row.at);
            if counted.last().is_none_or(|cell| cell.span != span) {
                counted.push(Expected { span, count: Fingerprint::default() });
            }
            let click = row.click(self.columns);
            taker.add(&mut counted.last_mut().unwrap().count, &click, Action::of(row.action));
        }
        // What was not asked for is not in the answer.
        for cell in &mut counted {
            for place in (0..last).filter(|p| !measures.iter().any(|(asked, _)| asked == p)) {
                cell.count.set(place, clickwarden::sync_state::fingerprint::Sum::New);
            }
        }
        Ok(Some(counted))
    }

    /// The rows of a window, or `None` for an answer without `results`.
    pub fn fetch(
        &self,
        fetch: &Fetch,
        now: Tick,
        fault: Option<&Fault>,
    ) -> Result<Option<Clicks>, CallFailure> {
        let window = fetch.window;
        if window.hours().any(|hour| self.slow_hours.contains(&hour.0)) {
            return Err(CallFailure::Slow);
        }
        match fault {
            Some(Fault::Fails(failure)) => return Err(failure.clone()),
            Some(Fault::Null) => return Ok(None),
            Some(Fault::Empty) => return Ok(Some(Clicks::default())),
            _ => {}
        }
        let rows: Vec<&Row> =
            self.shown(window, now).filter(|row| !self.hidden.contains(&row.report)).collect();
        let parts = if fetch.split == clickwarden::collect::Split::ByReportId { 17 } else { 1 };
        if rows.len() > self.cap * parts {
            return Err(CallFailure::TooBig);
        }
        let mut clicks: Vec<Click> = rows.iter().map(|row| row.click(self.columns)).collect();
        match fault {
            Some(Fault::Drops(nth)) => {
                let mut place = 0;
                clicks.retain(|_| {
                    place += 1;
                    place % nth != 0
                });
            }
            Some(Fault::Stray) => clicks.push(Click {
                timestamp: window.from.plus(-HOUR),
                ..self.rows[0].click(self.columns)
            }),
            Some(Fault::Doubles) => clicks.extend(clicks.first().copied()),
            _ => {}
        }
        Ok(Some(clicks.into_iter().collect()))
    }
}

fn bin(count: &Count, at: Tick) -> Span {
    let every = |step: i64| Span::new(at.floor(step), at.floor(step).plus(step));
    match count.bins {
        Bins::Hour => at.hour().span(),
        Bins::Minute => every(MINUTE),
        Bins::Second => every(SECOND),
        Bins::Halves(middle) if at < middle => Span::new(count.span.from, middle),
        Bins::Halves(middle) => Span::new(middle, count.span.until),
        Bins::Whole => count.span,
    }
}
