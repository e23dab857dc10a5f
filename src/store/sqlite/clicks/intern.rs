//! Interning: every text once in the database, and the ids of recent ones in memory.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::click::{Click, Text, fold};
use crate::store::StoreError;
use crate::store::model::click_ids::PersonIds;

/// How many URLs, and how many chains, are remembered per generation: at 28 bytes each.
const RECENT_TEXTS: usize = 128 * 1024;
/// How many words, and how many people, are remembered per generation.
const RECENT_WORDS: usize = 16 * 1024;
/// A word longer than this is not remembered.
const LONG_WORD: usize = 256;

/// The ids of recently used texts. Wrong as soon as a transaction is undone or another process
/// writes: see [`Caches::clear`].
#[derive(Default)]
pub(crate) struct Caches {
    urls: Recent<u128, u32, BuildHasherDefault<Keyed>>,
    chains: Recent<u128, u32, BuildHasherDefault<Keyed>>,
    words: Recent<Box<str>, u32, RandomState>,
    people: Recent<Box<str>, PersonIds, RandomState>,
}

impl Caches {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// A map that forgets what was not used since about `most` insertions: two generations.
struct Recent<K, V, S> {
    young: HashMap<K, V, S>,
    old: HashMap<K, V, S>,
}

impl<K, V, S: Default> Default for Recent<K, V, S> {
    fn default() -> Self {
        Self { young: HashMap::default(), old: HashMap::default() }
    }
}

impl<K: Eq + Hash, V: Copy, S: BuildHasher + Default> Recent<K, V, S> {
    fn get<Q: Eq + Hash + ?Sized>(&mut self, key: &Q, most: usize) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if let Some(value) = self.young.get(key) {
            return Some(*value);
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.put(key, value, most);
        Some(value)
    }

    fn put(&mut self, key: K, value: V, most: usize) {
        if self.young.len() >= most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// Passes a keyed BLAKE3 hash through: it is as good a hash as there can be.
#[derive(Default)]
struct Keyed(u64);

impl Hasher for Keyed {
    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Finds or adds texts within one transaction.
pub(crate) struct Interner<'c> {
    caches: &'c mut Caches,
    urls: Statements<'c>,
    chains: Statements<'c>,
    words: Statements<'c>,
    people: Statements<'c>,
    /// The last word of each column: neighbours are often alike.
    last: [Last; Text::COUNT],
}

#[derive(Default)]
struct Last {
    text: String,
    id: u32,
}

struct Statements<'c> {
    find: CachedStatement<'c>,
    add: CachedStatement<'c>,
}

impl<'c> Statements<'c> {
    fn new(conn: &'c Connection, find: &str, add: &str) -> Result<Self, StoreError> {
        Ok(Self { find: conn.prepare_cached(find)?, add: conn.prepare_cached(add)? })
    }

    /// The id of a text in a table with a hash: rows of that hash are compared by text.
    fn hashed(&mut self, hash: u128, text: &str) -> Result<u32, StoreError> {
        let hash = (hash as u64).cast_signed();
        let mut rows = self.find.query([hash])?;
        while let Some(row) = rows.next()? {
            if row.get_ref(1)?.as_bytes_or_null().ok().flatten() == Some(text.as_bytes()) {
                return id(row.get(0)?);
            }
        }
        drop(rows);
        id(self.add.insert((hash, text))?)
    }
}

/// Ids are 32-bit in segments.
fn id(rowid: i64) -> Result<u32, StoreError> {
    u32::try_from(rowid).map_err(|_| StoreError::TooManyTexts)
}

impl<'c> Interner<'c> {
    pub(crate) fn new(conn: &'c Connection, caches: &'c mut Caches) -> Result<Self, StoreError> {
        let table = |find, add| Statements::new(conn, find, add);
        Ok(Self {
            caches,
            urls: table(
                "-- intern::new\n\
                 SELECT id, text FROM url WHERE hash = ?1",
                "-- intern::new\n\
                 INSERT INTO url(hash, text) VALUES (?1, ?2)",
            )?,
            chains: table(
                "-- intern::new\n\
                 SELECT id, text FROM chain WHERE hash = ?1",
                "-- intern::new\n\
                 INSERT INTO chain(hash, text) VALUES (?1, ?2)",
            )?,
            words: table(
                "-- intern::new\n\
                 SELECT id FROM word WHERE text = ?1",
                "-- intern::new\n\
                 INSERT INTO word(text) VALUES (?1)",
            )?,
            people: table(
                "-- intern::new\n\
                 SELECT id, folded FROM person WHERE text = ?1",
                "-- intern::new\n\
                 INSERT INTO person(text, folded) VALUES (?1, ?2)",
            )?,
            last: Default::default(),
        })
    }

