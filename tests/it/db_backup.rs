//! `db backup`: whole, private, of one state, and never half there.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, DAY, HOUR, Span};
use clickwarden::demo::{Rhythm, invent_clicks, invented_table};
use clickwarden::store::Store;
use rusqlite::Connection;

use crate::db_check::damaged_parts;
use crate::program::Ran;
use crate::stand::{Stand, copy, signal};

/// All that is stored of the clicks is what one transaction left, if every segment and every hour
/// fits the clicks.
fn assert_is_one_state(path: &std::path::Path) -> u64 {
    let mode = path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let conn = Connection::open(path).unwrap();
    let well: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(well, "ok");
    let mut broken = conn.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(broken.query([]).unwrap().next().unwrap().is_none());
    drop(broken);
    drop(conn);
    let store = Store::open_read_only(path).unwrap();
    assert_eq!(damaged_parts(&store).unwrap(), []);
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a path is not general enough")]
    let size = store.read(|snapshot| snapshot.size()).unwrap();
    size.clicks
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_beside_a_busy_daemon_are_each_of_one_state() {
    let now = Clock::System.now();
    let stand =
        Stand::new(invented_table(6, now, 4_000), "interval = \"1s\"\nfetch_rows = 150").await;
    let mut daemon = stand.start(&["run"]);
    let end = Instant::now() + Duration::from_mins(2);
    while !stand.database().exists() || stand.tenant.queries() < 4 {
        assert!(Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let backup = |n: u32| stand.dir.path().join(format!("backup-{n}.db"));
    let mut sizes = Vec::new();
    for n in 0..20 {
        stand.tenant.write(|table| {
            let span = Span::new(now.plus(-HOUR), now);
            invent_clicks(table, 100 + u64::from(n), span, 50, Rhythm::Even);
        });
        let ran: Ran = stand.run(&["db", "backup", backup(n).to_str().unwrap()]).into();
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        sizes.push(assert_is_one_state(&backup(n)));
    }
    assert!(sizes.is_sorted() && sizes[0] < sizes[19], "the daemon wrote meanwhile: {sizes:?}");
    signal(&daemon, "TERM");
    assert!(daemon.wait().unwrap().success());
    let ran: Ran = stand.run(&["db", "backup", "--force", backup(0).to_str().unwrap()]).into();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let span = Span::new(now.plus(-40 * DAY), now.plus(DAY));
    assert_eq!(copy(&backup(0), span), stand.copy(span));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_killed_leaves_nothing_under_its_name() {
    let stand = Stand::new(invented_table(7, Clock::System.now(), 20_000), "").await;
    assert!(stand.run(&["sync"]).status.success());
    let file = stand.dir.path().join("killed.db");
    let part = stand.dir.path().join("killed.db.part");
    let (mut killed, mut pause) = (0, Duration::ZERO);
    for _ in 0..200 {
        let mut child = stand.start(&["db", "backup", file.to_str().unwrap()]);
        std::thread::sleep(pause);
        signal(&child, "KILL");
        child.wait().unwrap();
        if file.exists() {
            // Killed behind the rename, if at all: it must be whole.
            assert!(assert_is_one_state(&file) > 10_000);
            std::fs::remove_file(&file).unwrap();
            pause = Duration::ZERO;
        } else {
            killed += u32::from(part.exists());
            pause += Duration::from_micros(700);
        }
        if killed >= 10 {
            break;
        }
    }
    assert!(killed >= 10, "killed in mid-backup {killed} times");
    let ran: Ran = stand.run(&["db", "backup", file.to_str().unwrap()]).into();
    assert_eq!(ran.code, Some(0), "what was left is in nobody's way: {}", ran.err);
    assert!(assert_is_one_state(&file) > 10_000);
    assert!(!part.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_place_for_a_backup_is_refused() {
    let stand = Stand::new(invented_table(8, Clock::System.now(), 100), "").await;
    let missing: Ran = stand.run(&["db", "backup", "x.db"]).into();
    assert_eq!(missing.code, Some(78), "no store yet: {}", missing.err);
    assert!(stand.run(&["sync"]).status.success());
    let dir = stand.dir.path();
    let before = std::fs::read(stand.database()).unwrap();
    std::fs::write(dir.join("taken"), "mine").unwrap();
    std::os::unix::fs::symlink("clicks.db", dir.join("link.db")).unwrap();
    std::fs::hard_link(stand.database(), dir.join("hard.db")).unwrap();
    for (file, force, code, words) in [
        ("taken", false, 2, "is there already"),
        ("clicks.db", true, 2, "is the live database"),
        ("clicks.db-wal", true, 2, "is the live database"),
        ("link.db", true, 2, "is the live database"),
        ("hard.db", true, 2, "is the live database"),
        (".", true, 2, "is a folder"),
        ("none/x.db", false, 1, "cannot be written"),
    ] {
        let path = dir.join(file);
        let mut arguments = vec!["db", "backup", path.to_str().unwrap()];
        arguments.extend(force.then_some("--force"));
        let ran: Ran = stand.run(&arguments).into();
        assert_eq!(ran.code, Some(code), "{file}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert!(ran.err.contains(words), "{file}: {}", ran.err);
    }
    assert_eq!(std::fs::read(stand.database()).unwrap(), before);
    assert_eq!(std::fs::read(dir.join("taken")).unwrap(), b"mine");
    // Who holds the unfinished file has the backup.
    let part = std::fs::File::create(dir.join("b.db.part")).unwrap();
    part.lock().unwrap();
    let ran: Ran = stand.run(&["db", "backup", dir.join("b.db").to_str().unwrap()]).into();
    assert_eq!(ran.code, Some(75), "{}", ran.err);
    assert!(ran.err.contains("another backup writes"), "{}", ran.err);
}

/// What stands where the unfinished copy goes, or beside the copy, is nothing to write to or to keep.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_trusts_nothing_that_lies_about() {
    let stand = Stand::new(invented_table(8, Clock::System.now(), 100), "").await;
    assert!(stand.run(&["sync"]).status.success());
    let dir = stand.dir.path();
    let backup = |name: &str, more: &[&str]| -> Ran {
        let path = dir.join(name);
        let arguments = ["db", "backup", path.to_str().unwrap()];
        stand.run(&[arguments.as_slice(), more].concat()).into()
    };
    // An unfinished copy that anybody may write.
    let open = dir.join("open.db.part");
    std::fs::write(&open, "old").unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o666)).unwrap();
    // One that leads to another file.
    std::fs::write(dir.join("victim"), "mine").unwrap();
    std::os::unix::fs::symlink("victim", dir.join("link.db.part")).unwrap();
    // One that nobody reads from.
    let made = std::process::Command::new("mkfifo").arg(dir.join("pipe.db.part")).status();
    assert!(made.unwrap().success());
    for name in ["open.db", "link.db", "pipe.db"] {
        let ran = backup(name, &[]);
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.err);
        assert!(assert_is_one_state(&dir.join(name)) > 0);
    }
    assert_eq!(std::fs::read(dir.join("victim")).unwrap(), b"mine");
    std::fs::create_dir(dir.join("folder.db.part")).unwrap();
    let ran = backup("folder.db", &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("folder.db.part cannot be written"), "{}", ran.err);
    // A log of another database would be played into the copy.
    for log in ["log.db-wal", "log.db-shm", "log.db-journal"] {
        std::fs::write(dir.join(log), "left").unwrap();
        let ran = backup("log.db", &[]);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains(&format!("{log} is there already")), "{}", ran.err);
        let ran = backup("log.db", &["--force"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(!dir.join(log).exists());
        std::fs::remove_file(dir.join("log.db")).unwrap();
    }
}
