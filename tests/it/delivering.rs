//! The daemon's outbox: what is enqueued arrives, whatever becomes of other sinks and of the
//! configuration meanwhile.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, HOUR, MINUTE};
use clickwarden::message::sample;
use clickwarden::store::{Delivery, MessageState, NewMessage, Priority, Store};

use crate::ledger;
use crate::program::Program;
use crate::stand::signal;
use crate::tenants::file;

/// Nothing here takes longer.
const LONGEST: Duration = Duration::from_mins(1);

/// The real daemon, and the store that it shares with the test.
pub struct Daemon {
    pub program: Program,
    pub child: Child,
    log: PathBuf,
}

impl Daemon {
    pub fn start(program: Program) -> Self {
        Self::start_with(program, &["run"])
    }

    pub fn start_with(program: Program, arguments: &[&str]) -> Self {
        Store::open(&program.store_path()).unwrap();
        let log = program.folder.path().join("log");
        let child = run(&program, &log, arguments);
        Self { program, child, log }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log holds `words`.
    pub fn says(&self, words: &str) {
        until(words, || self.log().contains(words), || self.log());
    }

    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Asks it to stop, which it must do in time.
    pub fn stop(&mut self) {
        let asked = Instant::now();
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success(), "{}", self.log());
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    }

    /// Begins it again.
    pub fn again(&mut self) {
        self.child = run(&self.program, &self.log, &["run"]);
    }

    pub fn store(&self) -> Store {
        Store::open(&self.program.store_path()).unwrap()
    }

