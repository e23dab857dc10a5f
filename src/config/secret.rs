//! Secrets live in files of their own: read when needed, checked each time, shown never.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::process::regular_file::{self, Kind, Unread};

/// Where systemd puts a unit's credentials: it lets the unit's user in by an access list, which
/// shows as a group's right to read; or, where the file system has no such lists, makes that user
/// the owner, who is no stranger to root's commands ("System and Service Credentials").
const SYSTEMD_CREDENTIALS: &str = "/run/credentials/";

/// What is wrong with a secret's file. Never names its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretProblem {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl SecretProblem {
    pub(super) fn new(what: String, remedy: impl Into<String>) -> Self {
        Self { what, remedy: remedy.into() }
    }
}

/// What a file is to hold, which decides who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// A client secret.
    Secret,
    /// A certificate's private key.
    PrivateKey,
    /// A federated token. A platform writes it, often for a group of its own.
    Token,
    /// A certificate, which anybody may see.
    Certificate,
}

impl Holds {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Secret => "the secret's value, and nothing else",
            Self::PrivateKey => "the private key in PEM",
            Self::Token => "the token, and nothing else",
            Self::Certificate => "the certificate in PEM",
        }
    }

    /// The bits of a mode that let in who should not be let in.
    const fn others(self, source: Source) -> u32 {
        match (self, source) {
            (Self::Certificate, _) => 0,
            (Self::Token, _) => 0o027,
            (_, Source::Systemd) => 0o007,
            (_, Source::Anybody) => 0o077,
        }
    }
}

/// Reads the secret in `path`: one line, whose line end is dropped.
pub fn read(path: &Path) -> Result<SecretString, SecretProblem> {
    line_of(path, Holds::Secret)
}

/// Reads what the only line of `path` holds.
pub(crate) fn line_of(path: &Path, holds: Holds) -> Result<SecretString, SecretProblem> {
    one_line(path, holds, &bytes_of(path, holds)?)
}

/// Reads all of `path`, if it is a file that only those can read who may.
pub(crate) fn bytes_of(path: &Path, holds: Holds) -> Result<Zeroizing<Vec<u8>>, SecretProblem> {
    let unread = |why: Unread| unread(path, holds, &why);
    let (file, facts) = regular_file::open(path, Kind::Secret).map_err(unread)?;
    check(path, holds, &facts, Source::of(path))?;
    // Room for all of it: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(facts.len() as usize + 2));
    regular_file::read_all(file, Kind::Secret, &mut bytes).map_err(unread)?;
    Ok(bytes)
}

/// Who put the file there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Systemd, for a unit. Only root can write there.
    Systemd,
    /// Anybody.
    Anybody,
}

impl Source {
    /// By where the file is, whatever way its path takes.
    fn of(path: &Path) -> Self {
        let given = path.canonicalize().is_ok_and(|path| path.starts_with(SYSTEMD_CREDENTIALS));
        if given { Self::Systemd } else { Self::Anybody }
    }
}

fn check(
    path: &Path,
    holds: Holds,
    facts: &std::fs::Metadata,
    source: Source,
) -> Result<(), SecretProblem> {
    let shown = path.display();
    if facts.mode() & holds.others(source) != 0 {
        let what = format!("{shown} can be read by others (mode {:04o})", facts.mode() & 0o7777);
        let kubernetes = "; in Kubernetes set securityContext.fsGroup, and the token's file is the \
                          group's only";
        let also = if holds == Holds::Token { kubernetes } else { "" };
        return Err(SecretProblem::new(what, format!("run: chmod 600 {shown}{also}")));
    }
    let us = rustix::process::geteuid();
    let trusted =
        [0, us.as_raw()].contains(&facts.uid()) || (us.is_root() && source == Source::Systemd);
    if holds != Holds::Certificate && !trusted {
        let what = format!("{shown} belongs to another user (uid {})", facts.uid());
        return Err(SecretProblem::new(
            what,
            format!("give it to this user or to root: chown {shown}"),
        ));
    }
    Ok(())
}

fn unread(path: &Path, holds: Holds, why: &Unread) -> SecretProblem {
    let error = match why {
        Unread::System(error) => error,
        Unread::Irregular => {
            let remedy = format!("name a file that holds {}", holds.in_words());
            return SecretProblem::new(format!("{} is no file", path.display()), remedy);
        }
        Unread::TooLarge(_) | Unread::NoText => return wrong(path, holds, "is too long"),
    };
    let what = format!("{} cannot be read: {}", path.display(), error.kind());
    let remedy = match holds {
        _ if path.starts_with(SYSTEMD_CREDENTIALS) => {
            "put it into /etc/clickwarden/credentials, or where else LoadCredential= says, and restart the \
             service, which gets its files at the start"
        }
        Holds::Secret => "create it with the secret as its only line, readable by this user only",
        Holds::PrivateKey => "create it with the private key in PEM, readable by this user only",
        Holds::Token => "whoever issues the tokens must write it, readable by this user",
        Holds::Certificate => "create it with the certificate in PEM",
    };
    SecretProblem::new(what, remedy)
}

fn wrong(path: &Path, holds: Holds, what: &str) -> SecretProblem {
    let remedy = format!("put {} into it", holds.in_words());
    SecretProblem::new(format!("{} {what}", path.display()), remedy)
}

fn one_line(path: &Path, holds: Holds, bytes: &[u8]) -> Result<SecretString, SecretProblem> {
    let wrong = |what: &str| Err(wrong(path, holds, what));
    let Ok(text) = std::str::from_utf8(bytes) else { return wrong("is no text") };
    let line = text.trim_end_matches(['\r', '\n']);
    if line.trim().is_empty() {
        return wrong("is empty");
    }
    if line.contains(['\r', '\n']) {
        return wrong("has more than one line");
    }
    Ok(SecretString::from(line))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, chown};

    use super::*;

    /// As systemd makes them: root's with an access list, and the unit's user's without.
    const SHAPES: [(u32, u32); 2] = [(0, 0o440), (61_234, 0o400)];

    /// What a file of this owner and mode is like. Only root can make one.
    fn facts(owner: u32, mode: u32) -> Option<std::fs::Metadata> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        if chown(file.path(), Some(owner), Some(owner)).is_err() {
            eprintln!("SKIPPED: only root can give files away");
            return None;
        }
        Some(file.as_file().metadata().unwrap())
    }

    #[test]
    fn root_takes_what_systemd_gave_to_a_unit_and_nothing_else_of_others() {
        let path = Path::new("secret");
        for holds in [Holds::Secret, Holds::PrivateKey] {
            for (owner, mode) in SHAPES {
                let Some(facts) = facts(owner, mode) else { return };
                assert_eq!(check(path, holds, &facts, Source::Systemd), Ok(()), "{owner} {mode:o}");
                assert!(check(path, holds, &facts, Source::Anybody).is_err(), "{owner} {mode:o}");
            }
        }
        // No list makes it readable for all.
        for owner in [0, 61_234] {
            let Some(facts) = facts(owner, 0o444) else { return };
            assert!(check(path, Holds::Secret, &facts, Source::Systemd).is_err());
        }
    }
}
