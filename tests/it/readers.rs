//! Other programs that read the live database: none takes the daemon's log away, and what was
//! acknowledged beside them outlives SIGKILL.
//!
//! Debian 12 and Python bring SQLite 3.40.1. The last connection to a database takes the log in and
//! removes it (sqlite.org/walformat.html, section 2.1), and whether it is the last it learns by a
//! lock on the file (sqlite.org/lockingv3.html): the daemon must have its own as long as it runs.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use clickwarden::clock::{Clock, DAY, Span, Tick};
use clickwarden::kql::{add_click, click_table};
use clickwarden::store::{Existing, Store};
use tokio::runtime::Runtime;

use crate::delivering::until;
use crate::stand::{Running, Stand};
use crate::support::Row;

/// How often each program looks, at least.
const LOOKS: usize = 100;
/// Clicks that come meanwhile.
const CLICKS: i64 = 4;
const COUNT: &str = "SELECT count(*) FROM click";

/// The daemon with a tenant that has no clicks yet.
pub struct Place {
    _runtime: Runtime,
    pub stand: Stand,
    pub daemon: Running,
}

impl Place {
    pub fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let stand = runtime.block_on(Stand::new(click_table(30 * DAY), "interval = \"1s\""));
        assert!(stand.run(&["sync"]).status.success());
        let words = stand.dir.path().join("words");
        let daemon = Running::start(stand.command(&["run"]), &words);
        let locked = || locks(daemon.0.id(), &stand.database()).len() == 1;
        until("the daemon has the database open", locked, String::new);
        Self { _runtime: runtime, stand, daemon }
    }

    pub fn add_click(&self, number: i64) {
        let now = Clock::System.now();
        let row = Row::new(now, &format!("https://{number}.example/"), "ClickAllowed");
        let shown = Span::new(row.at, Tick(i64::MAX));
        self.stand.tenant.write(|table| add_click(table, &row.click(), shown));
    }

    /// What the daemon said.
    pub fn words(&self) -> String {
        std::fs::read_to_string(self.stand.dir.path().join("words")).unwrap()
    }

    /// Everybody sees what the daemon wrote last, with whatever they look.
    fn has_all(&self, mut look: impl FnMut(&Path) -> i64) {
        let database = self.stand.database();
        let (mut looks, mut added, mut seen) = (0, 0, 0);
        until(
            "the reader sees every click",
            || {
                // A click each time that the one before was seen, between two looks.
                if seen == added && added < CLICKS {
                    added += 1;
                    self.add_click(added);
                }
                for _ in 0..LOOKS / CLICKS as usize {
                    seen = look(&database);
                    looks += 1;
                }
                seen == CLICKS
            },
            || self.words(),
        );
        assert!(looks >= LOOKS, "{looks}");
        self.holds_what_it_opened();
    }

    /// The locks that keep others from taking the log away, and no file that has no name any more.
    fn holds_what_it_opened(&self) {
        let (pid, database) = (self.daemon.0.id(), self.stand.database());
        // The shared lock on the file, and the one on the index that says that somebody uses it
        // (os_unix.c: SHARED_FIRST with SHARED_SIZE, and UNIX_SHM_DMS).
        assert_eq!(locks(pid, &database), ["READ 1073741826 1073742335"]);
        let index = locks(pid, &database.with_extension("db-shm"));
        assert!(index.iter().any(|lock| lock == "READ 128 128"), "{index:?}");
        let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else {
            eprintln!("SKIPPED: only root may see what a process that denies it has open");
            return;
        };
        let descriptors: Vec<(String, PathBuf)> = open_of(open).collect();
        let mut of_descriptors = String::new();
        for (name, _) in descriptors.iter().filter(|(_, to)| *to == database) {
            let info = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{name}"));
            of_descriptors += &info.unwrap_or_default();
        }
        let is_shared =
            |line: &str| line.starts_with("lock:") && line.ends_with(" 1073741826 1073742335");
        assert!(of_descriptors.lines().any(is_shared), "{of_descriptors}");
        let open: Vec<PathBuf> = descriptors.into_iter().map(|(_, to)| to).collect();
        let log = database.with_extension("db-wal");
        assert!(open.contains(&log), "{open:?}");
        let deleted: Vec<_> =
            open.iter().filter(|to| to.to_string_lossy().ends_with("(deleted)")).collect();
        assert!(deleted.is_empty(), "{deleted:?}");
    }

    /// After a look of this kind, SIGKILL takes nothing.
    fn survives(self, look: impl FnMut(&Path) -> i64) {
        self.has_all(look);
        let Self { stand, daemon, .. } = self;
        drop(daemon);
        assert_eq!(ours(&stand.database()), CLICKS);
    }
}

/// The descriptors that a process has open, and what each leads to.
fn open_of(folder: std::fs::ReadDir) -> impl Iterator<Item = (String, PathBuf)> {
    folder.filter_map(|fd| {
        let fd = fd.ok()?;
        let name = fd.file_name().into_string().ok()?;
        Some((name, std::fs::read_link(fd.path()).ok()?))
    })
}

