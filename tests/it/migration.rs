//! A database of schema 6, as the last release left it: every row is there under the new names.

use std::path::Path;

use clickwarden::clock::Tick;
use clickwarden::store::{Confidence, NotifyReason, Store};
use rusqlite::Connection;
use rusqlite::types::Value;

const SCHEMA_6: [&str; 6] = [
    include_str!("../../src/store/sqlite/migrations/0001.sql"),
    include_str!("../../src/store/sqlite/migrations/0002.sql"),
    include_str!("../../src/store/sqlite/migrations/0003.sql"),
    include_str!("../../src/store/sqlite/migrations/0004.sql"),
    include_str!("../../src/store/sqlite/migrations/0005.sql"),
    include_str!("../../src/store/sqlite/migrations/0006.sql"),
];

const ROWS: &str = "
    INSERT INTO tenant(id, name) VALUES (1, 'contoso');
    INSERT INTO url VALUES (1, 77, 'https://a.example/');
    INSERT INTO content VALUES (1, x'7b7d');
    INSERT INTO outbox VALUES (1, 'm', '', 'soc', 1, 'Alert 1', 0, 10, 3, 20, 4, 11, 20, 0, 5, '',
        'answered 400');
    INSERT INTO sink VALUES ('soc', 30, 30, 0, 'answered 401');
    INSERT INTO report VALUES ('weekly', '0 7 * * 1', 5, 40);
    INSERT INTO digest VALUES (1, 'weekly', 40, 5, 40, 41, 39, 0);
    INSERT INTO told VALUES (1, 1, 1, 2, 3, 4, 5, 6, 7);
    INSERT INTO alert VALUES (1, 1, 'campaign', x'00', 'https://a.example/', NULL, NULL, 2, 1, 0, 50,
        45, 46, 0, '', NULL, NULL, '', '', NULL);
    INSERT INTO alert_sink VALUES (1, 'soc', 2, 51, 3), (1, 'mail', 1, 50, 0);
    INSERT INTO alert_flow VALUES (1, 'campaign', 'soc', 51);
    INSERT INTO silence VALUES (1, 'contoso', NULL, NULL, 'a.example', NULL, 60, 70, 'known', 0),
        (2, NULL, NULL, NULL, 'b.example', NULL, 60, 61, 'over', 1);";

/// Tables whose names changed.
const RENAMED: [(&str, &str); 2] = [("alert_flow", "notification_log"), ("told", "reported_url")];

fn schema_6(path: &Path) -> Connection {
    let db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA application_id = 0x434C4B57; PRAGMA journal_mode = WAL").unwrap();
    for step in SCHEMA_6 {
        db.execute_batch(step).unwrap();
    }
    db.execute_batch(ROWS).unwrap();
    db.pragma_update(None, "user_version", 6).unwrap();
    db
}

fn tables(db: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = db.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn rows(db: &Connection, table: &str) -> Vec<Vec<Value>> {
    let mut statement = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let width = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..width).map(|column| row.get(column)).collect();
    statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_database_of_schema_6_keeps_every_row() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.db");
    let db = schema_6(&path);
    let before: Vec<_> = tables(&db).into_iter().map(|name| (rows(&db, &name), name)).collect();
    drop(db);
    let store = Store::open(&path).unwrap();
    let db = Connection::open(&path).unwrap();
    assert_eq!(tables(&db).len(), before.len());
    for (expected, old) in &before {
        let new =
            RENAMED.iter().find(|(renamed, _)| renamed == old).map_or(old.as_str(), |to| to.1);
        assert_eq!(&rows(&db, new), expected, "{old}");
    }
    assert_eq!(db.pragma_query_value(None, "user_version", |row| row.get(0)), Ok(7));
    let copy = Connection::open(dir.path().join("c.db.v6.bak")).unwrap();
    assert_eq!(rows(&copy, "told").len(), 1);
    is_read_as_before(&store);
}

/// Each column that was renamed means what it meant.
fn is_read_as_before(store: &Store) {
    store
        .read(|snapshot| {
            let pending = snapshot.pending_notifications()?;
            assert_eq!(pending.len(), 1);
            assert_eq!((pending[0].sink.as_str(), pending[0].notified), ("soc", 2));
            assert_eq!(
                (pending[0].reason, pending[0].last_notified),
                (NotifyReason::SilenceExpired, Tick(51))
            );
            assert_eq!(pending[0].alert.confidence, Confidence::PossibleFalsePositive);
            assert_eq!(snapshot.last_notified()?.into_values().collect::<Vec<_>>(), [Tick(51)]);
            let silences = snapshot.silences()?;
            assert_eq!(silences.iter().map(|silence| silence.id).collect::<Vec<_>>(), [1]);
            assert_eq!(snapshot.messages(None)?[0].detail, "answered 400");
            assert_eq!(snapshot.report_cursor("weekly")?.unwrap().reported_until, Tick(40));
            assert_eq!(snapshot.reported_urls(1)?[0].tally.clicked_through, 7);
            Ok(())
        })
        .unwrap();
}
