//! `db check` and its repair: each kind of damage is found, named, mended, and fetched again.

use std::path::Path;
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, DAY, HOUR, Span};
use clickwarden::demo::{Rhythm, invent_clicks};
use clickwarden::kql::click_table;
use clickwarden::store::{CheckPart, Store, StoreError, TextTable};
use rusqlite::Connection;

use crate::program::{Program, Ran};
use crate::stand::{Stand, signal};
use crate::support::Row;

/// A synced copy of a tenant in which nothing happened in the last hours, and the span that both sides are sure
/// to keep. (Of a minute whose rows come late a pass may ask only half an hour later.)
async fn synced() -> (Stand, Span) {
    let (now, mut table) = (Clock::System.now(), click_table(30 * DAY));
    let past = Span::new(now.plus(-30 * DAY), now.plus(-3 * HOUR));
    invent_clicks(&mut table, 5, past, 800, Rhythm::OfficeHours);
    let mut stand = Stand::new(table, "interval = \"1s\"").await;
    stand.damaged = true;
    let output = stand.run(&["sync"]);
    assert!(output.status.success(), "{output:?}");
    (stand, Span::new(now.plus(HOUR - 30 * DAY).hour().end(), now.plus(-2 * HOUR)))
}

fn damage(database: &Path, sql: &str) {
    let conn = Connection::open(database).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = off").unwrap();
    conn.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_ne!(conn.changes(), 0, "{sql}");
}

