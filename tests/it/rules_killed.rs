//! SIGKILL between every two steps from a click to its alert: the real daemon collects from a
//! simulated tenant, judges, tells and delivers, and is killed on the way, again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clickwarden::clock::{Clock, DAY, Span, Tick};
use clickwarden::kql::{add_click, click_table};
use clickwarden::store::{AlertState, Store};
use rusqlite::Connection;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::alerting::{click, through};
use crate::delivering::until;
use crate::kills::{Kill, Killed, Victim, rounds, shown, strike};
use crate::ledger::{Arrived, Receiver};
use crate::stand::Stand;
use crate::tenants::file;

/// When the daemon is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// It asks the source.
    Asks,
    /// Clicks are stored, and no rule has looked at them.
    Collected,
    /// There are alerts, and nothing is told of them.
    Judged,
    /// There is a message, and nobody has begun to send it.
    Told,
    /// While it is sent.
    Sends(Kill),
    /// Whenever.
    Whenever,
}

const MOMENTS: [Moment; 11] = [
    Moment::Asks,
    Moment::Collected,
    Moment::Judged,
    Moment::Told,
    Moment::Sends(Kill::Claimed),
    Moment::Sends(Kill::Connected),
    Moment::Sends(Kill::Arrived),
    Moment::Sends(Kill::HalfAnswered),
    Moment::Sends(Kill::Answered),
    Moment::Sends(Kill::AttemptResult),
    Moment::Whenever,
];
/// How many people click past a block before each start.
const AT_ONCE: usize = 2;

/// The daemon, whom it asks, whom it tells, and a look at its store from beside.
struct Place {
    runtime: Runtime,
    stand: Stand,
    receiver: Receiver,
    beside: Connection,
    killed: Killed,
    random: fastrand::Rng,
    people: BTreeSet<String>,
}

impl Place {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let receiver = Receiver::start("HTTP/1.1 204 No Content");
        let collect = "interval = \"1s\"";
        let stand = runtime.block_on(Stand::new(click_table(30 * DAY), collect));
        let url = file(&stand.dir, "url", &receiver.url, 0o600);
        let text = stand.config_text(&stand.tenant.url(), collect);
        let sections = format!(
            "[[sink]]\nname = \"soc\"\ntype = \"webhook\"\nurl_file = {url:?}\n\
             [alerts]\nsinks = [\"soc\"]\ngroup_interval = \"0s\"\n"
        );
        std::fs::write(stand.config(), format!("{text}{sections}")).unwrap();
        // Clicks from before the first pass are history, and no news.
        assert!(stand.run(&["sync"]).status.success());
        let beside = Connection::open(stand.database()).unwrap();
        beside.busy_timeout(Duration::from_mins(1)).unwrap();
        let (killed, random) = (Killed::default(), fastrand::Rng::with_seed(7));
        Self { runtime, stand, receiver, beside, killed, random, people: BTreeSet::new() }
    }

    fn start(&self) -> Victim {
        Victim::start(self.stand.command(&["run"]), &self.killed)
    }

    /// Somebody nobody has heard of goes on past a block of a link of their own.
    fn past_a_block(&mut self) {
        let user = format!("u{}@contoso.example", self.people.len());
        let url = format!("https://evil-{}.example/login", self.people.len());
        let now = Clock::System.now();
        let met = click(now, &user, &url, "ClickBlocked");
        let past = through(now.plus(1), &user, &url, "ClickBlocked");
        self.stand.tenant.write(|table| {
            for row in [met, past] {
                add_click(table, &row.click(), Span::new(row.at, Tick(i64::MAX)));
            }
        });
        self.people.insert(user);
    }

    /// How many rows a table has ever had.
    fn ever(&self, table: &str) -> i64 {
        let sql = "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = ?1";
        self.beside.query_row(sql, [table], |row| row.get(0)).unwrap()
    }

    fn strike(&mut self, moment: Moment) {
        match moment {
            Moment::Asks => self.strike_as_it_asks(),
            Moment::Collected => self.strike_before("INSERT ON alert", "touched", moment),
            Moment::Judged => self.strike_before("INSERT ON outbox", "alert", moment),
            Moment::Told => self.strike_unsent(),
            Moment::Sends(kill) => {
                let (killed, stand) = (self.killed.clone(), &self.stand);
                let start = || Victim::start(stand.command(&["run"]), &killed);
                strike(kill, 1, start, &self.receiver, &self.beside, &mut self.random);
            }
            Moment::Whenever => {
                let victim = self.start();
                std::thread::sleep(Duration::from_millis(self.random.u64(0..1_500)));
                victim.kill(moment);
            }
        }
    }

    /// The source waits with an answer until it knows whom to kill.
    fn strike_as_it_asks(&mut self) {
        let victim: Arc<Mutex<Option<Victim>>> = Arc::default();
        let (mut left, other) = (self.random.usize(1..=3), victim.clone());
        let mut known = victim.lock().unwrap();
        self.stand.tenant.script_faults(move |_, _| {
            left = left.saturating_sub(1);
            if left == 0
                && let Some(victim) = other.lock().unwrap().as_ref()
            {
                victim.kill(Moment::Asks);
            }
            None
        });
        let started = known.insert(self.start()).clone();
        drop(known);
        until("the kill", || started.is_dead(), String::new);
        self.stand.tenant.behave();
    }

    /// Kills it once `table` has a new row. What comes next fails until then, as with a full disk.
    fn strike_before(&self, step: &str, table: &str, moment: Moment) {
        self.set(&format!(
            "CREATE TRIGGER held BEFORE {step} BEGIN SELECT RAISE(ABORT, 'held'); END"
        ));
        self.strike_after(table, moment);
        self.set("DROP TRIGGER held");
    }

    /// Kills it once there is a message, which waits as if the sink had asked for it.
    fn strike_unsent(&self) {
        let (now, hour) = (Clock::System.now().0, clickwarden::clock::HOUR);
        self.set(&format!("INSERT OR REPLACE INTO sink VALUES ('soc', NULL, {now}, {hour}, '')"));
        self.strike_after("outbox", Moment::Told);
        self.set("DELETE FROM sink");
    }

    fn strike_after(&self, table: &str, moment: Moment) {
        let (before, victim) = (self.ever(table), self.start());
        until("a new row", || self.ever(table) > before, || format!("{table}: {before}"));
        victim.kill(moment);
        assert!(self.stands_between(moment), "{moment:?}");
    }

    fn set(&self, sql: &str) {
        self.beside.execute_batch(sql).unwrap();
    }

    /// Whether the store is as it must be at a moment: one step done, the next not.
    fn stands_between(&self, moment: Moment) -> bool {
        let sql = match moment {
            Moment::Collected => "SELECT 1 FROM touched",
            Moment::Judged => "SELECT 1 FROM alert_sink WHERE pending = 1 AND notified = 0",
            _ => "SELECT 1 FROM outbox WHERE state = 0 AND attempts = 0",
        };
        self.beside.prepare(sql).unwrap().exists([]).unwrap()
    }

    /// Lets it work off what there is, undisturbed.
    fn recover(&self) {
        if self.is_done() {
            return;
        }
        let undisturbed = self.start();
        let more = || format!("{} of {} cases", self.ever("alert"), self.people.len());
        until("the rest", || self.is_done(), more);
        undisturbed.stop();
    }

    fn kills(&self) -> usize {
        self.killed.lock().unwrap().values().sum()
    }

    /// Whether every one of the people has an alert, and everything is told and delivered.
    fn is_done(&self) -> bool {
        let open = |sql: &str| self.beside.prepare(sql).unwrap().exists([]).unwrap();
        self.ever("alert") >= self.people.len() as i64
            && !open("SELECT 1 FROM alert_sink WHERE pending > 0")
            && !open("SELECT 1 FROM outbox WHERE state <> 2")
    }
}

