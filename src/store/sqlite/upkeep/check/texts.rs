//! Texts: each with its hash, each user with the lower case of the name.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::click::fold;
use crate::clock::{Hour, Tick};
use crate::store::model::identity::Secret;
use crate::store::{CheckFinding, CheckPart, CheckReport, StoreError, TenantKey, TextTable};

use super::damage::or_say;
use super::repair::remake_segment;

/// How many texts one snapshot looks at.
const TEXTS_PER_SNAPSHOT: u64 = 50_000;

/// What is not as it should be, after an id: id, and why.
const fn next_texts(table: TextTable) -> &'static str {
    match table {
        TextTable::Url => {
            "-- texts::next_texts\n\
             SELECT id, text, hash FROM url WHERE id > ?1 ORDER BY id LIMIT ?2"
        }
        TextTable::Chain => {
            "-- texts::next_texts\n\
             SELECT id, text, hash FROM chain WHERE id > ?1 ORDER BY id LIMIT ?2"
        }
        TextTable::Person => {
            "-- texts::next_texts\n\
             SELECT p.id, p.text, f.text FROM person p LEFT JOIN person f \
             ON f.id = CASE p.folded WHEN 0 THEN p.id ELSE p.folded END \
             WHERE p.id > ?1 ORDER BY p.id LIMIT ?2"
        }
    }
}

/// One text and whether it is what was stored.
struct Text {
    id: i64,
    sound: bool,
}

fn read(
    conn: &Connection,
    secret: &Secret,
    table: TextTable,
    after: i64,
    mut visit: impl FnMut(Text),
) -> Result<(), StoreError> {
    let mut hasher = secret.hasher();
    let mut statement = conn.prepare_cached(next_texts(table))?;
    let mut rows = statement.query(params![after, TEXTS_PER_SNAPSHOT.cast_signed()])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let text = row.get_ref(1)?.as_str().ok();
        let sound = text.is_some_and(|text| match table {
            TextTable::Person => {
                row.get_ref(2).is_ok_and(|it| it.as_str().is_ok_and(|lower| fold(text) == lower))
            }
            TextTable::Url | TextTable::Chain => {
                let hash = (hasher.text(text) as u64).cast_signed();
                row.get(2).is_ok_and(|stored: i64| stored == hash)
            }
        });
        visit(Text { id, sound: sound && u32::try_from(id).is_ok() });
    }
    Ok(())
}

/// Looks at some texts after `after`.
pub(super) fn check(
    conn: &Connection,
    secret: &Secret,
    table: TextTable,
    after: i64,
) -> Result<(CheckReport, Option<i64>), StoreError> {
    let (mut report, mut last) = (CheckReport::default(), after);
    let name = table.name();
    let done = read(conn, secret, table, after, |Text { id, sound }| {
        report.rows += 1;
        last = id;
        if !sound {
            let what = format!("{name} {id} is not the text that was stored");
            report.found.push(CheckFinding::new(CheckPart::Texts, what));
        }
    });
    if let Err(why) = or_say(done)? {
        let what = format!("the texts after {name} {last} cannot be read: {why}");
        report.found.push(CheckFinding::new(CheckPart::Texts, what).lasting());
        return Ok((report, None));
    }
    if table == TextTable::Url && after == 0 {
        report.found.extend(twins(conn)?);
    }
    let more = report.rows == TEXTS_PER_SNAPSHOT;
    Ok((report, more.then_some(last)))
}

/// URLs that stand twice, so that a summary would show them twice.
fn twins(conn: &Connection) -> Result<Vec<CheckFinding>, StoreError> {
    let sql = "-- texts::twins\n\
               SELECT count(*) - count(DISTINCT text) FROM url WHERE hash IN \
               (SELECT hash FROM url GROUP BY hash HAVING count(*) > 1)";
    let twice = or_say(conn.query_row(sql, [], |row| row.get(0)).map_err(StoreError::from))?;
    // What cannot be read the other checks find.
    let twice: i64 = twice.unwrap_or(0);
    let what = format!("{twice} URLs are stored twice: summaries may show them in two rows");
    Ok((twice > 0).then(|| CheckFinding::new(CheckPart::Texts, what)).into_iter().collect())
}

/// Makes what is derived from the texts anew where it does not fit; how often it did not, or `None`
/// where nothing fits, so that it is the secret which is damaged.
pub(super) fn repair(conn: &Connection, secret: &Secret) -> Result<Option<u64>, StoreError> {
    let mut repaired = 0;
    for table in TextTable::ALL {
        let (unsound, rows) = all_unsound(conn, secret, table)?;
        if table == TextTable::Url && unsound.len() as u64 == rows && rows >= MOST_ALL_UNSOUND {
            return Ok(None);
        }
        for id in unsound {
            repaired += u64::from(repair_one(conn, secret, table, id)?);
        }
    }
    Ok(Some(repaired + join_twins(conn, secret)?))
}

/// So many URLs of which none is what was stored are no accident of theirs.
const MOST_ALL_UNSOUND: u64 = 8;

