//! What is told, free of any channel: each channel draws the same blocks in its own way, so a new
//! kind of message needs no change in any channel.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::clock::Tick;

/// A message before it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// What it is.
    pub kind: MessageKind,
    /// The tenants that it tells of. It may reach no sink that is not for all of them.
    pub tenants: Vec<String>,
    /// One line, the subject of a mail: our words and numbers, and names from outside as people are
    /// shown them only, dead, without markup, and short.
    pub title: String,
    /// One sentence in our words and numbers, with nothing from outside: what a phone shows of a push.
    pub preview: String,
    /// What people read, in order.
    pub blocks: Vec<Block>,
    /// The same for programs, whole.
    pub data: Json,
    /// A file that goes along where a channel can carry one.
    pub attachment: Option<Attachment>,
}

/// The kinds of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageKind {
    /// What rules found.
    Alert,
    /// A report on a schedule.
    Digest,
    /// Something about this program that somebody must act on.
    Notice,
    /// A harmless one that shows that a sink works.
    Sample,
}

impl MessageKind {
    /// The kind as programs see it: the `type` of an event.
    pub const fn event_type(self) -> &'static str {
        match self {
            Self::Alert => "clickwarden.alert",
            Self::Digest => "clickwarden.digest",
            Self::Notice => "clickwarden.notice",
            Self::Sample => "clickwarden.sample",
        }
    }
}

/// How something is to be taken. Always told in words, too, never by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither.
    Plain,
    /// Worth a look.
    Warning,
    /// Somebody must act.
    Bad,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// What the next blocks are about, in our words.
    Heading(String),
    /// A line of text.
    Line {
        /// How it is to be taken.
        tone: Tone,
        /// Its parts, which are shown one behind the other.
        parts: Vec<Value>,
    },
    /// Headline numbers.
    Facts(Vec<Fact>),
    /// What a whole is made of, drawn as a bar where that can be.
    Bar(Vec<Share>),
    /// Rows, the most important first: a channel shows as many as it has room for.
    Table(Table),
    /// Text of ours to be copied as it is, such as a query. It names nothing from outside: a URL stands
    /// in it as its hash.
    Code(String),
    /// Where to look further: addresses of ours and of the portal, never any from outside.
    Links(Vec<Link>),
}

/// A piece of text, by where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Our own words.
    Words(String),
    /// A number.
    Number(u64),
    /// A URL that somebody clicked: hostile, and it may carry live tokens.
    Url(String),
    /// Any other text from outside, such as a user's name: hostile.
    Data(String),
}

/// A headline number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it counts.
    pub label: String,
    /// The number.
    pub value: u64,
    /// How it changed, in words, such as `12 more than the week before`.
    pub change: Option<String>,
    /// How it is to be taken.
    pub tone: Tone,
}

/// A part of a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What it counts.
    pub label: String,
    /// How much of the whole.
    pub count: u64,
    /// How it is to be taken.
    pub tone: Tone,
}

/// Rows under headings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The headings; every row has as many cells.
    pub columns: Vec<String>,
    /// The most important first.
    pub rows: Vec<Vec<Value>>,
    /// How many rows there are beyond these.
    pub left_out: u64,
    /// What a row is, in the plural, such as `URLs`.
    pub noun: String,
    /// The command that lists all of them, where there is one. Messages of before have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lister: Option<String>,
}

/// An address to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What is there.
    pub label: String,
    /// The address, https.
    pub address: String,
}

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name, in plain letters.
    pub name: String,
    /// CSV, safe for spreadsheets.
    pub csv: String,
}

/// How a message is drawn: with [`Content`] all that its bytes depend on, so that a retry is the
/// same to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The message's own id, the same over all retries and recipients: letters and digits.
    pub id: String,
    /// When it was written.
    pub written: Tick,
    /// The most rows of a table that are shown; fewer after a channel refused it as too big.
    pub rows: u32,
    /// How URLs are shown.
    pub urls: UrlDisplay,
}

/// How much of a URL people are shown. Always defanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UrlDisplay {
    /// Without user part, query and fragment, which carry live tokens.
    #[default]
    Cut,
    /// Whole.
    Full,
}

impl Envelope {
    /// The id as people are shown it: in the groups of a GUID. Bare it is as long as an MD5 sum, and
    /// programs that read indicators out of text take it for one.
    pub fn shown_id(&self) -> String {
        const GROUPS: [std::ops::Range<usize>; 5] = [0..8, 8..12, 12..16, 16..20, 20..32];
        let groups = GROUPS.map(|group| self.id.get(group));
        match groups.into_iter().collect::<Option<Vec<&str>>>() {
            Some(groups) if self.id.len() == 32 => groups.join("-"),
            _ => self.id.clone(),
        }
    }
}

impl Table {
    /// The rows that are shown of it, and how many are not.
    pub fn shown(&self, rows: u32) -> (&[Vec<Value>], u64) {
        let shown = self.rows.get(..rows as usize).unwrap_or(&self.rows);
        (shown, self.left_out + (self.rows.len() - shown.len()) as u64)
    }
}

impl Content {
    /// The most rows that any of its tables has.
    pub fn rows(&self) -> u32 {
        let rows = |block: &Block| match block {
            Block::Table(table) => table.rows.len() as u32,
            _ => 0,
        };
        self.blocks.iter().map(rows).max().unwrap_or(0)
    }
}