/// What arrived, each message once. Fails if two of the same id differ.
fn messages(arrived: &[Arrived]) -> BTreeMap<&str, Value> {
    let mut bodies: BTreeMap<&str, &str> = BTreeMap::new();
    for one in arrived {
        let first = bodies.entry(&one.id).or_insert(&one.body);
        assert_eq!(*first, one.body, "{} differs", one.id);
    }
    bodies.into_iter().map(|(id, body)| (id, serde_json::from_str(body).unwrap())).collect()
}

/// Fails unless everybody was told of in one message, as the first of their alert.
fn each_is_told_of_once(people: &BTreeSet<String>, messages: &BTreeMap<&str, Value>) {
    let mut told: Vec<(String, i64)> = Vec::new();
    let mut keys = BTreeSet::new();
    for (id, message) in messages {
        assert_eq!(message["id"], *id);
        for alert in message["data"]["content"]["alerts"].as_array().unwrap() {
            let user = alert["User"].as_str().unwrap().to_owned();
            told.push((user, alert["Number"].as_i64().unwrap()));
            keys.insert(alert["Key"].as_str().unwrap().to_owned());
        }
    }
    told.sort();
    let expect: Vec<(String, i64)> = people.iter().map(|user| (user.clone(), 1)).collect();
    assert_eq!(told, expect);
    assert_eq!(keys.len(), people.len(), "two cases have the same key");
}

#[test]
fn a_daemon_that_is_killed_loses_no_alert_and_tells_one_twice_at_most() {
    let mut place = Place::new();
    for round in 0..rounds(MOMENTS.len() * 2) {
        for _ in 0..AT_ONCE {
            place.past_a_block();
        }
        place.strike(MOMENTS[round % MOMENTS.len()]);
        // Now and then the next one comes upon what was left.
        if place.random.bool() {
            place.recover();
        }
        let arrived = place.receiver.arrived();
        let twice = arrived.len() - messages(&arrived).len();
        assert!(twice <= place.kills(), "{twice} duplicates after {} kills", place.kills());
    }
    place.past_a_block();
    place.recover();
    let arrived = place.receiver.arrived();
    let messages = messages(&arrived);
    each_is_told_of_once(&place.people, &messages);
    let store = Store::open_read_only(&place.stand.database()).unwrap();
    let users = store.read(|snapshot| {
        let alerts = snapshot.alerts()?;
        assert!(alerts.iter().all(|alert| alert.state == AlertState::Open));
        Ok(alerts.into_iter().filter_map(|alert| alert.group.user).collect::<Vec<_>>())
    });
    let users = users.unwrap();
    assert_eq!(users.len(), place.people.len());
    assert!(place.people.iter().eq(users.iter().collect::<BTreeSet<_>>()));
    assert_eq!(shown(&place.beside).1, messages.len() as i64, "all of them arrived");
    let (kills, twice) = (place.kills(), arrived.len() - messages.len());
    let killed = place.killed.lock().unwrap().clone();
    eprintln!(
        "{kills} kills ({killed:?}), {} alerts in {} messages, {twice} duplicates",
        users.len(),
        messages.len()
    );
    assert_eq!(killed.len(), MOMENTS.len(), "{killed:?}");
    drop(place.runtime);
}
