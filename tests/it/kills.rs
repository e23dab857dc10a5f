//! SIGKILL between every two steps of claim, send and settle: the real daemon, killed from the
//! receiver's side, from the store's side and at random moments, again and again.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clickwarden::store::{MessageState, Store};
use rusqlite::{Connection, OpenFlags};

use crate::delivering::{enqueue, until, webhook};
use crate::ledger::{Point, Receiver};
use crate::program::Program;
use crate::stand::signal;

/// When the daemon is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    /// The store shows a message as being sent.
    Claimed,
    /// Nothing of the request was read yet.
    Connected,
    /// The request arrived.
    Arrived,
    /// Half of the answer is on its way.
    HalfAnswered,
    /// All of it is.
    Answered,
    /// The store shows one more message as accepted.
    AttemptResult,
    /// Whenever.
    Random,
}

const KILLS: [Kill; 7] = [
    Kill::Claimed,
    Kill::Connected,
    Kill::Arrived,
    Kill::HalfAnswered,
    Kill::Answered,
    Kill::AttemptResult,
    Kill::Random,
];
/// Messages that are posted before each start.
const AT_ONCE: usize = 2;

/// How often it is killed: more in the long lane.
pub fn rounds(usual: usize) -> usize {
    std::env::var("CLICKWARDEN_KILLS").map_or(usual, |count| count.parse().unwrap())
}

/// How often it was killed, by why.
pub type Killed = Arc<Mutex<BTreeMap<String, usize>>>;

/// A daemon that several threads may kill, and how often that was done.
#[derive(Clone)]
pub struct Victim {
    child: Arc<Mutex<Child>>,
    killed: Killed,
}

impl Victim {
    pub fn start(mut run: Command, killed: &Killed) -> Self {
        let child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child: Arc::new(Mutex::new(child)), killed: killed.clone() }
    }

    pub fn kill(&self, why: impl Debug) {
        let mut child = self.child.lock().unwrap();
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
            *self.killed.lock().unwrap().entry(format!("{why:?}")).or_default() += 1;
        }
    }

    /// Ends it as a service manager does.
    pub fn stop(self) {
        let mut child = self.child.lock().unwrap();
        signal(&child, "TERM");
        let ended = child.wait().unwrap();
        assert!(ended.success(), "{ended}");
    }

    pub fn is_dead(&self) -> bool {
        self.child.lock().unwrap().try_wait().unwrap().is_some()
    }
}

/// What the store shows, seen from beside: attempts begun, and messages accepted.
pub fn shown(store: &Connection) -> (i64, i64) {
    let sql = "SELECT ifnull(sum(attempts), 0), count(*) FILTER (WHERE state = 2) FROM outbox";
    let mut shown = store.prepare_cached(sql).unwrap();
    shown.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

/// Starts the daemon, which has `at_once` messages to send, and kills it at one point.
pub fn strike(
    kill: Kill,
    at_once: usize,
    start: impl FnOnce() -> Victim,
    receiver: &Receiver,
    store: &Connection,
    random: &mut fastrand::Rng,
) {
    let (attempts, accepted) = shown(store);
    let (point, nth) = match kill {
        Kill::Claimed => {
            let victim = start();
            until("a claim", || shown(store).0 > attempts, String::new);
            return victim.kill(kill);
        }
        Kill::AttemptResult => {
            let victim = start();
            until("a message accepted", || shown(store).1 > accepted, String::new);
            return victim.kill(kill);
        }
        Kill::Random => {
            let victim = start();
            std::thread::sleep(Duration::from_millis(random.u64(0..150)));
            return victim.kill(kill);
        }
        Kill::Connected => (Point::Connected, 1),
        // Not always at the first message.
        Kill::Arrived => (Point::Arrived, random.usize(1..=at_once)),
        Kill::HalfAnswered => (Point::Half, random.usize(1..=at_once)),
        Kill::Answered => (Point::Answered, random.usize(1..=at_once)),
    };
    // The receiver waits with the rest of the exchange until it knows whom to kill.
    let victim: Arc<Mutex<Option<Victim>>> = Arc::default();
    let (mut left, other) = (nth, victim.clone());
    let mut known = victim.lock().unwrap();
    receiver.ask(move |reached| {
        left -= usize::from(reached == point && left > 0);
        if left > 0 {
            return true;
        }
        if let Some(victim) = other.lock().unwrap().as_ref() {
            victim.kill(kill);
        }
        false
    });
    let victim = known.insert(start()).clone();
    drop(known);
    until("the kill", || victim.is_dead(), || format!("{kill:?}"));
    receiver.ask(|_| true);
}

#[test]
fn a_daemon_that_is_killed_loses_nothing_and_sends_one_twice_at_most() {
    let receiver = Receiver::start("HTTP/1.1 204 No Content");
    let program = Program::offline();
    program.configure_also(&webhook(&program, "soc", &receiver.url));
    let store = Store::open(&program.store_path()).unwrap();
    let beside =
        Connection::open_with_flags(program.store_path(), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let (beside, mut random) = (beside.unwrap(), fastrand::Rng::with_seed(5));
    let killed = Killed::default();
    let start = || Victim::start(program.command(&["run"]), &killed);
    let mut posted = Vec::new();
    for round in 0..rounds(42) {
        for n in 0..AT_ONCE {
            posted.push(format!("round{round}message{n}"));
            enqueue(&store, "soc", posted.last().unwrap());
        }
        let kill = KILLS[round % KILLS.len()];
        strike(kill, AT_ONCE, start, &receiver, &beside, &mut random);
    }
    // Nobody disturbs it any more.
    let last = start();
    until("the rest", || shown(&beside).1 == posted.len() as i64, String::new);
    last.stop();
    let kills: usize = killed.lock().unwrap().values().sum();
    let arrived = receiver.arrived();
    let mut bodies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for request in &arrived {
        bodies.entry(&request.id).or_default().push(&request.body);
    }
    for id in &posted {
        let bodies = bodies.get(id.as_str()).unwrap_or_else(|| panic!("{id} is lost"));
        assert!(bodies.iter().all(|body| body == &bodies[0]), "{id} differs: {bodies:?}");
    }
    let twice = arrived.len() - posted.len();
    assert_eq!(bodies.len(), posted.len(), "something arrived that was never posted");
    assert!(twice <= kills, "{twice} duplicates after {kills} kills");
    let messages = store.read(|snapshot| snapshot.messages(None)).unwrap();
    assert!(messages.iter().all(|message| message.state == MessageState::Accepted));
    let killed = killed.lock().unwrap();
    assert!(KILLS.iter().all(|kill| killed.contains_key(&format!("{kill:?}"))), "{killed:?}");
    eprintln!("{kills} kills ({killed:?}), {} messages, {twice} duplicates", posted.len());
}
