//! Lines that end with CR LF, and are never longer in memory than they may be.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SmtpLine {
    /// Without its end.
    Whole(Vec<u8>),
    /// Longer than it may be.
    TooLong,
    /// Ended by a bare LF: whoever takes that for an end can be made to see mails that were not sent.
    Bare,
}

impl SmtpLine {
    /// Whether it ends a mail.
    pub(super) fn is_dot(&self) -> bool {
        matches!(self, Self::Whole(line) if line == b".")
    }
}

/// The lines that come.
pub(super) struct Lines<R>(BufReader<R>);

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self(BufReader::new(reader))
    }

    /// The next line, of at most `longest` bytes with its end. `None` at the end of the connection.
    pub(super) async fn next(&mut self, longest: usize) -> io::Result<Option<SmtpLine>> {
        let (mut line, mut is_too_long) = (Vec::new(), false);
        loop {
            let come = self.0.fill_buf().await?;
            if come.is_empty() {
                return Ok(None);
            }
            let end = come.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(come.len(), |end| end + 1);
            is_too_long |= line.len() + used > longest;
            if !is_too_long {
                line.extend(come.iter().take(used));
            }
            self.0.consume(used);
            if end.is_some() {
                return Ok(Some(if is_too_long { SmtpLine::TooLong } else { ended(line) }));
            }
        }
    }
}

fn ended(mut line: Vec<u8>) -> SmtpLine {
    if !line.ends_with(b"\r\n") {
        return SmtpLine::Bare;
    }
    line.truncate(line.len() - 2);
    SmtpLine::Whole(line)
}