/// What a check of the whole store finds: the parts, without repeats.
pub fn damaged_parts(store: &Store) -> Result<Vec<CheckPart>, StoreError> {
    let mut found = store.file().check_file()?.found;
    for table in TextTable::ALL {
        found.extend(store.file().check_texts(table, 0)?.0.found);
    }
    #[expect(clippy::redundant_closure_for_method_calls, reason = "a path is not general enough")]
    let tenants = store.read(|snapshot| snapshot.tenants())?;
    for (tenant, _) in tenants {
        let mut last = None;
        loop {
            let (looked, next) = store.file().check_hours(tenant, last)?;
            found.extend(looked.found);
            last = next;
            if last.is_none() {
                break;
            }
        }
    }
    let mut parts: Vec<CheckPart> = found.into_iter().map(|finding| finding.part).collect();
    parts.sort_unstable();
    parts.dedup();
    Ok(parts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_order_is_called_so() {
    let (stand, _) = synced().await;
    let ran: Ran = stand.run(&["db", "check"]).into();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines.len(), CheckPart::ALL.len(), "{}", ran.out);
    for (line, part) in lines.iter().zip(CheckPart::ALL) {
        assert!(line.starts_with(part.name()) && line.contains(" ok: "), "{line}");
    }
    assert!(ran.out.contains(" clicks\n") && ran.out.contains(" hours\n"), "{}", ran.out);
    let ran: Ran = stand.run(&["db", "check", "--tenant", "fabrikam"]).into();
    assert_eq!(ran.code, Some(78), "{}", ran.err);
    // Nothing to mend is nothing done.
    let before = std::fs::read(stand.database()).unwrap();
    let ran: Ran = stand.run(&["db", "check", "--repair", "--tenant", "contoso"]).into();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(std::fs::read(stand.database()).unwrap(), before);
}

/// Statements that damage a store, the part that shows it, and words of the finding. The last two a
/// repair leaves for a person to judge.
const DAMAGE: &[(&str, CheckPart, &str)] = &[
    (
        "UPDATE segment SET clicks = zeroblob(length(clicks)) \
         WHERE rowid = (SELECT min(rowid) FROM segment)",
        CheckPart::Segments,
        "is no segment",
    ),
    (
        "UPDATE segment SET clicks = CAST(substr(clicks, 1, 30) || x'07' || substr(clicks, 32) AS BLOB) \
         WHERE rowid = (SELECT max(rowid) FROM segment)",
        CheckPart::Segments,
        "shows another click in place",
    ),
    ("DELETE FROM segment WHERE hour % 7 = 3", CheckPart::Segments, "no segment shows its"),
    ("UPDATE segment SET rows = rows + 1 WHERE hour % 9 = 3", CheckPart::Segments, "are live"),
    ("DELETE FROM click WHERE ts % 5 = 2", CheckPart::Hours, "accepted answers account for"),
    ("UPDATE click SET state = 1 WHERE ts % 6 = 1", CheckPart::Segments, "are live"),
    (
        "UPDATE url SET text = text || '?' WHERE id % 10 = 4",
        CheckPart::Clicks,
        "are not what was stored",
    ),
    (
        "UPDATE url SET hash = hash + 1 WHERE id % 10 = 4",
        CheckPart::Texts,
        "is not the text that was stored",
    ),
    (
        "INSERT INTO url(hash, text) SELECT hash, text FROM url WHERE id % 10 = 4; \
         UPDATE click SET url = (SELECT max(b.id) FROM url a JOIN url b USING (text) \
         WHERE a.id = click.url) WHERE url % 20 = 4",
        CheckPart::Texts,
        "are stored twice",
    ),
    ("DELETE FROM url WHERE id % 10 = 4", CheckPart::Clicks, "are not what was stored"),
    ("DELETE FROM word WHERE text = 'ClickAllowed'", CheckPart::Clicks, "are not what was stored"),
    (
        "UPDATE click SET threat = action WHERE ts % 11 = 1",
        CheckPart::Clicks,
        "are not what was stored",
    ),
    (
        "UPDATE click SET clicked_through = 1 - ifnull(clicked_through, 0) WHERE ts % 11 = 1",
        CheckPart::Clicks,
        "are not what was stored",
    ),
    (
        "UPDATE person SET folded = (SELECT max(id) FROM person) WHERE id = 1",
        CheckPart::Texts,
        "user 1 is not the text that was stored",
    ),
    (
        "UPDATE hour SET state = x'0102' WHERE hour % 5 = 1",
        CheckPart::Hours,
        "what is known of it cannot be read",
    ),
    ("UPDATE tenant SET progress = '{'", CheckPart::Hours, "progress of a tenant is unreadable"),
    (
        "INSERT INTO click SELECT tenant, ts + 1, key, detail, 1, first_stored, url, action, \
         clicked_through, person, workload, ip, message_id, report_id, source_id, threat, methods, \
         chain, app, app_version, extra FROM click WHERE ts % 11 = 1",
        CheckPart::Clicks,
        "are not what was stored",
    ),
    (
        "INSERT INTO touched(tenant, at, entries) VALUES (77, 0, x'')",
        CheckPart::References,
        "a row of touched names a tenant that is not there",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_damage_is_found_mended_and_fetched_again() {
    let (stand, span) = synced().await;
    let whole = std::fs::read(stand.database()).unwrap();
    for (sql, part, words) in DAMAGE {
        std::fs::write(stand.database(), &whole).unwrap();
        damage(&stand.database(), sql);
        let store = Store::open_read_only(&stand.database()).unwrap();
        let parts = damaged_parts(&store).unwrap();
        assert!(parts.contains(part), "{sql}: {parts:?}");
        drop(store);
        let ran: Ran = stand.run(&["db", "check"]).into();
        assert_eq!(ran.code, Some(1), "{sql}: {}", ran.out);
        assert!(ran.out.contains(words), "{sql}: {}", ran.out);
        assert!(ran.err.contains("clickwarden db check --repair"), "{}", ran.err);
        let ran: Ran = stand.run(&["db", "check", "--repair"]).into();
        let code = if sql.starts_with("INSERT INTO click") || *part == CheckPart::References {
            Some(1)
        } else {
            Some(0)
        };
        assert_eq!(ran.code, code, "{sql}: {}{}", ran.out, ran.err);
        sync(&stand, sql);
        assert_eq!(stand.copy(span), stand.truth(span), "{sql}");
        let ran: Ran = stand.run(&["db", "check"]).into();
        assert_eq!(ran.code, code, "{sql}: {}{}", ran.out, ran.err);
    }
}

/// Syncs until nothing is missing: a pass ends when the next count is due, here after a second.
fn sync(stand: &Stand, what: &str) {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        let output = stand.run(&["sync"]);
        if output.status.success() {
            break;
        }
        assert!(Instant::now() < end, "{what}: {output:?}");
    }
}

/// What `sql` counts.
fn count(stand: &Stand, sql: &str) -> i64 {
    Connection::open(stand.database()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

const CLICKS: &str = "SELECT count(*) FROM click";

/// Nobody would give them again, whatever is wrong with them.
#[tokio::test(flavor = "multi_thread")]
async fn withdrawn_clicks_and_those_of_a_tenant_that_is_left_stay() {
    let (stand, _) = synced().await;
    let whole = std::fs::read(stand.database()).unwrap();
    for harm in [
        "UPDATE click SET threat = action WHERE ts % 3 = 1",
        "UPDATE click SET action = threat WHERE ts % 3 = 1",
        "UPDATE url SET text = text || '?' WHERE id % 3 = 1",
        "DELETE FROM word WHERE text = 'ClickAllowed'",
    ] {
        for (which, words) in [
            ("UPDATE tenant SET name = 'left'", "the tenant is not in the configuration"),
            ("UPDATE click SET state = 1; DELETE FROM segment", "withdrawn, the source shows them"),
        ] {
            std::fs::write(stand.database(), &whole).unwrap();
            damage(&stand.database(), which);
            damage(&stand.database(), harm);
            let before = count(&stand, CLICKS);
            let ran: Ran = stand.run(&["db", "check", "--repair"]).into();
            assert_eq!(ran.code, Some(1), "{harm}: {}", ran.out);
            assert!(ran.out.contains(" left as found: "), "{harm}: {}", ran.out);
            assert!(ran.out.contains(words), "{harm}: {}", ran.out);
            assert!(!ran.out.contains("to be fetched again"), "{harm}: {}", ran.out);
            assert_eq!(count(&stand, CLICKS), before, "{harm}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_details_are_put_right_where_they_stand() {
    let (stand, span) = synced().await;
    let sql = "UPDATE click SET first_stored = 1000; \
               INSERT INTO change(tenant, ts, key, at, column, old, new) \
               SELECT tenant, ts, key, 5, 'ThreatTypes', '', 'Phish' FROM click; \
               UPDATE click SET threat = action WHERE ts % 5 = 1; \
               UPDATE click SET detail = detail + 1 WHERE ts % 5 = 2";
    damage(&stand.database(), sql);
    let ran: Ran = stand.run(&["db", "check", "--repair"]).into();
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains(" damaged clicks kept, whose details are to be"), "{}", ran.out);
    let all = count(&stand, CLICKS);
    sync(&stand, "details");
    assert_eq!(stand.copy(span), stand.truth(span));
    let ran: Ran = stand.run(&["db", "check"]).into();
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    // Times and history are those from before; that it was damaged is no change of the click.
    let old = "SELECT count(*) FROM click WHERE first_stored = 1000";
    assert!(count(&stand, old) == all && count(&stand, "SELECT count(*) FROM change") == all);
    let wrong = "SELECT count(*) FROM click WHERE threat = action AND threat != 0";
    assert_eq!(count(&stand, wrong), 0);
}

/// Texts are all tenants'.
#[test]
fn a_repair_for_one_tenant_harms_no_other() {
    let program = Program::of(&["contoso", "fabrikam"], "http://127.0.0.1:9");
    let at = Clock::System.now().plus(-2 * HOUR);
    let (rows, span) =
        ([Row::new(at, "https://a.example/", "ClickAllowed")], Span::new(at, at.plus(1)));
    program.fill("contoso", &rows, span);
    // The second is stored while nobody finds the first.
    damage(&program.store_path(), "UPDATE url SET hash = hash + 1");
    program.fill("fabrikam", &rows, span);
    damage(&program.store_path(), "UPDATE url SET hash = hash - 1 WHERE id = 1");
    damage(&program.store_path(), "INSERT INTO reported_url VALUES (1, 2, 2, 0, 0, 1, 0, 0, 0)");
    let store = Store::open_read_only(&program.store_path()).unwrap();
    assert_eq!(damaged_parts(&store).unwrap(), [CheckPart::Texts]);
    let ran = program.run(&["db", "check", "--repair", "--tenant", "contoso"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(damaged_parts(&store).unwrap(), []);
    let shown = program.run(&["summary", "--format", "json"]).json();
    let urls: Vec<_> = shown["rows"].as_array().unwrap().iter().map(|row| &row["Url"]).collect();
    assert_eq!(urls, ["https://a.example/"; 2]);
    let told = store.read(|snapshot| snapshot.reported_urls(1)).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(store.read(|snapshot| snapshot.url(told[0].url)).unwrap(), "https://a.example/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_daemon_fetches_again_what_a_repair_took() {
    let (stand, span) = synced().await;
    let mut daemon = stand.start(&["run"]);
    let (asked, end) = (stand.tenant.queries(), Instant::now() + Duration::from_mins(1));
    while stand.tenant.queries() < asked + 4 {
        assert!(Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    damage(&stand.database(), "DELETE FROM click WHERE ts % 5 = 2");
    let ran: Ran = stand.run(&["db", "check", "--repair"]).into();
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let truth = stand.truth(span);
    while stand.copy(span) != truth {
        assert!(Instant::now() < end);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    signal(&daemon, "TERM");
    assert!(daemon.wait().unwrap().success());
}

/// Clicks that the source has forgotten are not thrown away because a byte of them is wrong.
#[tokio::test(flavor = "multi_thread")]
async fn what_no_source_has_any_more_is_left_as_found() {
    let (stand, _) = synced().await;
    stand.write_config("lookback = \"1d\"");
    let text = std::fs::read_to_string(stand.config()).unwrap();
    assert!(text.contains("lookback"));
    damage(&stand.database(), "UPDATE click SET action = threat, threat = action");
    let before = count(&stand, CLICKS);
    let ran: Ran = stand.run(&["db", "check", "--repair"]).into();
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("left as found: older than what the source keeps"), "{}", ran.out);
    assert!(ran.err.contains("restore a backup"), "{}", ran.err);
    let after = count(&stand, CLICKS);
    assert!(
        after > 300 && after < before,
        "those of the last day are fetched again: {before} {after}"
    );
}

/// Every hash hangs on the database's own key: with another one nothing is thrown away.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_key_is_told_from_damaged_clicks() {
    let (stand, span) = synced().await;
    damage(&stand.database(), "UPDATE meta SET value = zeroblob(32) WHERE name = 'secret'");
    let before = stand.copy(span);
    let ran: Ran = stand.run(&["db", "check", "--repair"]).into();
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.err.contains("the key of the database's own hashes is damaged"), "{}", ran.err);
    assert_eq!(stand.copy(span), before);
}

/// Pages that cannot be read: the check says what is lost, and looking says one sentence.
#[tokio::test(flavor = "multi_thread")]
async fn pages_beyond_repair_are_named_with_the_way_out() {
    let (stand, _) = synced().await;
    let root: i64 = Connection::open(stand.database())
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'click'", [], |row| row.get(0))
        .unwrap();
    let mut bytes = std::fs::read(stand.database()).unwrap();
    let from = (root as usize - 1) * 16_384;
    bytes[from..from + 16_384].fill(0xA5);
    std::fs::write(stand.database(), &bytes).unwrap();
    let ran: Ran = stand.run(&["clicks"]).into();
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    assert!(ran.err.contains("`clickwarden db check`"), "{}", ran.err);
    for arguments in [["db", "check"].as_slice(), &["db", "check", "--repair"]] {
        let ran: Ran = stand.run(arguments).into();
        assert_eq!(ran.code, Some(1), "{}", ran.out);
        assert!(ran.out.contains("clicks      DAMAGED"), "{}", ran.out);
        assert!(ran.out.contains("by its segment the hour has"), "{}", ran.out);
        assert!(ran.err.contains("restore a backup, or stop the daemon, move"), "{}", ran.err);
    }
}
