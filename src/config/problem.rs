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
