//! Text that somebody gives on the command line to be kept: one line, and not a long one.

use super::Failure;

/// The most characters.
const LONGEST: usize = 500;

/// `text` without blanks around it; it may be empty.
pub(super) fn line(flag: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        let why = format!("{flag}: has line ends or control characters in it: write one line");
        return Err(Failure::usage(why));
    }
    if text.chars().count() > LONGEST {
        return Err(Failure::usage(format!("{flag}: is longer than {LONGEST} characters")));
    }
    Ok(text.to_owned())
}

/// The same, and not empty.
pub(super) fn some_line(flag: &str, text: &str) -> Result<String, Failure> {
    let line = line(flag, text)?;
    if line.is_empty() { Err(Failure::usage(format!("{flag}: says nothing"))) } else { Ok(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_one_line() {
        let kept = |text: &str| line("--note", text).ok();
        assert_eq!(kept(" ä note\n").as_deref(), Some("ä note"));
        assert_eq!(kept("").as_deref(), Some(""));
        assert!(some_line("--note", " ").is_err());
        for text in ["a\nb", "a\u{1b}[2J", "\u{9b}31m", &"ä".repeat(501)] {
            assert_eq!(kept(text), None, "{text:?}");
        }
        assert!(kept(&"ä".repeat(500)).is_some());
    }
}
