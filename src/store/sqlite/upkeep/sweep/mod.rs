//! Sweeping: texts that nothing refers to any more go, once a day, after the clicks that did.
//!
//! Others write meanwhile, in this process and in others, and may find a text again that is about to go.
//! Why none goes that is used: a click or segment refers to a text only since a transaction that noted an
//! answer, and stamped it. What was there at the beginning is marked at leisure, then the windows of the
//! answers that were stamped since; and a transaction that removes texts first looks at those that were
//! stamped after that. A repair, which notes none, ends every sweep. Whoever remembers ids forgets them
//! when another connection writes, and this one's are forgotten here. The last id of a table stays, so that
//! no id is ever given to another text.

mod meta;
mod part;
mod used;

use rusqlite::{Connection, params};

use crate::clock::{DAY, Hour, Span, Tick};
use crate::store::sqlite::clicks::answers;
use crate::store::sqlite::upkeep::retain;
use crate::store::{Store, StoreError, TenantKey};

use meta::{get, put, tenants};
use part::{SweepPosition, TextPart, UnusedTexts};
use used::{Used, mark, mark_between};

/// How long after a sweep the next one begins, if clicks were removed since.
const SWEEP_EVERY: i64 = DAY;
/// How many texts one transaction removes, so that it holds the writer for a few tens of milliseconds: each
/// of them may stand on two pages of its own.
const TEXTS_PER_REMOVAL: usize = 250;
/// How many texts are looked at for that at most.
const TEXTS_PER_SEARCH: usize = 50_000;
/// The clicks of so many answers that came between looking and removing are looked at while the writer is
/// held.
const MOST_LATE_ANSWERS: usize = 2;
/// After it was so often in a row too many of them, another day is better.
const MOST_OVERTAKEN: u32 = 200;

/// A sweep under way. One that is dropped has done no harm.
pub struct Sweep {
    /// Nobody else's: whoever begins another, or mends texts, takes it away.
    token: i64,
    used: Box<Used>,
    /// Of later answers the clicks are not marked.
    upto: Option<Tick>,
    began: Tick,
    next: SweepStage,
    /// How often in a row nothing was removed for answers that came.
    behind: u32,
    /// Texts that are gone.
    removed: u64,
}

/// What is to be done next.
enum SweepStage {
    /// Mark what the clicks of these tenants use; of the last one from this hour on.
    Mark { tenants: Vec<TenantKey>, from: Hour },
    /// Remove what is not marked.
    Remove(SweepPosition),
}

/// What became of texts that were to go.
enum Removal {
    /// So many are gone; the others are used again.
    Gone(usize),
    /// Too many answers were stamped in the meantime.
    Behind,
    /// The sweep is not to go on.
    Over,
}

impl Store {
    /// Begins a sweep, if clicks were removed since the last one and that is a day ago.
    pub fn begin_sweep(&self, now: Tick) -> Result<Option<Sweep>, StoreError> {
        if !self.read(|snapshot| is_due(&snapshot.tx, now))? {
            return Ok(None);
        }
        self.write(|conn, _| begin(conn).map(Some))
    }

    /// Does the next piece of a sweep; `None` once it is over.
    pub fn sweep(&self, mut sweep: Sweep, now: Tick) -> Result<Option<Sweep>, StoreError> {
        let place = match sweep.next {
            SweepStage::Mark { ref mut tenants, from } => {
                let tenants = std::mem::take(tenants);
                sweep.next = self.read(|snapshot| sweep.mark(&snapshot.tx, tenants, from))?;
                return Ok(Some(sweep));
            }
            SweepStage::Remove(place) => place,
        };
        let found = self.read(|snapshot| {
            sweep.follow(&snapshot.tx)?;
            sweep.unused(&snapshot.tx, place)
        })?;
        match self.remove(&mut sweep, place.part, &found)? {
            Removal::Over => return Ok(None),
            Removal::Behind if sweep.behind == MOST_OVERTAKEN => return Ok(None),
            Removal::Behind => sweep.behind += 1,
            Removal::Gone(removed) => {
                (sweep.behind, sweep.removed) = (0, sweep.removed + removed as u64);
                match place.after(&found) {
                    Some(place) => sweep.next = SweepStage::Remove(place),
                    None => return self.end(&sweep, now),
                }
            }
        }
        Ok(Some(sweep))
    }

    fn remove(
        &self,
        sweep: &mut Sweep,
        part: TextPart,
        found: &UnusedTexts,
    ) -> Result<Removal, StoreError> {
        if found.unused.is_empty() {
            return Ok(Removal::Gone(0));
        }
        self.write(|conn, caches| {
            caches.clear();
            remove(conn, sweep, part, &found.unused)
        })
    }

    fn end(&self, sweep: &Sweep, now: Tick) -> Result<Option<Sweep>, StoreError> {
        self.write(|conn, _| {
            if is_ours(conn, sweep)? {
                put(conn, "swept", now.0)?;
                put(conn, "swept_edge", sweep.used.edge)?;
                end_all(conn)?;
            }
            Ok(())
        })?;
        tracing::debug!(texts = sweep.removed, "texts that no click uses any more are removed");
        Ok(None)
    }
}

