//! One JSON object whose last member is a list that is written row by row.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};

use crate::text::escape::is_visible;

/// An object under way. Rows stand one a line, for those who read it with line tools.
pub(in crate::cli) struct JsonRows<W> {
    out: W,
    first: bool,
}

impl<W: Write> JsonRows<W> {
    /// Writes the members of `head`, an object that is not empty, and begins the member `rows`.
    pub(in crate::cli) fn begin(mut out: W, head: &impl Serialize) -> io::Result<Self> {
        let mut bytes = Vec::new();
        write(&mut bytes, head)?;
        bytes.pop();
        out.write_all(&bytes)?;
        out.write_all(b",\"rows\":[")?;
        Ok(Self { out, first: true })
    }

    /// Writes one row.
    pub(in crate::cli) fn row(&mut self, row: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        write(&mut self.out, row)
    }

    /// Ends list and object.
    pub(in crate::cli) fn end(mut self) -> io::Result<()> {
        self.out.write_all(if self.first { b"]}\n" } else { b"\n]}\n" })?;
        self.out.flush()
    }
}

/// Writes `value` with every character that does not show as itself escaped: the same value to
/// programs, and harmless on a terminal.
pub(in crate::cli) fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Visible))?;
    Ok(())
}

/// The same with line ends and blanks between its parts, for those who look at it.
pub(in crate::cli) fn write_pretty(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    // What is to be escaped can stand in strings only.
    escape(out, &serde_json::to_string_pretty(value)?)
}

/// Writes `value` to stdout, on a line.
pub(in crate::cli) fn print(value: &impl Serialize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out, value)?;
    writeln!(out)?;
    out.flush()
}

struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        escape(out, text)
    }

    /// JSON as it was stored: its own escapes stand, and blanks between tokens.
    fn write_raw_fragment<W: Write + ?Sized>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        escape(out, text)
    }
}

fn escape<W: Write + ?Sized>(out: &mut W, text: &str) -> io::Result<()> {
    let mut shown = text;
    let hidden = |c: char| c > '\u{7e}' && !is_visible(c);
    while let Some((at, c)) = shown.char_indices().find(|(_, c)| hidden(*c)) {
        let (before, rest) = shown.split_at_checked(at).unwrap_or((shown, ""));
        CompactFormatter.write_string_fragment(out, before)?;
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        shown = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    CompactFormatter.write_string_fragment(out, shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    proptest! {
        #[test]
        fn programs_read_what_terminals_cannot(text: String) {
            let json = serde_json::to_string(&text).unwrap();
            let raw = RawValue::from_string(json).unwrap();
            let (mut typed, mut kept) = (Vec::new(), Vec::new());
            write(&mut typed, &text).unwrap();
            write(&mut kept, &raw).unwrap();
            let mut pretty = Vec::new();
            write_pretty(&mut pretty, &text).unwrap();
            for bytes in [typed, kept, pretty] {
                let shown = String::from_utf8(bytes).unwrap();
                prop_assert!(shown.chars().all(is_visible), "{shown:?}");
                prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text.clone());
            }
        }
    }

    #[test]
    fn rows_are_a_list() {
        for rows in [vec![], vec![1], vec![1, 2]] {
            let mut out = Vec::new();
            let mut list = JsonRows::begin(&mut out, &serde_json::json!({ "from": "x" })).unwrap();
            for row in &rows {
                list.row(row).unwrap();
            }
            list.end().unwrap();
            let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(read, serde_json::json!({ "from": "x", "rows": rows }));
        }
    }
}
