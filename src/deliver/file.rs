//! `file`: each message as a line of JSON, the event that a webhook gets, for a program that watches
//! a file.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::event::event;
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
        let written = tokio::task::spawn_blocking(move || {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.append(true).create(true).mode(0o600).open(&path)?;
            // In one piece, so that lines of two programs do not mix.
            file.write_all(line.as_bytes())?;
            file.sync_data()
        });
        let error = match written.await {
            Ok(Ok(())) => return Ok(Outcome::Accepted),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        let told = format!("cannot write {}: {error}", self.path.display());
        Err(Outcome::SinkLater { wait: None, told })
    }
}

/// The line, with the line end.
fn draw(parcel: Parcel<'_>) -> String {
    format!("{}\n", event(parcel.content, parcel.envelope))
}
