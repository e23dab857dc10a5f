//! Many clicks, their texts in one buffer.

use super::column::Text;
use super::row::Click;
use crate::clock::Tick;

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

#[cfg(test)]
mod tests {
    use super::*;

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
