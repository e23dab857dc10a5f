//! The daemon's outbox: what is posted arrives, whatever becomes of other sinks and of the
//! configuration meanwhile.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use clickwarden::clock::Clock;
use clickwarden::report::sample;
use clickwarden::store::{Letter, Post, Priority, Store};

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
        Store::open(&program.store_path()).unwrap();
        let log = program.folder.path().join("log");
        let child = run(&program, &log);
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
        self.child = run(&self.program, &self.log);
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

fn run(program: &Program, log: &PathBuf) -> Child {
    let words = fs::File::options().create(true).append(true).open(log).unwrap();
    program.command(&["run"]).stdout(Stdio::null()).stderr(words).spawn().unwrap()
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
pub fn post(store: &Store, sink: &str, message: &str) {
    let letter =
        Letter { message: message.to_owned(), sink: sink.to_owned(), recipient: String::new() };
    let post = Post { content: &sample(), letters: &[letter], priority: Priority::Digest };
    assert_eq!(store.post(&post, Clock::System.now()).unwrap(), 1);
}

fn id(line: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    line["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_posted_arrives_also_what_was_posted_while_it_was_down() {
    let program = Program::offline();
    program.configure_also(&file_sink(&program, "soc"));
    post(&Store::open(&program.store_path()).unwrap(), "soc", "before");
    let mut daemon = Daemon::start(program);
    assert_eq!(id(&daemon.lines("soc", 1)[0]), "before");
    post(&daemon.store(), "soc", "meanwhile");
    assert_eq!(id(&daemon.lines("soc", 2)[1]), "meanwhile");
    daemon.stop();
    post(&daemon.store(), "soc", "down");
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
    post(&store, "chat", "early");
    post(&store, "soc", "1");
    daemon.lines("soc", 1);
    // One more.
    daemon.program.configure(&format!("{config}{chat}{soc}"));
    daemon.signal("HUP");
    daemon.lines("chat", 1);
    // It changes.
    daemon.program.configure(&format!("{config}{chat}full_urls = true\n{soc}"));
    daemon.signal("HUP");
    daemon.says("begins anew with other settings sink=chat");
    post(&store, "chat", "2");
    daemon.lines("chat", 2);
    // What is wrong with a sink changes nothing.
    let teams = webhook(&daemon.program, "teams", "").replace("webhook", "teams");
    daemon.program.configure(&format!("{config}{teams}"));
    daemon.signal("HUP");
    daemon.says("the old one stays: sink teams: url_file: ");
    post(&store, "chat", "3");
    daemon.lines("chat", 3);
    // It goes, and what comes for it waits.
    daemon.program.configure(&format!("{config}{soc}"));
    daemon.signal("HUP");
    daemon.says("is configured no more; what waits for it stays sink=chat");
    post(&store, "chat", "4");
    post(&store, "soc", "5");
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
