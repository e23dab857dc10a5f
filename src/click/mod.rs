//! A click as the source shows it, a batch of clicks in one arena, and the whole-term rule.

pub mod pattern;
pub mod selection;
pub mod sort;
pub mod spelling;
pub mod tally;

use crate::clock::Tick;

/// One row of `UrlClickEvents`. Null and missing strings are `""`, as in KQL, where a string is
/// never null; columns are those of the Defender table reference ("UrlClickEvents").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Click<'a> {
    /// When the user clicked (`Timestamp`).
    pub timestamp: Tick,
    /// The text columns, by [`Text`].
    pub texts: [&'a str; Text::COUNT],
    /// Whether the user went on past the warning (`IsClickedThrough`); null stays null.
    pub is_clicked_through: Option<bool>,
    /// Columns that this program does not know, as one JSON object with sorted keys; `""` if none.
    pub extra: &'a str,
}

impl<'a> Click<'a> {
    /// The value of a text column.
    #[expect(clippy::indexing_slicing, reason = "a Text is always below Text::COUNT")]
    pub const fn text(&self, column: Text) -> &'a str {
        self.texts[column as usize]
    }
}

/// The text columns this program knows: the first seven (with `Timestamp` and
/// `IsClickedThrough`) make a row's identity, the others are detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the column of that name")]
pub enum Text {
    Url,
    ActionType,
    AccountUpn,
    Workload,
    NetworkMessageId,
    IPAddress,
    ReportId,
    ThreatTypes,
    DetectionMethods,
    UrlChain,
    AppName,
    AppVersion,
    SourceId,
}

impl Text {
    /// How many there are.
    pub const COUNT: usize = 13;
    /// How many of them, from the front, belong to the identity.
    pub const IDENTITY: usize = 7;
    /// All of them, in declaration order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Url,
        Self::ActionType,
        Self::AccountUpn,
        Self::Workload,
        Self::NetworkMessageId,
        Self::IPAddress,
        Self::ReportId,
        Self::ThreatTypes,
        Self::DetectionMethods,
        Self::UrlChain,
        Self::AppName,
        Self::AppVersion,
        Self::SourceId,
    ];

    /// The source's name for the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Url => "Url",
            Self::ActionType => "ActionType",
            Self::AccountUpn => "AccountUpn",
            Self::Workload => "Workload",
            Self::NetworkMessageId => "NetworkMessageId",
            Self::IPAddress => "IPAddress",
            Self::ReportId => "ReportId",
            Self::ThreatTypes => "ThreatTypes",
            Self::DetectionMethods => "DetectionMethods",
            Self::UrlChain => "UrlChain",
            Self::AppName => "AppName",
            Self::AppVersion => "AppVersion",
            Self::SourceId => "SourceId",
        }
    }
}

/// The column that holds the click's time.
pub const TIMESTAMP: &str = "Timestamp";
/// The one boolean column.
pub const IS_CLICKED_THROUGH: &str = "IsClickedThrough";

/// The columns that the answer to a fetch had: one that was absent changes no detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Present {
    texts: u16,
    /// Whether any column beyond the known ones was named.
    pub extra: bool,
}

impl Present {
    /// Every known column.
    pub const ALL: Self = Self { texts: (1 << Text::COUNT) - 1, extra: true };

    /// The set with `column` added.
    #[must_use]
    pub const fn with(self, column: Text) -> Self {
        Self { texts: self.texts | 1 << column as u16, ..self }
    }

    /// Whether the answer had `column`.
    pub const fn has(self, column: Text) -> bool {
        self.texts & 1 << column as u16 != 0
    }
}

/// Many clicks, their texts in one buffer: a decoded answer in two allocations.
#[derive(Clone, Debug, Default)]
pub struct Clicks {
    text: String,
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    timestamp: Tick,
    /// Where the row's texts begin in the buffer.
    start: u32,
    /// Where each text ends, counted from `start`; the last is `extra`.
    ends: [u32; Text::COUNT + 1],
    is_clicked_through: Option<bool>,
}

