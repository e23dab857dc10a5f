//! What several tests share: a store in a folder of its own, and clicks to put into it.

use std::ops::ControlFlow;
use std::time::Duration;

use clickwarden::click::selection::Selection;
use clickwarden::click::{Click, Clicks, Present, Text};
use clickwarden::clock::{Clock, Span, Tick};
use clickwarden::store::{
    Applied, Changes, ClickFilter, FetchedAnswer, Lease, LeaseClaim, Owner, RowState, Store,
    TenantKey, Withdrawn,
};
use clickwarden::sync_state::hour::Acceptance;

/// 2026-07-19T22:00:00Z.
pub const NOW: Tick = Tick::from_unix_seconds(1_784_498_400);

/// An open store, the folder it lives in, and a lease on one tenant.
pub struct Place {
    pub store: Store,
    pub lease: Lease,
    _dir: tempfile::TempDir,
}

pub fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("c.db")).unwrap();
    let tenant = store.tenant("contoso").unwrap();
    let lease = lease(&store, tenant);
    Place { store, lease, _dir: dir }
}

pub fn lease(store: &Store, tenant: TenantKey) -> Lease {
    lease_at(store, tenant, NOW)
}

/// A lease by the machine's clock.
pub fn lease_now(store: &Store, tenant: TenantKey) -> Lease {
    lease_at(store, tenant, Clock::System.now())
}

fn lease_at(store: &Store, tenant: TenantKey, now: Tick) -> Lease {
    match store.lease(tenant, &Owner::here(), Duration::from_mins(2), now).unwrap() {
        LeaseClaim::Granted(lease) => lease,
        LeaseClaim::Taken { by, .. } => panic!("held by {by:?}"),
    }
}

/// A click that owns its texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub at: Tick,
    pub texts: [String; Text::COUNT],
    pub clicked_through: Option<bool>,
    pub extra: String,
}

impl Row {
    pub fn new(at: Tick, url: &str, action: &str) -> Self {
        let mut row = Self {
            at,
            texts: std::array::from_fn(|_| String::new()),
            clicked_through: Some(false),
            extra: String::new(),
        };
        for (column, text) in [
            (Text::Url, url),
            (Text::ActionType, action),
            (Text::AccountUpn, "Alice@contoso.example"),
            (Text::Workload, "Email"),
            (Text::NetworkMessageId, "0a1b2c3d-0000-4000-8000-00000000beef"),
            (Text::IPAddress, "192.0.2.7"),
            (Text::ReportId, "0a1b2c3d-0000-4000-8000-00000000cafe"),
            (Text::UrlChain, &format!("[\"{url}\"]")),
        ] {
            row.set(column, text);
        }
        row
    }

    pub fn set(&mut self, column: Text, text: &str) {
        text.clone_into(&mut self.texts[column as usize]);
    }

    pub fn with(mut self, column: Text, text: &str) -> Self {
        self.set(column, text);
        self
    }

    pub fn text(&self, column: Text) -> &str {
        &self.texts[column as usize]
    }

    pub fn click(&self) -> Click<'_> {
        Click {
            timestamp: self.at,
            texts: self.texts.each_ref().map(String::as_str),
            is_clicked_through: self.clicked_through,
            extra: &self.extra,
        }
    }

    pub fn of(click: &Click<'_>) -> Self {
        Self {
            at: click.timestamp,
            texts: click.texts.map(str::to_owned),
            clicked_through: click.is_clicked_through,
            extra: click.extra.to_owned(),
        }
    }
}

pub fn clicks(rows: &[Row]) -> Clicks {
    rows.iter().map(Row::click).collect()
}

impl Place {
    pub fn tenant(&self) -> TenantKey {
        self.lease.tenant()
    }

    pub fn apply(&self, rows: &[Row], window: Span, verdict: Acceptance, now: Tick) -> Applied {
        self.apply_present(rows, Present::ALL, window, verdict, now)
    }

    pub fn apply_present(
        &self,
        rows: &[Row],
        present: Present,
        window: Span,
        verdict: Acceptance,
        now: Tick,
    ) -> Applied {
        let batch = self.store.prepare(clicks(rows), present);
        let changes = Changes::default();
        self.store
            .apply(
                &self.lease,
                &FetchedAnswer { batch: &batch, window, acceptance: verdict },
                &changes,
                now,
            )
            .unwrap()
    }

    /// Every row, withdrawn ones too, newest first.
    pub fn all(&self) -> Vec<(Row, RowState, Tick)> {
        self.find(|_| ())
    }

    /// The rows that a filter for everything finds after `narrow` narrowed it.
    pub fn find(&self, narrow: impl Fn(&mut ClickFilter)) -> Vec<(Row, RowState, Tick)> {
        let mut filter = ClickFilter {
            tenants: vec![self.tenant()],
            span: Span::new(Tick(0), Tick(i64::MAX / 2)),
            selection: Selection::default(),
            withdrawn: Withdrawn::Show,
        };
        narrow(&mut filter);
        let mut rows = Vec::new();
        self.store
            .read(|snapshot| {
                snapshot.clicks(&filter, |stored| {
                    rows.push((Row::of(&stored.click), stored.state, stored.first_stored));
                    ControlFlow::Continue(())
                })
            })
            .unwrap();
        rows
    }

    pub fn live(&self) -> Vec<Row> {
        let rows = self.all().into_iter().filter(|(_, state, _)| *state == RowState::Live);
        let mut rows: Vec<Row> = rows.map(|(row, ..)| row).collect();
        rows.sort();
        rows
    }
}
