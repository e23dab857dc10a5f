//! What the tests of rules share: a store that somebody collects into, and the stage that alerts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clickwarden::click::{Present, Text};
use clickwarden::clock::{Clock, HOUR, Span, Tick, duration_of};
use clickwarden::config::Config;
use clickwarden::message::Content;
use clickwarden::rules::Alerts;
use clickwarden::stage::Step;
use clickwarden::store::{
    Alert, AlertState, Changes, FetchedAnswer, Lease, LeaseClaim, Owner, Store,
};
use clickwarden::sync_state::hour::Acceptance;
use clickwarden::sync_state::progress::Progress;
use tokio::sync::watch;

use crate::program::Program;
use crate::reports::{Posted, posted};
use crate::support::{Row, clicks};

/// Monday morning.
pub fn monday() -> Tick {
    Tick::parse("2026-11-23T09:00:00Z").unwrap()
}

/// A store, and the stage beside it.
pub struct Post {
    pub program: Program,
    pub store: Store,
    pub clock: Clock,
    leases: BTreeMap<String, Lease>,
    /// What the source shows now.
    rows: BTreeMap<String, Vec<Row>>,
    config: watch::Sender<Arc<Config>>,
    stage: Alerts,
    runtime: tokio::runtime::Runtime,
}

/// A sink that lines of JSON go to, and `[alerts]` that names it.
pub const SOC: &str = "[[sink]]\nname = \"soc\"\ntype = \"file\"\npath = \"/tmp/nowhere\"\n\
                       shared = true\n[alerts]\nsinks = [\"soc\"]\n";

/// A click of one user on one URL.
pub fn click(at: Tick, user: &str, url: &str, action: &str) -> Row {
    Row::new(at, url, action)
        .with(Text::AccountUpn, user)
        .with(Text::ReportId, &format!("{}-{user}", at.0))
}

/// One that went on past a warning.
pub fn through(at: Tick, user: &str, url: &str, action: &str) -> Row {
    let mut row = click(at, user, url, action);
    row.clicked_through = Some(true);
    row
}

impl Post {
    /// Tenants whose first pass began two days ago, and a configuration with `sections` besides.
    pub fn new(tenants: &[&str], sections: &str) -> Self {
        Self::at(monday(), tenants, sections)
    }

    /// The same by the machine's clock, which the program goes by.
    pub fn now(tenants: &[&str], sections: &str) -> Self {
        Self::at(Clock::System.now(), tenants, sections)
    }

    fn at(now: Tick, tenants: &[&str], sections: &str) -> Self {
        let program = Program::of(tenants, "http://127.0.0.1:9");
        program.configure_also(sections);
        let store = Store::open(&program.store_path()).unwrap();
        let ttl = Duration::from_hours(24 * 4_000);
        let lease = |name: &&str| {
            let tenant = store.tenant(name).unwrap();
            match store.lease(tenant, &Owner::here(), ttl, now).unwrap() {
                LeaseClaim::Granted(lease) => ((*name).to_owned(), lease),
                LeaseClaim::Taken { by, .. } => panic!("held by {by:?}"),
            }
        };
        let leases: BTreeMap<String, Lease> = tenants.iter().map(lease).collect();
        let clock = Clock::manual(now);
        let (config, _) = watch::channel(Arc::new(load(&program)));
        let stage = Alerts::new(store.clone(), clock.clone(), config.subscribe());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let rows = BTreeMap::new();
        let post = Self { program, store, clock, leases, rows, config, stage, runtime };
        for name in tenants {
            post.pass(name, Some(now.plus(-48 * HOUR)));
        }
        post
    }

    /// A pass began and ended now.
    pub fn pass(&self, tenant: &str, first: Option<Tick>) {
        let now = self.clock.now();
        let known = self.store.load(self.leases[tenant].tenant()).unwrap().0;
        let progress = Progress {
            first_pass: first.or(known.first_pass),
            pass_began: Some(now),
            pass_ended: Some(now),
            whole_pass_began: Some(now),
            ..known
        };
        let changes = Changes { hours: Vec::new(), progress: Some(&progress) };
        self.store.record(&self.leases[tenant], &changes).unwrap();
    }

