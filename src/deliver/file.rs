//! `file`: each message as a line of JSON, the event that a webhook gets, for a program that watches
//! a file.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::event::event;
use super::reach::{Reached, Unreached};
use super::{Outcome, Parcel};

/// The file that lines are added to.
#[derive(Debug)]
pub struct FileSink {
    /// Where it is; made with mode 0600 when it is missing.
    pub path: PathBuf,
}

impl FileSink {
    pub(super) async fn deliver(&self, parcel: Parcel<'_>) -> Result<Outcome, Outcome> {
        let (path, line) = (self.path.clone(), draw(parcel));
        let written = tokio::task::spawn_blocking(move || add(&path, &line)).await;
        let error = written.map_err(io::Error::other).flatten().err();
        error.map_or(Ok(Outcome::Accepted), |error| Err(self.failed(&error)))
    }

    /// Whether lines could be added. Leaves nothing behind.
    pub(super) fn reach(&self) -> Result<Reached, Unreached> {
        let tried = open(File::options().append(true), &self.path);
        let tried = match tried.map(drop) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
                tempfile::tempfile_in(folder.unwrap_or(Path::new("."))).map(drop)
            }
            tried => tried,
        };
        tried.map_err(|error| self.failed(&error))?;
        Ok(Reached::Good(format!("lines can be added to {}", self.path.display())))
    }

    fn failed(&self, error: &io::Error) -> Outcome {
        let told = format!("cannot add to path, {}: {error}", self.path.display());
        match error.kind() {
            // These do not go away by themselves.
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidInput => Outcome::Broken { told },
            _ => Outcome::SinkLater { wait: None, told },
        }
    }
}

/// The line, with the line end.
fn draw(parcel: Parcel<'_>) -> String {
    format!("{}\n", event(parcel.content, parcel.envelope))
}

fn add(path: &Path, line: &str) -> io::Result<()> {
    let mut file = open(File::options().read(true).append(true).create(true).mode(0o600), path)?;
    // In one piece, so that lines of two programs do not mix. One that was cut short, as by a full
    // disk, stays a line of its own.
    let begin = if ends_within_a_line(&file)? { "\n" } else { "" };
    file.write_all(format!("{begin}{line}").as_bytes())?;
    file.sync_data()
}

fn open(options: &OpenOptions, path: &Path) -> io::Result<File> {
    // Opening a pipe that nobody reads would never end.
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    options.open(path)
}

fn ends_within_a_line(file: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(place) = file.metadata()?.len().checked_sub(1) {
        file.read_exact_at(&mut last, place)?;
    }
    Ok(last != *b"\n")
}
