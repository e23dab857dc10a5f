//! The characters that something takes for a dot.

/// All that browsers, or the readers of text that link it, take for a dot: the full stop, three that
/// UTS 46 makes one of, and two that NFKC does.
pub(super) const DOTS: [char; 6] =
    ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}', '\u{2024}', '\u{fe52}'];
