//! The clicks of an hour while they are read, each against its hashes.

use rusqlite::Connection;

use super::damage::or_say;
use crate::click::tally::{ClickOutcome, Tally};
use crate::click::{Action, Present, Text};
use crate::clock::{Span, Tick};
use crate::store::model::identity::{Hasher, asked_again};
use crate::store::model::segment::{Builder, Kind, Row};
use crate::store::sqlite::clicks::row::key;
use crate::store::sqlite::clicks::stored::{COLUMNS, Stored, TextReader};
use crate::store::{ClickKey, RowState, StoreError, TenantKey};

/// A click that is not what was stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unsound {
    pub(super) at: Tick,
    pub(super) key: ClickKey,
    pub(super) state: RowState,
    pub(super) damage: RowDamage,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowDamage {
    /// Nobody can tell which click it was.
    Identity,
    /// Its details, which have this hash as they are.
    Details(i64),
}

/// The clicks of an hour while they are read.
pub(super) struct HourReader<'a> {
    pub(super) hasher: Hasher<'a>,
    pub(super) segment: Builder,
    pub(super) unsound: Vec<Unsound>,
    pub(super) tally: Tally,
    pub(super) rows: u64,
}

impl HourReader<'_> {
    /// Reads all clicks of a span, as far as they can be read.
    pub(super) fn read(
        &mut self,
        conn: &Connection,
        tenant: TenantKey,
        span: Span,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "-- hour_reader::read\n\
             SELECT {COLUMNS}, detail, (SELECT folded FROM person WHERE id = click.person) \
             FROM click WHERE tenant = ?1 AND ts >= ?2 AND ts < ?3 ORDER BY ts, key"
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query([tenant.0, span.from.0, span.until.0])?;
        let (mut texts, mut stored) = (TextReader::new(conn)?, Stored::default());
        while let Some(row) = rows.next()? {
            self.rows += 1;
            let read = or_say(texts.read(row, &mut stored))?;
            // Whether it shows hangs on its state alone, as everywhere else.
            let live = row.get::<_, i64>(2)? == 0;
            let state = if live { RowState::Live } else { RowState::Withdrawn };
            let damage = match read {
                Ok(()) => self.damage(&stored, state, row.get(19).ok()),
                Err(_) => Some(RowDamage::Identity),
            };
            if let Some(damage) = damage {
                let (at, key) = (Tick(row.get(0)?), key(row, 1)?);
                self.unsound.push(Unsound { at, key, state, damage });
            }
            if live {
                self.show(row, &stored)?;
            }
        }
        Ok(())
    }

    /// What is wrong with a click; nothing, where its details were asked for again already.
    fn damage(
        &mut self,
        stored: &Stored,
        state: RowState,
        detail: Option<i64>,
    ) -> Option<RowDamage> {
        let click = stored.click();
        let url = self.hasher.text(click.text(Text::Url));
        let hash = self.hasher.identity(&click, url);
        if stored.key.is_none_or(|key| key.hash != hash) {
            return Some(RowDamage::Identity);
        }
        let own = self.hasher.detail(&click, Present::ALL);
        let is_asked = state == RowState::Live && detail == Some(asked_again(own));
        (detail != Some(own) && !is_asked).then_some(RowDamage::Details(own))
    }

    /// Adds a live click to the segment and to the counts.
    fn show(&mut self, row: &rusqlite::Row<'_>, stored: &Stored) -> Result<(), StoreError> {
        let kind = Kind {
            action: row.get(5)?,
            clicked_through: row.get(6)?,
            workload: row.get(8)?,
            threat: row.get(13)?,
        };
        let person: u32 = row.get(7)?;
        let folded = row.get::<_, Option<u32>>(20)?.filter(|folded| *folded != 0);
        let kind_place = self.segment.kind(kind);
        self.segment.push(Row {
            tick: Tick(row.get(0)?),
            url: row.get(4)?,
            person: folded.unwrap_or(person),
            ip: row.get(9)?,
            kind: kind_place,
        });
        let action = Action::of(stored.click().text(Text::ActionType));
        self.tally.count(ClickOutcome { action, is_clicked_through: kind.clicked_through });
        Ok(())
    }
}
