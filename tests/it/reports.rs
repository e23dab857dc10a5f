//! What the tests of digests share: a store, reports and the clock that their stage goes by.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clickwarden::click::Present;
use clickwarden::clock::{Clock, Span, Tick, duration_of};
use clickwarden::config::Config;
use clickwarden::digest::Digests;
use clickwarden::message::Content;
use clickwarden::stage::Step;
use clickwarden::store::{Changes, FetchedAnswer, Lease, LeaseClaim, Owner, Store};
use clickwarden::sync_state::hour::{Acceptance, HourState, Seen};
use clickwarden::sync_state::progress::Progress;
use tokio::sync::watch;

use crate::program::Program;
use crate::support::{Row, clicks};

/// A store that somebody collects into, and the stage that tells of it.
pub struct Desk {
    pub program: Program,
    pub store: Store,
    pub clock: Clock,
    leases: BTreeMap<String, Lease>,
    config: watch::Sender<Arc<Config>>,
    stage: Digests,
}

/// A message in the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    pub id: String,
    pub sink: String,
    pub recipient: String,
    pub content: Content,
}

pub fn at(text: &str) -> Tick {
    Tick::parse(text).unwrap()
}

/// A sink that lines of JSON go to.
pub fn file_sink(name: &str, audience: &str) -> String {
    format!("[[sink]]\nname = {name:?}\ntype = \"file\"\npath = \"/tmp/nowhere\"\n{audience}\n")
}

/// A daily report at eight in Berlin, to the sink `soc`.
pub fn daily(more: &str) -> String {
    let sink = file_sink("soc", "shared = true");
    let report = "[[report]]\nname = \"daily\"\nschedule = \"0 8 * * *\"\n\
                  timezone = \"Europe/Berlin\"\nsinks = [\"soc\"]\n";
    format!("{sink}{report}{more}\n")
}

impl Desk {
    /// Tenants that were collected, and a configuration with `sections` besides.
    pub fn new(tenants: &[&str], now: Tick, sections: &str) -> Self {
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
        let leases = tenants.iter().map(lease).collect();
        let clock = Clock::manual(now);
        let (config, _) = watch::channel(Arc::new(load(&program)));
        let stage = Digests::new(store.clone(), clock.clone(), config.subscribe());
        Self { program, store, clock, leases, config, stage }
    }

    /// As on SIGHUP: the configuration's `before` is `after` now.
    pub fn reconfigure(&self, before: &str, after: &str) {
        let path = self.program.folder.path().join("clickwarden.toml");
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(before), "{text}");
        self.program.configure(&text.replace(before, after));
        self.config.send_replace(Arc::new(load(&self.program)));
    }

    /// A new process, which knows what is stored.
    pub fn restart(&mut self) {
        self.stage = Digests::new(self.store.clone(), self.clock.clone(), self.config.subscribe());
    }

    /// An accepted answer for the whole of `span`, whose hours are settled by it.
    pub fn fill(&self, tenant: &str, rows: &[Row], span: Span) {
        let batch = self.store.prepare(clicks(rows), Present::ALL);
        let settled =
            |at| HourState { seen: Some(Seen { at, ..Seen::default() }), ..HourState::default() };
        let states: Vec<_> =
            span.hours().map(|h| (h, settled(h.end().plus(i64::MAX / 4)))).collect();
        let hours = states.iter().map(|(hour, state)| (*hour, state)).collect();
        let changes = Changes { hours, progress: None };
        let lease = &self.leases[tenant];
        let now = self.clock.now();
        self.store
            .apply(
                lease,
                &FetchedAnswer { batch: &batch, window: span, acceptance: Acceptance::Accept },
                &changes,
                now,
            )
            .unwrap();
    }

    /// A pass that began then has run to its end.
    pub fn passed(&self, tenant: &str, began: Tick) {
        let progress = Progress {
            pass_began: Some(began),
            pass_ended: Some(began),
            whole_pass_began: Some(began),
            ..Progress::default()
        };
        let changes = Changes { hours: Vec::new(), progress: Some(&progress) };
        self.store.record(&self.leases[tenant], &changes).unwrap();
    }

    /// Lets the stage work until `until`; where `passes` is, every tenant is collected every five
    /// minutes.
    pub async fn run_until(&mut self, until: Tick, passes: Passes) {
        while self.clock.now() < until {
            let now = self.clock.now();
            if passes == Passes::End {
                let began = now.floor(5 * clickwarden::clock::MINUTE);
                let tenants: Vec<String> = self.leases.keys().cloned().collect();
                tokio::task::block_in_place(|| {
                    for tenant in &tenants {
                        self.passed(tenant, began);
                    }
                });
            }
            match self.stage.step().await {
                Step::Worked => {}
                Step::Idle { until: next } => {
                    assert!(next > now, "it would step for ever");
                    self.clock.advance(duration_of(next.min(until).since(now)));
                }
            }
        }
    }

    /// All that was ever posted, oldest first.
    pub fn posted(&self) -> Vec<Posted> {
        posted(&self.program)
    }

    /// The windows of all that was ever posted.
    pub fn windows(&self) -> Vec<(String, String)> {
        let text =
            |posted: &Posted, key: &str| posted.content.data[key].as_str().unwrap().to_owned();
        self.posted().iter().map(|one| (text(one, "from"), text(one, "until"))).collect()
    }
}

/// All that was ever posted into a program's outbox, oldest first.
pub fn posted(program: &Program) -> Vec<Posted> {
    let conn = rusqlite::Connection::open(program.store_path()).unwrap();
    let mut statement = conn
        .prepare(
            "SELECT message, sink, recipient, body FROM outbox \
             JOIN content ON content.id = outbox.content ORDER BY seq",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        let body: Vec<u8> = row.get(3)?;
        Ok(Posted {
            id: row.get(0)?,
            sink: row.get(1)?,
            recipient: row.get(2)?,
            content: serde_json::from_slice(&body).unwrap(),
        })
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Whether passes end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    End,
    Fail,
}

fn load(program: &Program) -> Config {
    Config::load(Some(&program.folder.path().join("clickwarden.toml")), []).unwrap()
}
