//! Files in one, written as they are made, with a list of their sums; the same bytes for the same
//! files.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use aws_lc_rs::digest::{Context, SHA256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::cli::CommandError;

/// The list of sums, as `sha256sum --check` reads it.
const SUMS_NAME: &str = "SHA256SUMS";

/// A zip under way.
pub(super) struct Bundle<W: Write + Seek> {
    zip: ZipWriter<Once<W>>,
    options: SimpleFileOptions,
    sums: Vec<u8>,
}

impl<W: Write + Seek> Bundle<W> {
    /// Begins a zip of files of at most `most` bytes each.
    pub(super) fn begin(out: W, most: u64) -> Self {
        // No time of day: it would be the only part that differs.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o600)
            .large_file(u32::try_from(most).is_err());
        Self { zip: ZipWriter::new(Once { out, at: 0, failed: false }), options, sums: Vec::new() }
    }

    /// Adds a file.
    pub(super) fn file(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        self.zip.start_file(name, self.options).map_err(failure)?;
        let mut out = BufWriter::new(Summed { out: &mut self.zip, sum: Context::new(&SHA256) });
        write(&mut out)?;
        let Summed { sum, .. } = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(writeln!(self.sums, "{}  {name}", hex(sum))?)
    }

    /// Adds the list of sums, and ends the zip.
    pub(super) fn end(mut self) -> Result<(), CommandError> {
        let sums = std::mem::take(&mut self.sums);
        self.file(SUMS_NAME, |out| Ok(out.write_all(&sums)?))?;
        Ok(self.zip.finish().map_err(failure)?.flush()?)
    }
}

/// Fails once: a [`ZipWriter`] that was given up tries again, and would write to stderr that it could
/// not (zip 9.8.1, `Drop for ZipWriter`).
struct Once<W> {
    out: W,
    at: u64,
    failed: bool,
}

impl<W: Write> Write for Once<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.failed {
            self.failed = true;
            self.out.write_all(bytes)?;
            self.failed = false;
        }
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failed { Ok(()) } else { self.out.flush() }
    }
}

impl<W: Seek> Seek for Once<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) if self.failed => at,
            SeekFrom::Current(by) if self.failed => self.at.saturating_add_signed(by),
            to => self.out.seek(to)?,
        };
        Ok(self.at)
    }
}

/// Counts what it passes on into a sum.
struct Summed<W> {
    out: W,
    sum: Context,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sum.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err gives it so")]
fn failure(error: zip::result::ZipError) -> CommandError {
    CommandError::failed(format!("cannot make the zip: {error}"))
}

/// The SHA-256 of all that `from` gives, in hexadecimal digits.
pub(super) fn sha256(from: &mut impl io::Read) -> io::Result<String> {
    let mut all = Summed { out: io::sink(), sum: Context::new(&SHA256) };
    io::copy(from, &mut all)?;
    Ok(hex(all.sum))
}

fn hex(sum: Context) -> String {
    let digits = |byte: &u8| format!("{byte:02x}");
    sum.finish().as_ref().iter().map(digits).collect::<Vec<_>>().concat()
}
