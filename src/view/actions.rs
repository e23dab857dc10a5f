//! Checks of what somebody asks for before anything is written: the same whoever asks.

use crate::clock::{DAY, MINUTE, Tick};

/// The most characters of a text that is kept.
const LONGEST_NOTE: usize = 500;
/// The longest silence: what is to stay quiet for good is an exclusion.
const LONGEST_SILENCE: i64 = 366 * DAY;

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionRefused {
    /// A text has several lines, or what a terminal would act on.
    #[error("has line ends or control characters in it: write one line")]
    NotOneLine,
    /// A text is too long.
    #[error("is longer than {LONGEST_NOTE} characters")]
    TooLong,
    /// A text that must say something is empty.
    #[error("says nothing")]
    SaysNothing,
    /// A silence would be over already.
    #[error("the end must lie ahead; it is {now} now")]
    Over {
        /// To the minute.
        now: Tick,
    },
    /// A silence would last for years.
    #[error(
        "the end lies more than 366 days ahead; what is to stay quiet for good goes into \
         [[exclude]]"
    )]
    TooFarAhead,
}

/// A text to be kept, such as a note, without blanks around it: one line, and not a long one. It may
/// be empty.
pub fn note(text: &str) -> Result<String, ActionRefused> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(ActionRefused::NotOneLine);
    }
    if text.chars().count() > LONGEST_NOTE {
        return Err(ActionRefused::TooLong);
    }
    Ok(text.to_owned())
}

/// The same, and not empty, such as a reason.
pub fn required_note(text: &str) -> Result<String, ActionRefused> {
    let note = note(text)?;
    if note.is_empty() { Err(ActionRefused::SaysNothing) } else { Ok(note) }
}

/// When a silence ends: ahead of us, and not in years.
pub fn silence_end(end: Tick, now: Tick) -> Result<Tick, ActionRefused> {
    if end <= now {
        return Err(ActionRefused::Over { now: now.floor(MINUTE) });
    }
    if end > now.plus(LONGEST_SILENCE) {
        return Err(ActionRefused::TooFarAhead);
    }
    Ok(end)
}

/// Numbers, each once, as they were given.
pub fn once(ids: &[i64]) -> Vec<i64> {
    let mut once = Vec::new();
    for id in ids {
        if !once.contains(id) {
            once.push(*id);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_one_line() {
        let kept = |text: &str| note(text).ok();
        assert_eq!(kept(" ä note\n").as_deref(), Some("ä note"));
        assert_eq!(kept("").as_deref(), Some(""));
        assert!(required_note(" ").is_err());
        for text in ["a\nb", "a\u{1b}[2J", "\u{9b}31m", &"ä".repeat(501)] {
            assert_eq!(kept(text), None, "{text:?}");
        }
        assert!(kept(&"ä".repeat(500)).is_some());
    }
}
