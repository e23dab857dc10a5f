//! Files in one, with a list of their sums, the same bytes for the same files.

use std::io::{Cursor, Write as _};

use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::cli::Failure;

/// The list of sums, as `sha256sum --check` reads it.
const SUMS: &str = "SHA256SUMS";

/// A file's name and bytes.
pub(super) type File = (&'static str, Vec<u8>);

/// The files, and the list of their sums behind them.
pub(super) fn zip(files: &[File]) -> Result<Vec<u8>, Failure> {
    let line = |(name, bytes): &File| format!("{}  {name}\n", sha256(bytes));
    let sums = files.iter().map(line).collect::<Vec<_>>().concat();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    // No time of day: it would be the only part that differs.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o600);
    let all = files.iter().map(|(name, bytes)| (*name, bytes.as_slice()));
    for (name, bytes) in all.chain([(SUMS, sums.as_bytes())]) {
        out.start_file(name, options).map_err(failure)?;
        out.write_all(bytes)?;
    }
    Ok(out.finish().map_err(failure)?.into_inner())
}

#[expect(clippy::needless_pass_by_value, reason = "map_err gives it so")]
fn failure(error: zip::result::ZipError) -> Failure {
    Failure::failed(format!("cannot make the zip: {error}"))
}

/// In hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digits = |byte: &u8| format!("{byte:02x}");
    Sha256::digest(bytes).iter().map(digits).collect::<Vec<_>>().concat()
}
