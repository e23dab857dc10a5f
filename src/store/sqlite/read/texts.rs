//! Reading interned texts: of an id, and the id of a text.

use std::rc::Rc;

use rusqlite::{OptionalExtension, params};

use crate::click::fold;
use crate::store::{LastIds, Snapshot, StoreError, TextLookup};

impl Snapshot<'_> {
    /// The largest ids in use.
    pub fn last_ids(&self) -> Result<LastIds, StoreError> {
        let last = |sql| -> Result<u32, StoreError> {
            Ok(self.tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        };
        Ok(LastIds {
            url: last(
                "-- texts::last_ids\n\
                 SELECT ifnull(max(id), 0) FROM url",
            )?,
            person: last(
                "-- texts::last_ids\n\
                 SELECT ifnull(max(id), 0) FROM person",
            )?,
        })
    }

    /// The URL with this id.
    pub fn url(&self, id: u32) -> Result<String, StoreError> {
        let sql = "-- texts::url\n\
                   SELECT text FROM url WHERE id = ?1";
        Ok(self.tx.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    }

    /// Shows `visit` every URL with its id, in the order of ids.
    pub fn urls(&self, mut visit: impl FnMut(u32, &str)) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "-- texts::urls\n\
             SELECT id, text FROM url ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(row.get(0)?, row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
        }
        Ok(())
    }

    /// The action, workload, threat or address with this id.
    pub fn word(&self, id: u32) -> Result<Rc<str>, StoreError> {
        if let Some(word) = self.words.borrow().get(&id) {
            return Ok(word.clone());
        }
        let sql = "-- texts::word\n\
                   SELECT text FROM word WHERE id = ?1";
        let word: Rc<str> = self.tx.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
        self.words.borrow_mut().insert(id, word.clone());
        Ok(word)
    }

    /// The user with this id, as first seen or, for ids out of segments, in lower case.
    pub fn person(&self, id: u32) -> Result<String, StoreError> {
        let sql = "-- texts::person\n\
                   SELECT text FROM person WHERE id = ?1";
        Ok(self.tx.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    }

    /// Shows `visit` every user, as first seen and in lower case.
    pub fn people(&self, visit: &mut dyn FnMut(&str)) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "-- texts::people\n\
             SELECT text FROM person ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
        }
        Ok(())
    }

    /// The id of a URL, compared byte for byte.
    pub fn find_url(&self, url: &str) -> Result<Option<u32>, StoreError> {
        let hash = (self.secret.hasher().text(url) as u64).cast_signed();
        let sql = "-- texts::find_url\n\
                   SELECT id FROM url WHERE hash = ?1 AND text = ?2";
        let mut find = self.tx.prepare_cached(sql)?;
        Ok(find.query_row(params![hash, url], |row| row.get(0)).optional()?)
    }

    /// The id that segments have for a user, compared without case.
    pub fn find_person(&self, user: &str) -> Result<Option<u32>, StoreError> {
        let sql = "-- texts::find_person\n\
                   SELECT id FROM person WHERE text = ?1";
        let mut find = self.tx.prepare_cached(sql)?;
        Ok(find.query_row([fold(user)], |row| row.get(0)).optional()?)
    }
}

impl TextLookup for Snapshot<'_> {
    fn url(&self, id: u32) -> Result<String, StoreError> {
        Snapshot::url(self, id)
    }

    fn word(&self, id: u32) -> Result<Rc<str>, StoreError> {
        Snapshot::word(self, id)
    }

    fn find_person(&self, user: &str) -> Result<Option<u32>, StoreError> {
        Snapshot::find_person(self, user)
    }
}
