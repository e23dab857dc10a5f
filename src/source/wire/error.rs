//! Why bytes are no answer.

/// Why bytes are no answer. Never quotes them: they hold what attackers wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A page, half an answer, or nothing.
    #[error(
        "the reply is not whole JSON (stopped at line {line}, column {column} of {bytes} bytes)"
    )]
    NotJson {
        /// The line at which reading stopped, from 1.
        line: usize,
        /// The column there.
        column: usize,
        /// How long the reply was.
        bytes: usize,
    },
    /// JSON of another shape.
    #[error("the reply is no hunting result: {0}")]
    Shape(&'static str),
}
