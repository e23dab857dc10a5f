//! A disk that fills and gets room again: collection pauses, says so, and goes on by itself.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, DAY, HOUR, Span};
use clickwarden::demo::{Rhythm, invent_clicks};
use clickwarden::kql;
use clickwarden::store::Store;
use rusqlite::Connection;

use crate::stand::{Running, Stand, copy, program};

/// A small disk of its own, gone when dropped. Only root may have one.
pub struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    fn of(size: &str) -> Option<Self> {
        Self::mounted(&["-t", "tmpfs", "-o", &format!("size={size},mode=0700"), "clickwarden-test"])
    }

    /// One that `fsfreeze` can stop.
    pub fn that_freezes() -> Option<Self> {
        let image = tempfile::NamedTempFile::new().unwrap();
        image.as_file().set_len(64 << 20).unwrap();
        let made = Command::new("mkfs.ext4").arg("-q").arg(image.path()).status();
        let there = Command::new("fsfreeze").arg("--version").output();
        if !made.is_ok_and(|status| status.success()) || there.is_err() {
            eprintln!("SKIPPED: mkfs.ext4 or fsfreeze is missing");
            return None;
        }
        // Mounted, the image lives on without its name.
        Self::mounted(&["-o", "loop", image.path().to_str().unwrap()])
    }

    fn mounted(what: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(what).arg(folder.path()).output();
        if !mounted.as_ref().is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED, only root may mount a small disk: {mounted:?}");
            return None;
        }
        Some(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes until nothing more fits.
    fn fill(&self) -> PathBuf {
        let path = self.file("filler");
        let mut filler = File::create(&path).unwrap();
        for size in [1 << 16, 1 << 10, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.folder.path()).status();
        assert!(unmounted.unwrap().success());
    }
}

fn kept() -> Span {
    let now = Clock::System.now();
    Span::new(now.plus(HOUR - 30 * DAY).hour().end(), now.plus(-2 * HOUR))
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_mins(2);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// More clicks of the last two days.
fn more(stand: &Stand, seed: u64) {
    let now = Clock::System.now();
    let span = Span::new(now.plus(-40 * HOUR), now.plus(-3 * HOUR));
    stand.tenant.write(|table| invent_clicks(table, seed, span, 400, Rhythm::Even));
}

fn is_whole(database: &Path) -> bool {
    let db = Connection::open(database).unwrap();
    let said: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    said == "ok"
}

#[tokio::test(flavor = "multi_thread")]
async fn collection_pauses_while_the_disk_is_full() {
    // So small that the write-ahead log alone could fill it.
    let Some(disk) = Disk::of("16m") else { return };
    let stand = Stand::new(kql::click_table(30 * DAY), "").await;
    more(&stand, 1);
    let collect = "interval = \"1s\"\nfetch_rows = 100";
    let (here, database) = (stand.database().display().to_string(), disk.file("clicks.db"));
    let text = stand.config_text(&stand.tenant.url(), collect);
    let text = text.replace(&here, &database.display().to_string());
    let config = stand.write_other_config("config", &text);
    let words = stand.dir.path().join("words");
    let daemon = Running::start(program(&config, &["run"]), &words);
    let said = |text: &str| fs::read_to_string(&words).unwrap().matches(text).count();
    let is_made = || Store::open_read_only(&database).is_ok();
    let same = || is_made() && copy(&database, kept()) == stand.truth(kept());
    until("the first clicks come", same).await;
    for (round, seed) in [2, 3].into_iter().enumerate() {
        let filler = disk.fill();
        more(&stand, seed);
        until("it pauses", || said("collection pauses: the disk of ") == round + 1).await;
        let asked = stand.tenant.queries();
        let status = program(&config, &["status", "--check"]).output().unwrap();
        assert_eq!(status.status.code(), Some(1));
        let told = String::from_utf8_lossy(&status.stdout).into_owned();
        assert!(told.starts_with("somebody must act: collection pauses: the disk of "), "{told}");
        assert!(told.contains("contoso: in order"), "{told}");
        let check = program(&config, &["check", "--offline"]).output().unwrap();
        assert_eq!(check.status.code(), Some(1), "{check:?}");
        let sync = program(&config, &["sync"]).output().unwrap();
        assert_eq!(sync.status.code(), Some(75), "{sync:?}");
        // Nothing is asked for that could not be stored.
        assert_eq!(stand.tenant.queries(), asked);
        assert_eq!(said("collection pauses"), round + 1, "it is said once");
        fs::remove_file(filler).unwrap();
        until("it goes on", || same() && said("collection goes on") == round + 1).await;
    }
    daemon.stop();
    assert!(is_whole(&database));
    assert_eq!(said("ERROR"), 2, "{}", fs::read_to_string(&words).unwrap());
}

/// The service manager begins it again and again: that must be all it takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_full_disk_names_it_and_one_with_room_goes_on() {
    let Some(disk) = Disk::of("16m") else { return };
    let stand = Stand::new(kql::click_table(30 * DAY), "").await;
    more(&stand, 1);
    let (here, database) = (stand.database().display().to_string(), disk.file("clicks.db"));
    let text = stand.config_text(&stand.tenant.url(), "interval = \"1s\"");
    let text = text.replace(&here, &database.display().to_string());
    let config = stand.write_other_config("config", &text);
    let run = |arguments: &[&str]| {
        let ran = program(&config, arguments).output().unwrap();
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let is_told = |(code, said): (Option<i32>, String)| {
        assert_eq!(code, Some(75), "{said}");
        assert!(said.contains("disk is full") && !said.contains("I/O"), "{said}");
    };
    // There is no database yet, and later one that nobody has open.
    for seed in [1, 2] {
        let filler = disk.fill();
        is_told(run(&["run"]));
        if seed == 2 {
            is_told(run(&["summary"]));
        }
        fs::remove_file(filler).unwrap();
        more(&stand, seed);
        let daemon = Running::start(program(&config, &["run"]), &stand.dir.path().join("words"));
        let same = || {
            Store::open_read_only(&database).is_ok()
                && copy(&database, kept()) == stand.truth(kept())
        };
        until("the clicks come", same).await;
        daemon.stop();
    }
    assert!(is_whole(&database));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_finds_no_room_names_its_place() {
    let Some(disk) = Disk::of("1m") else { return };
    let stand = Stand::new(kql::click_table(30 * DAY), "").await;
    more(&stand, 1);
    assert!(stand.run(&["sync"]).status.success());
    disk.fill();
    let file = disk.file("copy.db");
    let output = stand.run(&["db", "backup", file.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(said.contains(&format!("no room for {}.part", file.display())), "{said}");
    let left: Vec<_> = fs::read_dir(disk.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
