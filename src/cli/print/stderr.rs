//! Errors on stderr.

use super::text;

/// Errors go to stderr, each on one line, whatever stands in the names that it quotes.
#[expect(clippy::print_stderr, reason = "this is where errors are shown")]
pub(in crate::cli) fn print_error(why: &str) {
    eprintln!("clickwarden: {}", text::plain(why));
}
