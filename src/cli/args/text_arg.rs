//! Text that somebody gives on the command line to be kept: one line, and not a long one.

use crate::cli::CommandError;

/// The most characters.
const LONGEST_TEXT_ARG: usize = 500;

/// `text` without blanks around it; it may be empty.
pub(in crate::cli) fn text_arg(flag: &str, text: &str) -> Result<String, CommandError> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        let why = format!("{flag}: has line ends or control characters in it: write one line");
        return Err(CommandError::usage(why));
    }
    if text.chars().count() > LONGEST_TEXT_ARG {
        return Err(CommandError::usage(format!(
            "{flag}: is longer than {LONGEST_TEXT_ARG} characters"
        )));
    }
    Ok(text.to_owned())
}

/// The same, and not empty.
pub(in crate::cli) fn required_text_arg(flag: &str, text: &str) -> Result<String, CommandError> {
    let text_arg = text_arg(flag, text)?;
    if text_arg.is_empty() {
        Err(CommandError::usage(format!("{flag}: says nothing")))
    } else {
        Ok(text_arg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_one_line() {
        let kept = |text: &str| text_arg("--note", text).ok();
        assert_eq!(kept(" ä note\n").as_deref(), Some("ä note"));
        assert_eq!(kept("").as_deref(), Some(""));
        assert!(required_text_arg("--note", " ").is_err());
        for text in ["a\nb", "a\u{1b}[2J", "\u{9b}31m", &"ä".repeat(501)] {
            assert_eq!(kept(text), None, "{text:?}");
        }
        assert!(kept(&"ä".repeat(500)).is_some());
    }
}
