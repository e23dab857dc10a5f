//! Files of the live database that somebody removes or replaces under the running daemon: it says so,
//! ends, and nothing that it acknowledged is lost.

use std::fs;

use rusqlite::Connection;

use crate::delivering::until;
use crate::readers::{Place, ours};
use crate::stand::signal;

impl Place {
    /// A click that the daemon has stored.
    fn with_a_click() -> Self {
        let place = Self::new();
        place.add_click(1);
        until("the click is stored", || ours(&place.stand.database()) == 1, || place.words());
        place
    }

    /// Does something to the files while the daemon holds still, and waits for its end as a failure;
    /// what it said.
    fn after(&mut self, harm: impl FnOnce()) -> String {
        signal(&self.daemon.0, "STOP");
        harm();
        signal(&self.daemon.0, "CONT");
        let daemon = &mut self.daemon.0;
        until("the daemon ends", || daemon.try_wait().unwrap().is_some(), String::new);
        let ended = daemon.wait().unwrap();
        assert_eq!(ended.code(), Some(1), "{}", self.words());
        self.words()
    }
}

#[test]
fn a_log_that_was_removed_is_taken_in_before_the_daemon_ends() {
    let mut place = Place::with_a_click();
    let database = place.stand.database();
    let log = database.with_extension("db-wal");
    let said = place.after(|| {
        assert!(log.metadata().unwrap().len() > 0, "the click is in the log");
        fs::remove_file(&log).unwrap();
    });
    assert!(
        said.contains("its write-ahead log was removed or replaced by another program"),
        "{said}"
    );
    assert!(said.contains("what it held was taken into the database"), "{said}");
    assert!(said.contains("start clickwarden again"), "{said}");
    assert_eq!(ours(&database), 1);
}

#[test]
fn an_index_that_was_removed_leaves_the_log_as_it_is() {
    let mut place = Place::with_a_click();
    let database = place.stand.database();
    let said = place.after(|| fs::remove_file(database.with_extension("db-shm")).unwrap());
    assert!(said.contains("its index of the write-ahead log was removed"), "{said}");
    assert!(said.contains("nothing of it is lost"), "{said}");
    assert_eq!(ours(&database), 1);
}

#[test]
fn where_others_began_a_log_of_their_own_the_daemon_keeps_a_copy_of_what_it_knew() {
    let mut place = Place::with_a_click();
    let database = place.stand.database();
    let said = place.after(|| {
        for file in ["db-wal", "db-shm"] {
            fs::remove_file(database.with_extension(file)).unwrap();
        }
        let other = Connection::open(&database).unwrap();
        other.execute_batch("CREATE TABLE a_table_of_others(x)").unwrap();
    });
    let kept = database.with_extension("db.kept");
    assert!(said.contains(&format!("is kept in {}", kept.display())), "{said}");
    assert_eq!(ours(&kept), 1);
    // What the other wrote is as it was.
    let other = Connection::open(&database).unwrap();
    other
        .query_row("SELECT count(*) FROM a_table_of_others", [], |row| row.get::<_, i64>(0))
        .unwrap();
}

#[test]
fn a_database_that_was_replaced_is_not_written_to() {
    let mut place = Place::with_a_click();
    let database = place.stand.database();
    let other = place.stand.dir.path().join("other.db");
    assert!(place.stand.run(&["db", "backup", other.to_str().unwrap()]).status.success());
    place.add_click(2);
    until("both are stored", || ours(&database) == 2, || place.words());
    let said = place.after(|| fs::rename(&other, &database).unwrap());
    assert!(said.contains("its file was removed or replaced by another program"), "{said}");
    assert_eq!(ours(&database.with_extension("db.kept")), 2);
}