/// What a process has locked of a file: kind, first and last byte (`proc_locks(5)`).
fn locks(pid: u32, file: &Path) -> Vec<String> {
    let Ok(inode) = file.metadata().map(|found| found.ino().to_string()) else { return Vec::new() };
    let all = std::fs::read_to_string("/proc/locks").unwrap();
    let mut found = Vec::new();
    for line in all.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        if let [_, "POSIX", _, kind, owner, place, first, last] = words[..]
            && owner == pid.to_string()
            && place.rsplit(':').next() == Some(&inode)
        {
            found.push(format!("{kind} {first} {last}"));
        }
    }
    found
}

/// Clicks in a database, by our own reader.
pub fn ours(database: &Path) -> i64 {
    let store = Store::open_read_only(database).unwrap();
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a path is not general enough")]
    let size = store.read(|snapshot| snapshot.size()).unwrap();
    size.clicks.cast_signed()
}

/// A program that is told a database in each line, and answers with the number of clicks.
struct Script {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Script {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (ask, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, ask, answers: BufReader::new(answers) }
    }

    fn look(&mut self, database: &Path) -> i64 {
        writeln!(self.ask, "{}", database.display()).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().parse().unwrap_or_else(|_| panic!("{answer:?}"))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

#[test]
fn no_other_store_of_the_same_process_takes_the_locks() {
    let dir = tempfile::tempdir().unwrap();
    let (database, pid) = (dir.path().join("c.db"), std::process::id());
    let store = Store::open(&database).unwrap();
    let kept = |after: &str| {
        assert!(
            locks(pid, &database).contains(&"READ 1073741826 1073742335".to_owned()),
            "{after}"
        );
        let index = locks(pid, &database.with_extension("db-shm"));
        assert!(index.contains(&"READ 128 128".to_owned()), "{after}: {index:?}");
    };
    kept("opening");
    drop(Store::open(&database).unwrap());
    kept("another writer");
    drop(Store::open_read_only(&database).unwrap());
    kept("a reader");
    store.read(|_| store.read(|_| store.read(|_| Ok(())))).unwrap();
    kept("three readers");
    store.file().backup(&dir.path().join("b.db"), Existing::Keep).unwrap();
    assert!(store.file().backup(&database, Existing::Replace).is_err());
    kept("backups");
    std::fs::set_permissions(&database, Permissions::from_mode(0o644)).unwrap();
    drop(Store::open(&database).unwrap());
    kept("a mode that was put right");
    store.file().check_file().unwrap();
    kept("a check");
}

#[test]
fn debians_sqlite3_takes_no_log_away() {
    if Command::new("sqlite3").arg("-version").output().is_err() {
        eprintln!("!!! SKIPPED: there is no sqlite3 to look with");
        return;
    }
    Place::new().survives(|database| {
        let looked = Command::new("sqlite3").arg(database).arg(COUNT).output().unwrap();
        let said = String::from_utf8_lossy(&looked.stdout);
        said.trim().parse().unwrap_or_else(|_| panic!("{looked:?}"))
    });
}

#[test]
fn pythons_sqlite3_takes_no_log_away() {
    let look = "import sqlite3, sys\n\
                for line in sys.stdin:\n\
                \x20   db = sqlite3.connect(line.rstrip('\\n'))\n\
                \x20   print(db.execute('SELECT count(*) FROM click').fetchone()[0], flush=True)\n\
                \x20   db.close()\n";
    let mut command = Command::new("python3");
    command.args(["-c", look]);
    let mut python = Script::start(command);
    Place::new().survives(|database| python.look(database));
}

#[test]
fn our_own_commands_take_no_log_away() {
    let place = Place::new();
    let summary = place.stand.config();
    let look = move |_: &Path| {
        let arguments = ["summary", "--window", "1d", "--format", "json"];
        let said = crate::stand::program(&summary, &arguments).output().unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
        answer["rows"].as_array().unwrap().len().try_into().unwrap()
    };
    place.survives(look);
}

/// DuckDB 1.5.5 with the SQLite reader of the same release from `PyPI`, which brings an SQLite of its
/// own, as `tests/long readers` installs them.
fn duckdb_takes_no_log_away(mode: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("target/oracle-long/readers/bin/python"));
    command.arg(root.join("tests/oracle/duckdb_look.py")).arg(mode);
    let loads = command.stdin(Stdio::null()).status();
    if !loads.is_ok_and(|status| status.success()) {
        eprintln!("!!! SKIPPED: DuckDB's reader of SQLite files does not load here");
        return;
    }
    let mut duckdb = Script::start(command);
    Place::new().survives(|database| duckdb.look(database));
}

#[test]
#[ignore = "needs DuckDB: tests/long readers"]
fn duckdb_that_only_reads_takes_no_log_away() {
    duckdb_takes_no_log_away("read-only");
}

#[test]
#[ignore = "needs DuckDB: tests/long readers"]
fn duckdb_that_may_write_takes_no_log_away() {
    duckdb_takes_no_log_away("read-write");
}
