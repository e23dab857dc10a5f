//! Who a row is: keyed 128-bit hashes of its identity, and a 64-bit one of its details.
//!
//! Every hash is keyed with a secret made with the database, because URLs and names are written by
//! attackers: nobody outside can make two texts meet.

use std::fmt;

use crate::click::{Click, Present, Text};
use crate::clock::Tick;

use super::guid::Packed;

/// The database's own secret.
#[derive(Clone)]
pub(crate) struct Secret([u8; 32]);

/// What a hash is taken of, so that equal bytes in different places do not hash alike.
#[derive(Clone, Copy)]
enum Domain {
    Text = 1,
    Identity = 2,
    Detail = 3,
}

/// Before a hashed text stands its length if that is less than this, which stands before the 16
/// bytes of a GUID.
const GUID: u8 = 254;
/// Stands before a length of 8 bytes.
const LONG: u8 = 255;

/// A row's identity without its time: the hash, and which of several equal rows it is.
///
/// In the database 16 bytes, and the ordinal as 4 more if it is not 0: equal rows are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClickKey {
    pub(crate) hash: u128,
    pub(crate) ordinal: u32,
}

impl fmt::Display for ClickKey {
    /// In hexadecimal digits: names a row among all rows of its database.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.hash)?;
        if self.ordinal > 0 {
            write!(f, "{:08x}", self.ordinal)?;
        }
        Ok(())
    }
}

impl ClickKey {
    /// The bytes, and how many of them count.
    pub(crate) fn to_bytes(self) -> ([u8; 20], usize) {
        let mut bytes = [0; 20];
        let (hash, ordinal) = bytes.split_at_mut(16);
        hash.copy_from_slice(&self.hash.to_be_bytes());
        ordinal.copy_from_slice(&self.ordinal.to_be_bytes());
        (bytes, if self.ordinal == 0 { 16 } else { 20 })
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hash, ordinal) = bytes.split_first_chunk::<16>()?;
        let ordinal = match ordinal {
            [] => 0,
            more => u32::from_be_bytes(more.try_into().ok()?),
        };
        Some(Self { hash: u128::from_be_bytes(*hash), ordinal })
    }
}

/// What stands in the place of the hash of damaged details which the source is to give again: no
/// answer has it, so that the next one is taken over.
pub(crate) const fn asked_again(detail: i64) -> i64 {
    !detail
}

/// Takes hashes; the buffer is kept between rows.
pub(crate) struct Hasher<'s> {
    secret: &'s Secret,
    buffer: Vec<u8>,
}

impl Secret {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    pub(crate) fn hasher(&self) -> Hasher<'_> {
        Hasher { secret: self, buffer: Vec::with_capacity(512) }
    }
}

impl Hasher<'_> {
    /// The hash of one text: what the intern caches and the `url` and `chain` tables go by.
    pub(crate) fn text(&mut self, text: &str) -> u128 {
        self.begin(Domain::Text);
        self.buffer.extend_from_slice(text.as_bytes());
        self.finish()
    }

    /// The hash of a row's identity; `url` is [`Hasher::text`] of its URL.
    pub(crate) fn identity(&mut self, click: &Click<'_>, url: u128) -> u128 {
        self.begin(Domain::Identity);
        let Tick(ticks) = click.timestamp;
        self.buffer.extend_from_slice(&ticks.to_le_bytes());
        self.buffer.extend_from_slice(&url.to_le_bytes());
        // Null is neither true nor false.
        self.buffer.push(click.is_clicked_through.map_or(2, u8::from));
        for text in click.texts.iter().take(Text::IDENTITY).skip(1) {
            self.push(text);
        }
        self.finish()
    }

    /// The hash of a row's details. A column that `present` lacks counts as empty.
    pub(crate) fn detail(&mut self, click: &Click<'_>, present: Present) -> i64 {
        self.begin(Domain::Detail);
        for column in Text::ALL.into_iter().skip(Text::IDENTITY) {
            let text = if present.has(column) { click.text(column) } else { "" };
            match column {
                // The usual chain is the URL again, which is hashed already.
                Text::UrlChain if is_url_alone(text, click.text(Text::Url)) => self.buffer.push(1),
                Text::UrlChain => {
                    self.buffer.push(0);
                    self.push(text);
                }
                _ => self.push(text),
            }
        }
        self.push(if present.extra { click.extra } else { "" });
        (self.finish() as u64).cast_signed()
    }

    fn begin(&mut self, domain: Domain) {
        self.buffer.clear();
        self.buffer.push(domain as u8);
    }

    /// Adds a text with what it is before it, so that no two lists of texts read alike. In as few
    /// bytes as can be: BLAKE3 takes its time for every 64 of them.
    fn push(&mut self, text: &str) {
        match Packed::new(text) {
            Packed::Guid(bytes) => {
                self.buffer.push(GUID);
                self.buffer.extend_from_slice(&bytes);
            }
            Packed::Text(text) => {
                match u8::try_from(text.len()) {
                    Ok(len) if len < GUID => self.buffer.push(len),
                    _ => {
                        self.buffer.push(LONG);
                        self.buffer.extend_from_slice(&(text.len() as u64).to_le_bytes());
                    }
                }
                self.buffer.extend_from_slice(text.as_bytes());
            }
        }
    }

    fn finish(&self) -> u128 {
        let hash = blake3::keyed_hash(&self.secret.0, &self.buffer);
        hash.as_bytes().first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
    }
}

/// Whether `chain` is exactly the JSON text `["<url>"]`.
pub(crate) fn is_url_alone(chain: &str, url: &str) -> bool {
    chain.len() == url.len() + 4
        && chain.strip_prefix("[\"").and_then(|c| c.strip_suffix("\"]")) == Some(url)
}
