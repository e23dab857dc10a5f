//! Reading files that somebody else names and writes: regular ones, no larger than their kind may be,
//! and never waited for, as a pipe that nobody writes to would have us do.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// What a file is to hold, which decides how large it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The configuration, or a part of it.
    Configuration,
    /// A secret, a token, a key or a certificate of our own.
    Secret,
    /// The key of the Azure Arc agent, which is larger in no version, and which no link leads to.
    AgentKey,
    /// Certificates that are trusted. A system's whole bundle has a quarter of a megabyte.
    Certificates,
    /// A template for a message.
    Template,
    /// A list of things to look for.
    Indicators,
}

impl Kind {
    /// The most bytes that it may have.
    pub const fn most(self) -> u64 {
        match self {
            Self::AgentKey => 4 << 10,
            Self::Secret => 64 << 10,
            Self::Template => 1 << 20,
            Self::Configuration | Self::Certificates => 4 << 20,
            Self::Indicators => 64 << 20,
        }
    }

    /// The same in words.
    const fn most_in_words(self) -> &'static str {
        match self {
            Self::AgentKey => "4 KiB",
            Self::Secret => "64 KiB",
            Self::Template => "1 MiB",
            Self::Configuration | Self::Certificates => "4 MiB",
            Self::Indicators => "64 MiB",
        }
    }
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The system does not let us.
    #[error("cannot be read: {0}")]
    System(#[from] io::Error),
    /// A folder, pipe, device or socket.
    #[error("is no regular file")]
    Irregular,
    /// Larger than anything of its kind.
    #[error("is larger than {}", .0.most_in_words())]
    TooLarge(Kind),
    /// Not in UTF-8.
    #[error("is no text in UTF-8")]
    NoText,
}

/// Opens a file, and tells what it is. What is no file is not even opened.
///
/// # Errors
/// [`Unread`], but for [`Unread::NoText`].
pub fn open(path: &Path, kind: Kind) -> Result<(File, Metadata), Unread> {
    fits(&path.metadata()?, kind)?;
    // It may be another by now: the file that is asked about is the file that is read.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = if kind == Kind::AgentKey { flags | OFlags::NOFOLLOW } else { flags };
    let flags = flags.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let facts = file.metadata()?;
    fits(&facts, kind)?;
    Ok((file, facts))
}

/// All of an open file, into `bytes`: whatever it said of its size, no more than it may have.
///
/// # Errors
/// [`Unread::System`] and [`Unread::TooLarge`].
pub fn read_all(file: File, kind: Kind, bytes: &mut Vec<u8>) -> Result<(), Unread> {
    file.take(kind.most() + 1).read_to_end(bytes)?;
    if bytes.len() as u64 > kind.most() { Err(Unread::TooLarge(kind)) } else { Ok(()) }
}

/// All of a file.
///
/// # Errors
/// [`Unread`], but for [`Unread::NoText`].
pub fn bytes(path: &Path, kind: Kind) -> Result<Vec<u8>, Unread> {
    let ((file, facts), mut bytes) = (open(path, kind)?, Vec::new());
    bytes.reserve_exact(facts.len() as usize + 1);
    read_all(file, kind, &mut bytes)?;
    Ok(bytes)
}

/// All of a file, as text.
///
/// # Errors
/// [`Unread`].
pub fn text(path: &Path, kind: Kind) -> Result<String, Unread> {
    String::from_utf8(bytes(path, kind)?).map_err(|_| Unread::NoText)
}

fn fits(facts: &Metadata, kind: Kind) -> Result<(), Unread> {
    match facts {
        facts if !facts.is_file() => Err(Unread::Irregular),
        facts if facts.len() > kind.most() => Err(Unread::TooLarge(kind)),
        _ => Ok(()),
    }
}
