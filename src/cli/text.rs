//! Text from outside, fit for a terminal.

/// `text` without anything that a terminal would act on: control characters, line ends and those
/// that turn the direction of writing are shown as escapes.
pub(super) fn plain(text: &str) -> String {
    crate::quote::one_line(text)
}