    /// The id of a URL, given its keyed hash.
    pub(crate) fn url(&mut self, hash: u128, text: &str) -> Result<u32, StoreError> {
        if let Some(id) = self.caches.urls.get(&hash, RECENT_TEXTS) {
            return Ok(id);
        }
        let id = self.urls.hashed(hash, text)?;
        self.caches.urls.put(hash, id, RECENT_TEXTS);
        Ok(id)
    }

    /// The id of a chain, given its keyed hash.
    pub(crate) fn chain(&mut self, hash: u128, text: &str) -> Result<u32, StoreError> {
        if let Some(id) = self.caches.chains.get(&hash, RECENT_TEXTS) {
            return Ok(id);
        }
        let id = self.chains.hashed(hash, text)?;
        self.caches.chains.put(hash, id, RECENT_TEXTS);
        Ok(id)
    }

    /// The id of the word that a click has in `column`; 0 for the empty one.
    pub(crate) fn word(&mut self, column: Text, click: &Click<'_>) -> Result<u32, StoreError> {
        let (place, text) = (column as usize, click.text(column));
        if let Some(last) = self.last.get(place).filter(|last| last.text == text) {
            return Ok(last.id);
        }
        let id = self.find_or_add_word(text)?;
        if let Some(last) = self.last.get_mut(place) {
            last.text.clear();
            last.text.push_str(text);
            last.id = id;
        }
        Ok(id)
    }

    fn find_or_add_word(&mut self, text: &str) -> Result<u32, StoreError> {
        if text.is_empty() {
            return Ok(0);
        }
        if let Some(id) = self.caches.words.get(text, RECENT_WORDS) {
            return Ok(id);
        }
        let found = self.words.find.query_row([text], |row| row.get(0)).optional()?;
        let id = id(match found {
            Some(id) => id,
            None => self.words.add.insert([text])?,
        })?;
        if text.len() <= LONG_WORD {
            self.caches.words.put(text.into(), id, RECENT_WORDS);
        }
        Ok(id)
    }

    /// The ids of a user; 0 for nobody.
    pub(crate) fn person(&mut self, text: &str) -> Result<PersonIds, StoreError> {
        if let Some(person) = self.caches.people.get(text, RECENT_WORDS) {
            return Ok(person);
        }
        let person = self.find_or_add_person(text)?;
        if text.len() <= LONG_WORD {
            self.caches.people.put(text.into(), person, RECENT_WORDS);
        }
        Ok(person)
    }

    fn find_or_add_person(&mut self, text: &str) -> Result<PersonIds, StoreError> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        if let Some((one, folded)) = self.people.find.query_row([text], read).optional()? {
            let (one, folded) = (id(one)?, id(folded)?);
            return Ok(PersonIds { id: one, folded: if folded == 0 { one } else { folded } });
        }
        let lower = fold(text);
        if lower == text {
            // Its own lower case, which 0 stands for: the id is known only once the row is there.
            let one = id(self.people.add.insert((text, 0))?)?;
            return Ok(PersonIds { id: one, folded: one });
        }
        let folded = self.person(&lower)?.folded;
        Ok(PersonIds { id: id(self.people.add.insert((text, folded))?)?, folded })
    }
}
