//! Refuses what is typed and can never match, with what does: an answer of nothing would mislead.

use crate::cli::CommandError;
use crate::click::spelling::{self, Instead, Never};
use crate::text::escape::one_line;
use crate::text::refang::refang;

/// A URL for `--url`. A defanged one is read as it was.
pub(in crate::cli) fn check_url(text: &str) -> Result<(), CommandError> {
    refuse("--url", text, spelling::url(&refang(text)))
}

/// A user for `--user`. A defanged one is read as it was.
pub(in crate::cli) fn check_user(text: &str) -> Result<(), CommandError> {
    refuse("--user", text, spelling::user(&refang(text)))
}

/// Why a text is no host for `--host`.
pub(in crate::cli) fn no_host(text: &str) -> CommandError {
    let such = spelling::living_host(text).unwrap_or_else(|| "example.com".to_owned());
    CommandError::usage(format!("--host: {:?} is no host; write it as {such}", one_line(text)))
}

fn refuse(flag: &str, text: &str, never: Option<Never>) -> Result<(), CommandError> {
    let Some(Never { problem, instead }) = never else { return Ok(()) };
    let remedy = match instead {
        Instead::This(text) => format!("write it as {}", one_line(&text)),
        Instead::Host(host) => format!("ask for --host {host}"),
        Instead::Domain(domain) => {
            format!("give a whole user, such as ann@{}", one_line(&domain))
        }
        Instead::Beginning(_) | Instead::Unknown => "write it whole, without a star".to_owned(),
    };
    Err(CommandError::usage(format!("{flag}: {:?} {problem}; {remedy}", one_line(text))))
}
