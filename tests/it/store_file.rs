//! The store's file: who may open it, what is refused and left alone, and who else can read it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clickwarden::clock::{HOUR, Span};
use clickwarden::store::{OpenRefusal, Store, StoreError};
use clickwarden::sync_state::hour::Acceptance;
use rusqlite::Connection;

use crate::support::{NOW, Row, place};

fn refusal(result: Result<Store, StoreError>) -> OpenRefusal {
    match result {
        Err(StoreError::Refused { why, .. }) => why,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}

/// Checks that opening fails for the right reason and leaves the file as it was.
fn is_refused(path: &Path, expect: impl Fn(&OpenRefusal) -> bool) {
    let before = std::fs::read(path).unwrap();
    let why = refusal(Store::open(path));
    assert!(expect(&why), "{why:?}");
    let why = refusal(Store::open_read_only(path));
    assert!(expect(&why), "{why:?}");
    assert_eq!(std::fs::read(path).unwrap(), before);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t(x); PRAGMA application_id = 7")
        .unwrap();
    drop(other);
    is_refused(&path, |why| *why == OpenRefusal::Foreign);
}

#[test]
fn a_newer_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.db");
    drop(Store::open(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    drop(newer);
    is_refused(&path, |why| *why == OpenRefusal::Newer { found: 999, known: 7 });
}

#[test]
fn what_is_no_database_or_cut_short_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.db");
    std::fs::write(&path, "tenant,url\n").unwrap();
    is_refused(&path, |why| *why == OpenRefusal::NotADatabase);
    std::fs::remove_file(&path).unwrap();
    drop(Store::open(&path).unwrap());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    is_refused(&path, |why| matches!(why, OpenRefusal::Damaged(_)));
}

#[test]
fn a_broken_first_page_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.db");
    drop(Store::open(&path).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..16_384].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(refusal(Store::open(&path)), OpenRefusal::Damaged(_)));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn folders_and_missing_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(refusal(Store::open(dir.path())), OpenRefusal::Folder);
    let nowhere = dir.path().join("none/c.db");
    assert_eq!(refusal(Store::open(&nowhere)), OpenRefusal::FolderMissing);
    let missing = dir.path().join("c.db");
    assert_eq!(refusal(Store::open_read_only(&missing)), OpenRefusal::Missing);
    assert!(!missing.exists());
}

#[test]
fn nobody_else_can_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.db");
    let modes = || {
        let files = std::fs::read_dir(dir.path()).unwrap();
        files
            .map(|f| f.unwrap().metadata().unwrap().permissions().mode() & 0o777)
            .collect::<Vec<_>>()
    };
    let store = Store::open(&path).unwrap();
    store.tenant("contoso").unwrap();
    assert_eq!(modes(), [0o600; 3], "database, log and index");
    drop(store);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let _store = Store::open(&path).unwrap();
    assert!(modes().into_iter().all(|mode| mode == 0o600));
}

#[test]
fn a_reader_sees_one_state_and_cannot_write() {
    let place = place();
    let reader = Store::open_read_only(place.store.file().path()).unwrap();
    assert!(matches!(reader.tenant("new"), Err(StoreError::ReadOnly)));
    let hour = Span { from: NOW, until: NOW.plus(HOUR) };
    let rows = [Row::new(NOW, "a", "ClickAllowed")];
    let clicks = |snapshot: &clickwarden::store::Snapshot<'_>| snapshot.size().map(|s| s.clicks);
    let (before, after) = reader
        .read(|snapshot| {
            let before = clicks(snapshot)?;
            place.apply(&rows, hour, Acceptance::Accept, NOW);
            Ok((before, clicks(snapshot)?))
        })
        .unwrap();
    assert_eq!((before, after), (0, 0));
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a path is not general enough")]
    let size = reader.read(|s| s.size()).unwrap();
    assert_eq!((size.clicks, size.oldest, size.newest), (1, Some(NOW), Some(NOW)));
    assert!(size.bytes > 0 && size.wal_bytes > 0);
}

#[test]
fn another_process_that_writes_is_noticed_by_the_caches() {
    let place = place();
    let hour = Span { from: NOW, until: NOW.plus(HOUR) };
    place.apply(&[Row::new(NOW, "a", "ClickAllowed")], hour, Acceptance::Accept, NOW);
    // As an erasure beside the daemon would: the ids that the first writer remembers are gone.
    let other = Connection::open(place.store.file().path()).unwrap();
    other.execute_batch("DELETE FROM click; DELETE FROM segment; DELETE FROM url").unwrap();
    let rows = [Row::new(NOW, "b", "ClickAllowed"), Row::new(NOW, "a", "ClickAllowed")];
    place.apply(&rows, hour, Acceptance::Accept, NOW);
    let mut live = place.live();
    live.sort_by(|a, b| b.cmp(a));
    assert_eq!(live, rows);
}