impl Sweep {
    /// Marks what some clicks use.
    fn mark(
        &mut self,
        conn: &Connection,
        mut tenants: Vec<TenantKey>,
        from: Hour,
    ) -> Result<SweepStage, StoreError> {
        let Some(tenant) = tenants.last() else {
            return Ok(SweepStage::Remove(SweepPosition { part: TextPart::Urls, after: 0 }));
        };
        let more = mark(conn, &mut self.used, *tenant, from)?;
        if more.is_none() {
            tenants.pop();
        }
        let from = more.unwrap_or(Hour(i64::MIN));
        Ok(SweepStage::Mark { tenants, from })
    }

    /// Marks what answers brought since it was looked last.
    fn follow(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let last = answers::last(conn)?;
        if self.upto == Some(last) {
            return Ok(());
        }
        self.mark_answers(conn, &answers::since(conn, self.upto.unwrap_or(self.began))?)?;
        self.used.mark_told(conn)?;
        self.used.mark_lower_case(conn)?;
        self.upto = Some(last);
        Ok(())
    }

    /// Marks what these answers brought. Those for hours that retention removes are forgotten with them, so
    /// that all that is left of such hours is looked at.
    fn mark_answers(
        &mut self,
        conn: &Connection,
        answers: &[(TenantKey, Span)],
    ) -> Result<(), StoreError> {
        for (tenant, window) in answers {
            mark_between(conn, &mut self.used, *tenant, *window)?;
        }
        for tenant in tenants(conn)? {
            if let Some(edge) = retain::edge(conn, tenant)? {
                mark_between(conn, &mut self.used, tenant, Span::new(Tick(i64::MIN), edge))?;
            }
        }
        Ok(())
    }

    /// Some ids that are not marked.
    fn unused(
        &self,
        conn: &Connection,
        SweepPosition { part, after }: SweepPosition,
    ) -> Result<UnusedTexts, StoreError> {
        let ids = self.used.of(part);
        let sql = format!(
            "-- sweep::unused\n\
             SELECT id FROM {} WHERE id > ?1 AND id < ?2 {} ORDER BY id LIMIT ?3",
            part.table(),
            part.only()
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params![after, ids.end(), TEXTS_PER_SEARCH as i64])?;
        let (mut unused, mut looked_at) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            looked_at += 1;
            if !ids.has(id) {
                unused.push(id);
            }
            if unused.len() == TEXTS_PER_REMOVAL || looked_at == TEXTS_PER_SEARCH {
                return Ok(UnusedTexts { unused, last: Some(id) });
            }
        }
        Ok(UnusedTexts { unused, last: None })
    }
}

/// Whether clicks were removed since the last sweep, and that is a day ago.
fn is_due(conn: &Connection, now: Tick) -> Result<bool, StoreError> {
    if used::edge(conn)? == get(conn, "swept_edge")?.unwrap_or(0) {
        return Ok(false);
    }
    let swept = get(conn, "swept")?.map(Tick);
    // One of the future was made by a clock that was wrong.
    Ok(swept.is_none_or(|swept| now.since(swept).abs() >= SWEEP_EVERY))
}

fn begin(conn: &Connection) -> Result<Sweep, StoreError> {
    let token = conn.query_row(
        "-- sweep::begin\n\
         SELECT random()",
        [],
        |row| row.get(0),
    )?;
    put(conn, "sweep", token)?;
    Ok(Sweep {
        token,
        used: Box::new(Used::new(conn)?),
        upto: None,
        began: answers::last(conn)?,
        next: SweepStage::Mark { tenants: tenants(conn)?, from: Hour(i64::MIN) },
        behind: 0,
        removed: 0,
    })
}

/// Ends every sweep that is under way: before anything but an answer refers to texts.
pub(crate) fn end_all(conn: &Connection) -> Result<(), StoreError> {
    conn.execute(
        "-- sweep::end_all\n\
         DELETE FROM meta WHERE name = 'sweep'",
        [],
    )?;
    Ok(())
}

fn is_ours(conn: &Connection, sweep: &Sweep) -> Result<bool, StoreError> {
    Ok(get(conn, "sweep")? == Some(sweep.token))
}

/// Removes texts that nothing refers to since they were found.
fn remove(
    conn: &Connection,
    sweep: &mut Sweep,
    part: TextPart,
    ids: &[i64],
) -> Result<Removal, StoreError> {
    if !is_ours(conn, sweep)? {
        return Ok(Removal::Over);
    }
    let upto = sweep.upto.unwrap_or(sweep.began);
    if answers::last(conn)? != upto {
        let since = answers::since(conn, upto)?;
        if since.len() > MOST_LATE_ANSWERS {
            return Ok(Removal::Behind);
        }
        sweep.mark_answers(conn, &since)?;
        if part == TextPart::Names {
            sweep.used.mark_lower_case(conn)?;
        }
    }
    if part == TextPart::Urls {
        sweep.used.mark_told(conn)?;
    }
    let mut delete = conn.prepare_cached(&format!(
        "-- sweep::remove\n\
         DELETE FROM {} WHERE id = ?1",
        part.table()
    ))?;
    let used = sweep.used.of(part);
    let mut removed = 0;
    for id in ids.iter().filter(|id| !used.has(**id)) {
        removed += delete.execute([id])?;
    }
    Ok(Removal::Gone(removed))
}
