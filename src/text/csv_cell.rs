//! CSV that a spreadsheet opens without running it (RFC 4180; OWASP ASVS 5.0, 1.2.10).

use std::borrow::Cow;
use std::io::Write;

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use crate::text::escape::visible;

/// What a spreadsheet may take for the beginning of a formula; the last four are full-width twins.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
/// How a character begins that is written by its number.
const NUMBERED: &str = "\\u{";
/// By which Excel knows UTF-8.
const MARK: &str = "\u{feff}";

/// A file under way. Texts are quoted throughout, so that one with a `;` stays one cell also where
/// that separates cells, and numbers, truth values and what is missing never are, so that programs
/// tell them from texts.
pub struct Csv<W: Write> {
    out: Writer<W>,
    carrier: Carrier,
}

/// Where the text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// To a program: whole.
    Program,
    /// To a terminal, which would act on control characters.
    Terminal,
}

/// How a file begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With a byte order mark, without which Excel takes it for another encoding.
    Marked,
    /// With the headings, for programs that take a mark for a part of the first.
    Bare,
}

/// Why a file of CSV was not written.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// Where it goes takes no more.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Rows of different lengths.
    #[error("cannot write CSV: {0}")]
    Shape(String),
}

impl<W: Write> Csv<W> {
    /// Writes the headings.
    pub fn begin(
        mut out: W,
        carrier: Carrier,
        beginning: Beginning,
        headings: &[&str],
    ) -> Result<Self, CsvError> {
        if beginning == Beginning::Marked {
            out.write_all(MARK.as_bytes())?;
        }
        let mut builder = WriterBuilder::new();
        // Which cells are quoted is ours to say: the writer would go by their looks.
        builder.quote_style(QuoteStyle::Never).terminator(Terminator::CRLF);
        let mut csv = Self { out: builder.from_writer(out), carrier };
        headings.iter().try_for_each(|heading| csv.text(heading))?;
        csv.end_row()?;
        Ok(csv)
    }

    /// Adds a cell of text. Control characters, which some programs refuse, stand by their numbers,
    /// as `\u{1b}`; a text that has such letters itself has `\u{5c}` for their backslash.
    pub fn text(&mut self, text: &str) -> Result<(), CsvError> {
        self.shown(&by_number(text))
    }

    /// Adds a cell of text that was made to be shown, where numbers stand for such characters already.
    pub fn shown(&mut self, text: &str) -> Result<(), CsvError> {
        let safe = harmless(text);
        let shown = match self.carrier {
            Carrier::Program => safe,
            Carrier::Terminal => Cow::Owned(visible(&safe)),
        };
        self.bare(&format!("\"{}\"", shown.replace('"', "\"\"")))
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) -> Result<(), CsvError> {
        self.bare(&number.to_string())
    }

    /// Adds a word of ours, which needs no quotes; `None` leaves the cell empty.
    pub fn word(&mut self, word: Option<&'static str>) -> Result<(), CsvError> {
        self.bare(word.unwrap_or_default())
    }

    fn bare(&mut self, cell: &str) -> Result<(), CsvError> {
        self.out.write_field(cell.as_bytes()).map_err(failure)
    }

    /// Ends the row.
    pub fn end_row(&mut self) -> Result<(), CsvError> {
        self.out.write_record(None::<&[u8]>).map_err(failure)
    }

    /// What stands there so far.
    pub fn so_far(&mut self) -> Result<&W, CsvError> {
        self.out.flush()?;
        Ok(self.out.get_ref())
    }

    /// Ends the file, and gives back what it was written to.
    pub fn end(self) -> Result<W, CsvError> {
        self.out.into_inner().map_err(|error| CsvError::Io(error.into_error()))
    }
}

fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

fn by_number(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) && !text.contains(NUMBERED) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 8);
    for c in text.replace(NUMBERED, "\\u{5c}u{").chars() {
        if c.is_control() {
            written.extend(c.escape_unicode());
        } else {
            written.push(c);
        }
    }
    Cow::Owned(written)
}

fn failure(error: csv::Error) -> CsvError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => CsvError::Shape(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(cells: &[&str], carrier: Carrier) -> String {
        let mut out = Vec::new();
        let headings = vec!["A"; cells.len() + 3];
        let mut csv = Csv::begin(&mut out, carrier, Beginning::Bare, &headings).unwrap();
        for cell in cells {
            csv.text(cell).unwrap();
        }
        csv.number(7).unwrap();
        csv.word(Some("true")).unwrap();
        csv.word(None).unwrap();
        csv.end_row().unwrap();
        csv.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_cell_is_a_formula() {
        let text =
            written(&["=cmd|' /c calc'!A0", "\u{ff1d}1", "\t=1", "a;=1", "a\"b"], Carrier::Program);
        let (headings, row) = text.split_once("\r\n").unwrap();
        assert_eq!(headings, "\"A\",".repeat(8).trim_end_matches(','));
        assert_eq!(
            row,
            "\"'=cmd|' /c calc'!A0\",\"'\u{ff1d}1\",\"\\u{9}=1\",\"a;=1\",\"a\"\"b\",7,true,\r\n"
        );
        let row = written(&["a\u{1b}[2J\u{202e}"], Carrier::Terminal);
        assert!(row.ends_with("\r\n\"a\\u{1b}[2J\\u{202e}\",7,true,\r\n"), "{row}");
    }

    /// Programs tell by the quotes what is a text, what a number, a truth value or nothing.
    #[test]
    fn only_texts_are_quoted() {
        let row = written(&["", "7", "true", "1e5", "nan", "a\0b\nc", "\\u{9}"], Carrier::Program);
        let row = row.split_once("\r\n").unwrap().1;
        assert_eq!(
            row,
            "\"\",\"7\",\"true\",\"1e5\",\"nan\",\"a\\u{0}b\\u{a}c\",\"\\u{5c}u{9}\",7,true,\r\n"
        );
        let mut out = Vec::new();
        Csv::begin(&mut out, Carrier::Program, Beginning::Marked, &["A"]).unwrap().end().unwrap();
        assert_eq!(out, "\u{feff}\"A\"\r\n".as_bytes());
    }

    /// The text that a cell was written from.
    fn read(cell: &str) -> String {
        let cell = cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell);
        let mut parts = cell.split(NUMBERED);
        let mut text = parts.next().unwrap().to_owned();
        for part in parts {
            let (number, rest) = part.split_once('}').unwrap();
            text.push(char::from_u32(u32::from_str_radix(number, 16).unwrap()).unwrap());
            text.push_str(rest);
        }
        text
    }

    proptest! {
        #[test]
        fn a_cell_reads_back(cells in proptest::collection::vec("(\\\\u\\{|'|[=@\\x00-\\x1f\"\\\\,;]|\\PC|.){0,12}", 1..4)) {
            let text = written(&cells.iter().map(String::as_str).collect::<Vec<_>>(), Carrier::Program);
            prop_assert!(!text.replace("\r\n", "").contains(char::is_control));
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let row = reader.records().nth(1).unwrap().unwrap();
            for (cell, shown) in cells.iter().zip(&row) {
                prop_assert!(!shown.starts_with(FORMULA));
                // A quote that stood there before a sign stays.
                let stays = cell.strip_prefix('\'').is_some_and(|rest| rest.starts_with(FORMULA));
                let quote = if stays { "'" } else { "" };
                prop_assert_eq!(format!("{quote}{}", read(shown)), cell.as_str());
            }
        }
    }
}
