//! Quotes text from outside within a line of ours: one line, no control characters, not too long.

/// Characters kept at most.
const LONGEST: usize = 300;

/// `text` fit for an error or a log line: line ends and control characters (also those that turn
/// the direction of writing) become spaces, runs of spaces one, and a long text is cut.
pub fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect::<String>();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn what_comes_out_is_one_plain_line() {
        assert_eq!(one_line("a\r\n\x1b[31mb\u{202e}c  d"), "a [31mb c d");
        assert_eq!(one_line(&"ä".repeat(400)).chars().count(), 301);
    }
}
