//! What is wrong with a condition, and where.

/// How a condition looks that is right.
pub(super) const EXAMPLE_REMEDY: &str = "write it as clicked_past_block > 0 && clickers >= 3";

/// How to say that something does not hold.
pub(super) const NOT_REMEDY: &str = "for \"not\" write ! before brackets, as in !(blocked > 0)";

/// How to ask a list, in which nothing loops.
pub(super) const LIST_REMEDY: &str = "write it as \"Phish\" in threat_types";

/// What is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// The line, from 1.
    pub line: u32,
    /// The character of the line, from 1.
    pub column: u32,
    /// What is wrong, in a line.
    pub problem: String,
    /// What to do, in a line.
    pub remedy: String,
}

impl ConditionError {
    /// At this byte, from 0.
    pub(super) fn at(text: &str, place: usize, problem: String, remedy: String) -> Self {
        let (mut line, mut column) = (1, 1);
        for (_, c) in text.char_indices().take_while(|(at, _)| *at < place) {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        Self { line, column, problem, remedy }
    }
}
