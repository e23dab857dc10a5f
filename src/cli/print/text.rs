//! Text from outside, fit for a terminal.

pub(in crate::cli) use crate::text::number::{bytes, counted, grouped};
pub(in crate::cli) use crate::text::time::{roughly, to_minute, to_second};

/// `text` with everything that a terminal would act on, or not show, as escapes.
pub(in crate::cli) fn plain(text: &str) -> String {
    crate::text::escape::visible(text)
}

/// A name from outside as people are shown it: nothing in it can be followed, and every option that
/// takes one reads it back.
pub(in crate::cli) fn value(text: &str) -> String {
    crate::text::defang::text(text)
}