/// The ids of all texts of a table that are not what was stored, and how many texts there are.
fn all_unsound(
    conn: &Connection,
    secret: &Secret,
    table: TextTable,
) -> Result<(Vec<i64>, u64), StoreError> {
    let (mut unsound, mut all, mut last) = (Vec::new(), 0, Some(0));
    while let Some(after) = last.take() {
        let (mut rows, mut end) = (0, after);
        read(conn, secret, table, after, |text| {
            (rows, end) = (rows + 1, text.id);
            unsound.extend((!text.sound).then_some(text.id));
        })?;
        all += rows;
        last = (rows == TEXTS_PER_SNAPSHOT).then_some(end);
    }
    Ok((unsound, all))
}

/// Makes the first of every URL that is stored twice the only one, in clicks, in what digests reported,
/// and in the segments of all tenants; how many were.
fn join_twins(conn: &Connection, secret: &Secret) -> Result<u64, StoreError> {
    let twins = first_of_twins(conn)?;
    if twins.is_empty() {
        return Ok(0);
    }
    for (tenant, hour) in move_clicks(conn, &twins)? {
        remake_segment(conn, secret, tenant, hour)?;
    }
    let mut move_reported = conn.prepare(
        "-- texts::join_twins\n\
         UPDATE OR IGNORE reported_url SET url = ?2 WHERE url = ?1",
    )?;
    let mut drop_reported = conn.prepare(
        "-- texts::join_twins\n\
         DELETE FROM reported_url WHERE url = ?1",
    )?;
    let mut gone = conn.prepare(
        "-- texts::join_twins\n\
         DELETE FROM url WHERE id = ?1",
    )?;
    for (twin, first) in &twins {
        move_reported.execute([twin, first])?;
        drop_reported.execute([twin])?;
        gone.execute([twin])?;
    }
    Ok(twins.len() as u64)
}

/// The ids of URLs that stand a second time, each with the id of the first.
fn first_of_twins(conn: &Connection) -> Result<BTreeMap<i64, i64>, StoreError> {
    let mut twins = conn.prepare(
        "-- texts::first_of_twins\n\
         SELECT b.id, min(a.id) FROM url b JOIN url a ON a.hash = b.hash AND a.text = b.text \
         AND a.id < b.id WHERE b.hash IN (SELECT hash FROM url GROUP BY hash HAVING count(*) > 1) \
         GROUP BY b.id",
    )?;
    let twins = twins.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(twins.collect::<Result<_, _>>()?)
}

/// Gives the clicks on twins to the first of them; the hours that have such clicks.
fn move_clicks(
    conn: &Connection,
    twins: &BTreeMap<i64, i64>,
) -> Result<BTreeSet<(TenantKey, Hour)>, StoreError> {
    let mut named = conn.prepare(
        "-- texts::move_clicks\n\
         SELECT tenant, ts, key, url FROM click",
    )?;
    let mut moved: Vec<(i64, i64, Vec<u8>, i64)> = Vec::new();
    let mut rows = named.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(first) = twins.get(&row.get(3)?) {
            moved.push((row.get(0)?, row.get(1)?, row.get(2)?, *first));
        }
    }
    let mut put = conn.prepare(
        "-- texts::move_clicks\n\
         UPDATE click SET url = ?4 WHERE tenant = ?1 AND ts = ?2 AND key = ?3",
    )?;
    let mut hours = BTreeSet::new();
    for (tenant, ts, key, first) in moved {
        put.execute(params![tenant, ts, key, first])?;
        hours.insert((TenantKey(tenant), Tick(ts).hour()));
    }
    Ok(hours)
}

fn repair_one(
    conn: &Connection,
    secret: &Secret,
    table: TextTable,
    id: i64,
) -> Result<bool, StoreError> {
    let (find, put) = match table {
        TextTable::Url => (
            "-- texts::repair_one\n\
             SELECT text FROM url WHERE id = ?1",
            "-- texts::repair_one\n\
             UPDATE url SET hash = ?2 WHERE id = ?1",
        ),
        TextTable::Chain => (
            "-- texts::repair_one\n\
             SELECT text FROM chain WHERE id = ?1",
            "-- texts::repair_one\n\
             UPDATE chain SET hash = ?2 WHERE id = ?1",
        ),
        TextTable::Person => (
            "-- texts::repair_one\n\
             SELECT text FROM person WHERE id = ?1",
            "-- texts::repair_one\n\
             UPDATE person SET folded = ?2 WHERE id = ?1",
        ),
    };
    let text = conn.prepare_cached(find)?.query_row([id], |row| row.get::<_, String>(0));
    // What is no text at all stays as it is: the clicks that name it are found one by one.
    let Ok(text) = text else { return Ok(false) };
    let value = match table {
        TextTable::Person => lower_case(conn, id, &text)?,
        _ => (secret.hasher().text(&text) as u64).cast_signed(),
    };
    conn.prepare_cached(put)?.execute([id, value])?;
    Ok(true)
}

/// What stands for a user's name in lower case: 0 if it is that already.
fn lower_case(conn: &Connection, id: i64, text: &str) -> Result<i64, StoreError> {
    let lower = fold(text);
    if lower == text {
        return Ok(0);
    }
    let sql = "-- texts::lower_case\n\
               SELECT id FROM person WHERE text = ?1 AND id != ?2";
    let found = conn.prepare_cached(sql)?.query_row(params![lower, id], |row| row.get(0));
    if let Some(found) = found.optional()? {
        return Ok(found);
    }
    let sql = "-- texts::lower_case\n\
               INSERT INTO person(text, folded) VALUES (?1, 0)";
    Ok(conn.prepare_cached(sql)?.insert([lower])?)
}
