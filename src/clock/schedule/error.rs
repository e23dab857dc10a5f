//! Why a schedule cannot be read.

/// Why a schedule cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// More fields than five, or fewer.
    #[error("has {0} fields, and a cron line has five")]
    Fields(usize),
    /// `@` and a word.
    #[error("{0:?} is no short name: these are @hourly, @daily, @weekly, @monthly and @yearly")]
    ShortName(String),
    /// A field that says nothing.
    #[error("{text:?} is no {name}: that is {values}, a list, a range \"2-4\", or a step \"*/2\"")]
    Field {
        /// As it was written.
        text: String,
        /// What it should be.
        name: &'static str,
        /// What such a one may be.
        values: &'static str,
    },
    /// A step from a number on, which has no end.
    #[error(
        "\"{start}/{step}\" has a step and no range: write \"*/{step}\", or a range before the step"
    )]
    Step {
        /// Where it starts.
        start: String,
        /// The step.
        step: String,
    },
    /// One that no day ever matches, such as 30 February.
    #[error("never comes due")]
    Never,
}