    /// The source shows these, too, from now on: a pass brings them.
    pub fn bring(&mut self, tenant: &str, rows: &[Row]) {
        self.rows.entry(tenant.to_owned()).or_default().extend(rows.iter().cloned());
        self.collect(tenant);
    }

    /// The source shows this instead of what it showed.
    pub fn show(&mut self, tenant: &str, change: impl FnOnce(&mut Vec<Row>)) {
        change(self.rows.entry(tenant.to_owned()).or_default());
        self.collect(tenant);
    }

    /// An accepted answer for the whole of a window.
    pub fn answer(&self, tenant: &str, rows: &[Row], window: Span) {
        let batch = self.store.prepare(clicks(rows), Present::ALL);
        let (lease, now) = (&self.leases[tenant], self.clock.now());
        let changes = Changes::default();
        self.store
            .apply(
                lease,
                &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
                &changes,
                now,
            )
            .unwrap();
    }

    fn collect(&self, tenant: &str) {
        let (rows, now) = (&self.rows[tenant], self.clock.now());
        let from = rows.iter().map(|row| row.at).min().unwrap_or(now).plus(-HOUR);
        self.answer(tenant, rows, Span::new(from, now.plus(HOUR)));
        self.pass(tenant, None);
    }

    /// One step of the stage.
    pub fn step(&mut self) -> Step {
        self.runtime.block_on(self.stage.step())
    }

    /// Lets the stage work as long as there is something to do now.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            if let Step::Idle { until } = self.step() {
                assert!(until > self.clock.now(), "it would step for ever");
                return;
            }
        }
        panic!("it never rests");
    }

    /// Lets time pass, the stage working whenever it wants to.
    pub fn wait(&mut self, ticks: i64) {
        let until = self.clock.now().plus(ticks);
        while self.clock.now() < until {
            if let Step::Idle { until: next } = self.step() {
                // It looks every few seconds; nothing changes in between but time.
                let next = next.max(self.clock.now().plus(5 * clickwarden::clock::MINUTE));
                let wait = next.min(until).since(self.clock.now());
                self.clock.advance(duration_of(wait));
            }
        }
        self.settle();
    }

    /// A new process, which knows what is stored.
    pub fn restart(&mut self) {
        self.stage = Alerts::new(self.store.clone(), self.clock.clone(), self.config.subscribe());
    }

    /// As on SIGHUP: `sections` stand instead of those that stood there.
    pub fn reconfigure(&self, before: &str, after: &str) {
        let path = self.program.folder.path().join("clickwarden.toml");
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(before), "{text}");
        self.program.configure(&text.replace(before, after));
        self.config.send_replace(Arc::new(load(&self.program)));
    }

    /// Every alert, the oldest first.
    pub fn alerts(&self) -> Vec<Alert> {
        let read = self.store.read(|snapshot| {
            let mut alerts = snapshot.alerts()?;
            alerts.reverse();
            Ok(alerts)
        });
        read.unwrap()
    }

    /// The rules of the open alerts, in order.
    pub fn open(&self) -> Vec<String> {
        let open = self.alerts().into_iter().filter(|alert| alert.state == AlertState::Open);
        let mut rules: Vec<String> = open.map(|alert| alert.rule).collect();
        rules.sort();
        rules
    }

    /// All that was ever posted, oldest first.
    pub fn posted(&self) -> Vec<Posted> {
        posted(&self.program)
    }

    /// The alerts of all that was ever posted: number of the alert, number of the message.
    pub fn told(&self) -> Vec<(i64, i64)> {
        let number = |alert: &serde_json::Value, key: &str| alert[key].as_i64().unwrap();
        let alerts = |content: &Content| content.data["alerts"].as_array().unwrap().clone();
        self.posted()
            .iter()
            .flat_map(|posted| alerts(&posted.content))
            .map(|alert| (number(&alert, "Id"), number(&alert, "Number")))
            .collect()
    }
}

pub fn load(program: &Program) -> Config {
    Config::load(Some(&program.folder.path().join("clickwarden.toml")), []).unwrap()
}
