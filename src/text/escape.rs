//! Quotes text from outside within a line of ours: one line, no control characters, not too long.

/// Characters kept at most.
const LONGEST_ONE_LINE: usize = 300;

/// `text` fit for an error or a log line: line ends and control characters (also those that turn
/// the direction of writing) become spaces, runs of spaces one, and a long text is cut.
pub fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect::<String>();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_ONE_LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// Accents that join the letter before them stay: names are written with them.
fn is_plain(c: char) -> bool {
    is_visible(c) || matches!(c, '\u{300}'..='\u{36f}')
}

/// `text` with each character that does not show as itself as `\u{…}`: control characters, line
/// ends, those that turn the direction of writing, blanks other than the space, joining marks,
/// letters without a shape.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_visible(c) {
            shown.push(c);
        } else {
            shown.extend(c.escape_unicode());
        }
    }
    shown
}

/// Whether `c` shows as itself, alone, wherever it stands.
pub fn is_visible(c: char) -> bool {
    // Letters by name that are drawn as nothing (Unicode, Default_Ignorable_Code_Point), and the
    // Braille cell without dots.
    const SHAPELESS: [char; 5] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}', '\u{2800}'];
    match c {
        '"' | '\'' | '\\' => true,
        // Escapes what is not assigned, for private use, or of the categories C and Z, and marks.
        c => c.escape_debug().len() == 1 && !SHAPELESS.contains(&c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_out_is_one_plain_line() {
        assert_eq!(one_line("a\r\n\x1b[31mb\u{202e}c  d"), "a [31mb c d");
        assert_eq!(one_line(&"ä".repeat(400)).chars().count(), 301);
    }

    #[test]
    fn what_a_terminal_would_act_on_is_not_visible() {
        let category = regex::Regex::new(r"^[\p{Cc}\p{Cf}\p{Co}\p{Z}\p{Me}\p{Mn}]$").unwrap();
        for c in (char::MIN..=char::MAX).filter(|c| *c != ' ') {
            if category.is_match(c.encode_utf8(&mut [0; 4])) {
                assert!(!is_visible(c), "{}", c.escape_unicode());
            }
        }
        assert_eq!(
            visible("a\u{1b}[2J\u{202e}ä\u{3164}\"\n"),
            "a\\u{1b}[2J\\u{202e}ä\\u{3164}\"\\u{a}"
        );
    }
}
