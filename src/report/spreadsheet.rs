//! CSV that a spreadsheet opens without running it (RFC 4180; OWASP ASVS 5.0, 1.2.10).

use std::borrow::Cow;
use std::io::Write;

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use crate::quote::visible;

/// What a spreadsheet may take for the beginning of a formula; the last four are full-width twins.
const FORMULA: [char; 12] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// A file under way. Texts are quoted throughout, so that one with a `;` stays one cell also where
/// that separates cells.
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
    pub fn begin(out: W, carrier: Carrier, headings: &[&str]) -> Result<Self, CsvError> {
        let mut builder = WriterBuilder::new();
        builder.quote_style(QuoteStyle::NonNumeric).terminator(Terminator::CRLF);
        let mut out = builder.from_writer(out);
        out.write_record(headings).map_err(failure)?;
        Ok(Self { out, carrier })
    }

    /// Adds a cell of text.
    pub fn text(&mut self, text: &str) -> Result<(), CsvError> {
        let safe = harmless(text);
        let shown = match self.carrier {
            Carrier::Program => safe,
            Carrier::Terminal => Cow::Owned(visible(&safe)),
        };
        self.out.write_field(shown.as_bytes()).map_err(failure)
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) -> Result<(), CsvError> {
        self.out.write_field(number.to_string()).map_err(failure)
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
        let headings = vec!["A"; cells.len() + 1];
        let mut csv = Csv::begin(&mut out, carrier, &headings).unwrap();
        for cell in cells {
            csv.text(cell).unwrap();
        }
        csv.number(7).unwrap();
        csv.end_row().unwrap();
        csv.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_cell_is_a_formula() {
        let text =
            written(&["=cmd|' /c calc'!A0", "\u{ff1d}1", "\t=1", "a;=1", "a\"b"], Carrier::Program);
        assert_eq!(
            text,
            "\"A\",\"A\",\"A\",\"A\",\"A\",\"A\"\r\n\"'=cmd|' /c calc'!A0\",\"'\u{ff1d}1\",\"'\t=1\",\"a;=1\",\"a\"\"b\",7\r\n"
        );
        assert_eq!(
            written(&["a\u{1b}[2J"], Carrier::Terminal),
            "\"A\",\"A\"\r\n\"a\\u{1b}[2J\",7\r\n"
        );
    }

    proptest! {
        #[test]
        fn a_cell_reads_back(cells in proptest::collection::vec(any::<String>(), 1..4)) {
            let text = written(&cells.iter().map(String::as_str).collect::<Vec<_>>(), Carrier::Program);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let row = reader.records().nth(1).unwrap().unwrap();
            for (cell, read) in cells.iter().zip(&row) {
                prop_assert!(!read.starts_with(FORMULA));
                prop_assert!(read == cell || read.strip_prefix('\'') == Some(cell.as_str()));
            }
        }
    }
}