    /// The lines that a sink's file has when it has `count`.
    fn lines(&self, sink: &str, count: usize) -> Vec<String> {
        let path = self.program.folder.path().join(sink);
        let lines = || {
            let text = fs::read_to_string(&path).unwrap_or_default();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        until(sink, || lines().len() >= count, || self.log());
        lines()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It fails only where the program has ended.
        let _ = (self.child.kill(), self.child.wait());
    }
}

fn run(program: &Program, log: &PathBuf, arguments: &[&str]) -> Child {
    let words = fs::File::options().create(true).append(true).open(log).unwrap();
    program.command(arguments).stdout(Stdio::null()).stderr(words).spawn().unwrap()
}

/// Waits for something that must come.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool, more: impl Fn() -> String) {
    let end = Instant::now() + LONGEST;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: {}", more());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A section for a sink that writes to the file of its name.
pub fn file_sink(program: &Program, name: &str) -> String {
    let path = program.folder.path().join(name);
    format!("[[sink]]\nname = {name:?}\ntype = \"file\"\npath = {path:?}\n")
}

/// A section for a sink that posts to `url`.
pub fn webhook(program: &Program, name: &str, url: &str) -> String {
    let url_file = file(&program.folder, &format!("url-{name}"), url, 0o600);
    format!("[[sink]]\nname = {name:?}\ntype = \"webhook\"\nurl_file = {url_file:?}\n")
}

/// Posts the sample to a sink as `message`.
pub fn enqueue(store: &Store, sink: &str, message: &str) {
    enqueue_to(store, sink, message, "");
}

pub fn enqueue_to(store: &Store, sink: &str, message: &str, recipient: &str) {
    let delivery = Delivery {
        message: message.to_owned(),
        sink: sink.to_owned(),
        recipient: recipient.to_owned(),
    };
    let message =
        NewMessage { content: &sample(), deliveries: &[delivery], priority: Priority::Digest };
    assert_eq!(store.enqueue(&message, Clock::System.now()).unwrap(), 1);
}

fn id(line: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    line["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_posted_arrives_also_what_was_posted_while_it_was_down() {
    let program = Program::offline();
    program.configure_also(&file_sink(&program, "soc"));
    enqueue(&Store::open(&program.store_path()).unwrap(), "soc", "before");
    let mut daemon = Daemon::start(program);
    assert_eq!(id(&daemon.lines("soc", 1)[0]), "before");
    enqueue(&daemon.store(), "soc", "meanwhile");
    assert_eq!(id(&daemon.lines("soc", 2)[1]), "meanwhile");
    daemon.stop();
    enqueue(&daemon.store(), "soc", "down");
    daemon.again();
    assert_eq!(id(&daemon.lines("soc", 3)[2]), "down");
    daemon.stop();
}

#[test]
fn sinks_come_and_go_with_the_configuration() {
    let program = Program::offline();
    let config = fs::read_to_string(program.folder.path().join("clickwarden.toml")).unwrap();
    let (soc, chat) = (file_sink(&program, "soc"), file_sink(&program, "chat"));
    program.configure(&format!("{config}{soc}"));
    let mut daemon = Daemon::start(program);
    let store = daemon.store();
    enqueue(&store, "chat", "early");
    enqueue(&store, "soc", "1");
    daemon.lines("soc", 1);
    // One more.
    daemon.program.configure(&format!("{config}{chat}{soc}"));
    daemon.signal("HUP");
    daemon.lines("chat", 1);
    // It changes.
    daemon.program.configure(&format!("{config}{chat}full_urls = true\n{soc}"));
    daemon.signal("HUP");
    daemon.says("begins anew sink=chat");
    enqueue(&store, "chat", "2");
    daemon.lines("chat", 2);
    // What is wrong with a sink changes nothing.
    let teams = webhook(&daemon.program, "teams", "").replace("webhook", "teams");
    daemon.program.configure(&format!("{config}{teams}"));
    daemon.signal("HUP");
    daemon.says("the old one stays: sink teams: url_file: ");
    enqueue(&store, "chat", "3");
    daemon.lines("chat", 3);
    // It goes, and what comes for it waits.
    daemon.program.configure(&format!("{config}{soc}"));
    daemon.signal("HUP");
    daemon.says("is configured no more; what waits for it stays sink=chat");
    enqueue(&store, "chat", "4");
    enqueue(&store, "soc", "5");
    daemon.lines("soc", 2);
    assert_eq!(daemon.lines("chat", 3).len(), 3);
    assert!(!daemon.log().contains("other settings sink=soc"), "{}", daemon.log());
    daemon.stop();
    let queues = store.read(|snapshot| snapshot.queues(Clock::System.now())).unwrap();
    assert_eq!(queues["chat"].waiting, 1);
}

#[test]
fn it_does_not_start_with_a_sink_that_cannot_work() {
    let program = Program::offline();
    let (soc, chat) = (webhook(&program, "soc", ""), webhook(&program, "chat", "no address"));
    program.configure_also(&format!("{soc}{chat}"));
    let ran = program.run(&["run"]);
    assert_eq!(ran.code, Some(78), "{}", ran.err);
    assert!(
        ran.err.contains("sink soc: url_file: ") && ran.err.contains("is empty"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("sink chat: url_file: ") && ran.err.contains("holds no address"));
    assert!(!program.store_path().exists());
}

/// An address where connections are taken and nobody ever says a word, and those that were taken.
fn silent() -> (String, Arc<Mutex<Vec<TcpStream>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let taken: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    let take = taken.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            take.lock().unwrap().push(stream);
        }
    });
    (url, taken)
}

