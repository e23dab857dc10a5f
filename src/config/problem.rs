//! What is wrong with a configuration, in a line that says what to do.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file that it stands in, or `environment`.
    pub file: String,
    /// The setting, such as `tenant[0].client_id`; empty when the whole file is meant.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// What was found while a configuration was read.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What is wrong with it.
    pub(super) problems: Vec<Problem>,
    /// Shipped rules that a section turns on without a word of it.
    pub(super) turned_on: Vec<String>,
    /// What can never match.
    pub(super) unmatchable: Vec<Problem>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, problem, remedy } = self;
        match key.as_str() {
            "" => write!(f, "{file}: {problem}; {remedy}"),
            key => write!(f, "{file}: {key}: {problem}; {remedy}"),
        }
    }
}

impl std::error::Error for Problem {}
