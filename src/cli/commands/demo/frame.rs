//! Text in a box of lines, so that a message stands out from what is said about it.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// What takes room beside the text: a line and a blank at each side.
const SIDES: usize = 4;

/// A line in a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FrameLine {
    /// Across the box, with a title if it is not empty.
    Rule(String),
    /// Not wider than the box is inside.
    Text(String),
}

/// The columns that text has in a box of `width`.
pub(super) const fn inside(width: usize) -> usize {
    width.saturating_sub(SIDES)
}

/// A box of `width` columns with a title in its upper edge.
pub(super) fn boxed(title: &str, lines: &[FrameLine], width: usize) -> Vec<String> {
    let inside = inside(width);
    let rule = |left: char, right: char, title: &str| {
        let title = if title.is_empty() { String::new() } else { format!("─ {title} ") };
        let rest = (inside + 2).saturating_sub(title.width());
        format!("{left}{title}{}{right}", "─".repeat(rest))
    };
    let drawn = lines.iter().map(|line| match line {
        FrameLine::Rule(title) => rule('├', '┤', title),
        FrameLine::Text(text) => format!("│ {} │", padded(text, inside)),
    });
    let mut all = vec![rule('┌', '┐', title)];
    all.extend(drawn);
    all.push(rule('└', '┘', ""));
    all
}

/// `text` with blanks after it up to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// `text` cut to `width` columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    match width {
        0 => String::new(),
        width => format!("{}…", split(text, width - 1).0),
    }
}

/// `text` in lines of at most `width` columns, broken between words where that is possible.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        while line.width() > width {
            let (head, rest) = split(&line, width.max(2));
            lines.push(head.to_owned());
            line = String::from(rest);
        }
    }
    lines.push(line);
    lines
}

/// `text` in two after `width` columns.
fn split(text: &str, width: usize) -> (&str, &str) {
    let mut taken = 0;
    let beyond = text.char_indices().find(|(_, c)| {
        taken += c.width().unwrap_or(0);
        taken > width
    });
    let place = beyond.map_or(text.len(), |(place, _)| place);
    text.split_at_checked(place).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be_and_nothing_is_lost() {
        let text = format!("ä€😀 {} one two", "😀x".repeat(40));
        for width in [2, 7, 30, 200] {
            let lines = wrapped(&text, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{width}: {lines:?}");
            let squeezed = |text: &str| text.replace(' ', "");
            assert_eq!(squeezed(&lines.concat()), squeezed(&text));
        }
        assert_eq!((cut("abcdef", 6), cut("abcdef", 4)), ("abcdef".to_owned(), "abc…".to_owned()));
    }

    #[test]
    fn a_box_has_straight_edges() {
        let lines = ["a 😀", ""].map(|text| FrameLine::Text(text.to_owned()));
        let rules = ["", "Heading"].map(|title| FrameLine::Rule(title.to_owned()));
        let lines = [lines, rules].concat();
        let drawn = boxed("Title", &lines, 20);
        assert!(drawn.iter().all(|line| line.width() == 20), "{drawn:#?}");
    }
}