/// Whether the other side still waits for an answer on every connection.
fn all_wait(taken: &Mutex<Vec<TcpStream>>) -> bool {
    taken.lock().unwrap().iter_mut().all(|stream| {
        stream.set_nonblocking(true).unwrap();
        let mut buffer = [0; 1 << 12];
        loop {
            match stream.read(&mut buffer) {
                // Its end: whoever asked has given up.
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
    })
}

#[test]
fn sinks_that_hang_are_throttled_or_gone_delay_the_others_by_nothing() {
    let (hanging, taken) = silent();
    let throttled = ledger::Receiver::start("HTTP/1.1 429 Later\r\nretry-after: 3600");
    let gone = ledger::Receiver::start("HTTP/1.1 410 Gone");
    let good = ledger::Receiver::start("HTTP/1.1 204 No Content");
    let program = Program::offline();
    let sinks = [
        ("good", &good.url),
        ("hanging", &hanging),
        ("throttled", &throttled.url),
        ("gone", &gone.url),
    ];
    let sections = sinks.map(|(name, url)| webhook(&program, name, url)).concat();
    program.configure_also(&format!("{sections}{}", file_sink(&program, "soc")));
    let mut daemon = Daemon::start(program);
    let store = daemon.store();
    let ids: Vec<String> = (0..5).map(|n| format!("m{n}")).collect();
    for sink in ["hanging", "throttled", "gone", "good", "soc"] {
        for id in &ids {
            enqueue(&store, sink, &format!("{sink}{id}"));
        }
    }
    let more = || daemon.log();
    // Five messages, and a notice of the one that is gone.
    until("the good one's messages", || good.arrived().len() == 6, more);
    daemon.lines("soc", 5);
    until("a request to the hanging one", || !taken.lock().unwrap().is_empty(), more);
    assert!(all_wait(&taken), "its first delivery ended before the others had theirs");
    until("the other requests", || throttled.arrived().len() + gone.arrived().len() == 2, more);
    let queues = store.read(|snapshot| snapshot.queues(Clock::System.now())).unwrap();
    assert!(queues["gone"].paused.is_some() && queues["gone"].waiting == 5, "{queues:?}");
    let (until, why) = queues["throttled"].wait.clone().unwrap();
    assert!(until > Clock::System.now().plus(HOUR - 2 * MINUTE), "{why}");
    let notice = good.arrived().into_iter().find(|one| one.body.contains("clickwarden.notice"));
    assert!(notice.unwrap().body.contains("gone"));
    // A delivery that is under way delays the end by no more than is set for it.
    daemon.stop();
    assert_eq!((throttled.arrived().len(), gone.arrived().len()), (1, 1));
    let queues = store.read(|snapshot| snapshot.queues(Clock::System.now())).unwrap();
    assert_eq!((queues["hanging"].waiting, queues["hanging"].sending), (5, 0));
}

#[test]
fn a_delivery_that_is_under_way_ends_before_the_daemon_does() {
    let receiver = ledger::Receiver::start("HTTP/1.1 204 No Content");
    let program = Program::offline();
    program.configure_also(&webhook(&program, "soc", &receiver.url));
    let mut daemon = Daemon::start(program);
    // The answer comes only after the daemon was told to stop.
    let (arrived, told) = (mpsc::channel(), mpsc::channel());
    receiver.ask(move |point| {
        if point == ledger::Point::Arrived {
            arrived.0.send(()).unwrap();
            told.1.recv().unwrap();
        }
        true
    });
    let store = daemon.store();
    enqueue(&store, "soc", "1");
    arrived.1.recv_timeout(LONGEST).unwrap();
    daemon.signal("TERM");
    daemon.says("stopping");
    told.0.send(()).unwrap();
    assert!(daemon.child.wait().unwrap().success());
    let messages = store.read(|snapshot| snapshot.messages(None)).unwrap();
    assert_eq!(messages[0].state, MessageState::Accepted);
    daemon.again();
    enqueue(&store, "soc", "2");
    arrived.1.recv_timeout(LONGEST).unwrap();
    told.0.send(()).unwrap();
    daemon.stop();
    let ids: Vec<String> = receiver.arrived().into_iter().map(|one| one.id).collect();
    assert_eq!(ids, ["1", "2"]);
}

#[test]
fn a_daemon_and_a_command_beside_it_send_nothing_twice() {
    let receiver = ledger::Receiver::start("HTTP/1.1 204 No Content");
    let program = Program::offline();
    program.configure_also(&webhook(&program, "soc", &receiver.url));
    let mut first = Daemon::start(program);
    let log = first.program.folder.path().join("second");
    let mut second = run(&first.program, &log, &["run"]);
    let store = first.store();
    for n in 0..200 {
        enqueue(&store, "soc", &format!("m{n}"));
    }
    let accepted = || {
        let messages = store.read(|snapshot| snapshot.messages(None)).unwrap();
        messages.iter().filter(|message| message.state == MessageState::Accepted).count()
    };
    until("all messages", || accepted() == 200, || first.log());
    signal(&second, "TERM");
    assert!(second.wait().unwrap().success());
    first.stop();
    assert_eq!(receiver.arrived().len(), 200);
    let both = [first.log(), fs::read_to_string(&log).unwrap()];
    let shares = both.map(|log| log.matches("accepted sink=soc").count());
    assert_eq!(shares.iter().sum::<usize>(), 200, "{shares:?}");
}
