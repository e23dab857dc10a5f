//! Text that somebody gives on the command line to be kept.

use crate::cli::CommandError;
use crate::view::actions::{ActionRefused, note, required_note};

/// `text` without blanks around it; it may be empty.
pub(in crate::cli) fn text_arg(flag: &str, text: &str) -> Result<String, CommandError> {
    note(text).map_err(|refused| refusal(flag, refused))
}

/// The same, and not empty.
pub(in crate::cli) fn required_text_arg(flag: &str, text: &str) -> Result<String, CommandError> {
    required_note(text).map_err(|refused| refusal(flag, refused))
}

/// What is said of a value that `flag` was given.
pub(in crate::cli) fn refusal(flag: &str, refused: ActionRefused) -> CommandError {
    CommandError::usage(format!("{flag}: {refused}"))
}
