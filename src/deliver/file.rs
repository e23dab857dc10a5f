//! `file`: each message as a line of JSON, the event that a webhook gets, for a program that watches
//! a file.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::event::event;
use super::outcome::{Outcome, Outgoing};
use super::probe::{Reached, Unreached};
use crate::process::private_file::{folder_of, open_made, open_or_make};

/// The file that lines are added to.
#[derive(Debug)]
pub struct FileSink {
    /// Where it is; made with mode 0600 when it is missing.
    pub path: PathBuf,
}

impl FileSink {
    pub(super) async fn deliver(&self, outgoing: Outgoing<'_>) -> Result<Outcome, Outcome> {
        let (path, line) = (self.path.clone(), draw(outgoing));
        let written = tokio::task::spawn_blocking(move || add(&path, &line)).await;
        let error = written.map_err(io::Error::other).flatten().err();
        error.map_or(Ok(Outcome::Accepted), |error| Err(self.failed(&error)))
    }

    /// Whether lines could be added. Leaves nothing behind.
    pub(super) fn probe(&self) -> Result<Reached, Unreached> {
        let tried = match open_made(File::options().append(true), &self.path).map(drop) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                tempfile::tempfile_in(folder_of(&self.path)).map(drop)
            }
            tried => tried,
        };
        tried.map_err(|error| self.failed(&error))?;
        Ok(Reached::Good(format!("lines can be added to {}", self.path.display())))
    }

    fn failed(&self, error: &io::Error) -> Outcome {
        let detail = format!("cannot add to path, {}: {error}", self.path.display());
        match error.kind() {
            // These do not go away by themselves.
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidInput => Outcome::Broken { detail },
            _ => Outcome::SinkLater { wait: None, detail },
        }
    }
}

/// The line, with the line end.
fn draw(outgoing: Outgoing<'_>) -> String {
    format!("{}\n", event(outgoing.content, outgoing.envelope))
}

fn add(path: &Path, line: &str) -> io::Result<()> {
    let mut file = open_or_make(File::options().read(true).append(true), path)?;
    // In one piece, so that lines of two programs do not mix. One that was cut short, as by a full
    // disk, stays a line of its own.
    let begin = if ends_within_a_line(&file)? { "\n" } else { "" };
    file.write_all(format!("{begin}{line}").as_bytes())?;
    file.sync_data()
}

fn ends_within_a_line(file: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(place) = file.metadata()?.len().checked_sub(1) {
        file.read_exact_at(&mut last, place)?;
    }
    Ok(last != *b"\n")
}