impl Clicks {
    /// An empty batch with room for `rows` rows and `bytes` of text.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), rows: Vec::with_capacity(rows) }
    }

    /// Adds a copy of `click`. `false`, and nothing added, when the batch would pass 4 GiB of text.
    pub fn push(&mut self, click: &Click<'_>) -> bool {
        let all = || click.texts.iter().copied().chain([click.extra]);
        let len: usize = all().map(str::len).sum();
        let Ok(start) = u32::try_from(self.text.len()) else { return false };
        if u32::try_from(self.text.len() + len).is_err() {
            return false;
        }
        let mut ends = [0; Text::COUNT + 1];
        let mut end = 0;
        for (slot, text) in ends.iter_mut().zip(all()) {
            self.text.push_str(text);
            end += text.len() as u32;
            *slot = end;
        }
        let Click { timestamp, is_clicked_through, .. } = *click;
        self.rows.push(Row { timestamp, start, ends, is_clicked_through });
        true
    }

    /// How many clicks there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes of text held.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// The click at `index`, in the order they were pushed.
    pub fn get(&self, index: usize) -> Option<Click<'_>> {
        self.rows.get(index).map(|row| self.view(row))
    }

    /// All clicks, in the order they were pushed.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Click<'_>> {
        self.rows.iter().map(|row| self.view(row))
    }

    fn view(&self, row: &Row) -> Click<'_> {
        let mut rest = self.text.get(row.start as usize..).unwrap_or_default();
        let mut begin = 0;
        let mut next = |end: u32| {
            let (text, tail) = rest.split_at_checked((end - begin) as usize).unwrap_or_default();
            (begin, rest) = (end, tail);
            text
        };
        let [texts @ .., extra] = row.ends;
        let texts = texts.map(&mut next);
        let extra = next(extra);
        let Row { timestamp, is_clicked_through, .. } = *row;
        Click { timestamp, texts, is_clicked_through, extra }
    }
}

impl<'a> FromIterator<Click<'a>> for Clicks {
    fn from_iter<I: IntoIterator<Item = Click<'a>>>(clicks: I) -> Self {
        let mut all = Self::default();
        for click in clicks {
            all.push(&click);
        }
        all
    }
}

/// Whether `needle` is a whole term of `text`, ignoring case: KQL's `has`.
///
/// A term is a maximal run of letters and digits (Kusto, "String operators": "maximal sequences
/// of alphanumeric characters"), so `ClickBlockedByTenantPolicy` does not have `ClickBlocked`.
/// An empty needle is in nothing.
pub fn has_term(text: &str, needle: &str) -> bool {
    !needle.is_empty()
        && text
            .split(|c: char| !c.is_alphanumeric())
            .any(|term| term.len() == needle.len() && same_ignoring_case(term, needle))
}

fn same_ignoring_case(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}

/// A user's name as it is compared: in lower case, character by character, so that the outcome
/// does not hang on a letter's neighbours and lowering twice changes nothing more.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.chars().flat_map(char::to_lowercase).collect()
}

/// In which counts an action lands: the four of the query, the tenant's own blocks, or `Other`.
///
/// More than one can be set: `"ClickBlocked,ClickAllowed"` counts in both, as in the KQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the summary")]
pub struct Action {
    /// Has the term `ClickBlocked`.
    pub blocked: bool,
    /// Has the term `ClickAllowed`.
    pub allowed: bool,
    /// Has the term `UrlScanInProgress`.
    pub pending_verdict: bool,
    /// Has the term `UrlErrorPage`.
    pub error: bool,
    /// Has the term `ClickBlockedByTenantPolicy`, which is none of the query's four.
    pub blocked_by_tenant_policy: bool,
}

impl Action {
    /// Reads an `ActionType`.
    pub fn of(text: &str) -> Self {
        Self {
            blocked: has_term(text, "ClickBlocked"),
            allowed: has_term(text, "ClickAllowed"),
            pending_verdict: has_term(text, "UrlScanInProgress"),
            error: has_term(text, "UrlErrorPage"),
            blocked_by_tenant_policy: has_term(text, "ClickBlockedByTenantPolicy"),
        }
    }

    /// Whether it lands in no named count.
    pub fn is_other(self) -> bool {
        self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_a_whole_run_of_letters_and_digits() {
        for (text, has) in [
            ("ClickBlocked", true),
            (" ClickBlocked ", true),
            ("CLICKBLOCKED", true),
            ("ClickBlocked_ClickAllowed", true),
            ("ClickBlocked—x", true),
            ("ClickBlockedByTenantPolicy", false),
            ("xClickBlocked", false),
            ("ClickBlocked2", false),
            ("Click Blocked", false),
            ("ClickBlockedé", false),
            ("", false),
        ] {
            assert_eq!(has_term(text, "ClickBlocked"), has, "{text:?}");
        }
        assert!(!has_term("", ""));
    }

    #[test]
    fn a_batch_gives_back_what_was_pushed() {
        let mut texts = [""; Text::COUNT];
        texts[Text::Url as usize] = "https://a.example/ä";
        texts[Text::SourceId as usize] = "s";
        let click =
            Click { timestamp: Tick(5), texts, is_clicked_through: Some(true), extra: "{}" };
        let empty = Click {
            timestamp: Tick(6),
            texts: [""; Text::COUNT],
            is_clicked_through: None,
            extra: "",
        };
        let batch: Clicks = [click, empty, click].into_iter().collect();
        assert_eq!(batch.iter().collect::<Vec<_>>(), [click, empty, click]);
        assert_eq!(batch.get(3), None);
    }
}
