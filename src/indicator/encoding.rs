//! Bytes into text: UTF-8, and UTF-16 by its byte order mark.

use super::list::{IndicatorList, ItemPlace, RefusalReason};

/// The text, in which each line that cannot be read is empty: it is refused.
pub(super) fn decode(bytes: &[u8], list: &mut IndicatorList) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes, list),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes, list),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, list),
        _ if bytes.contains(&0) => {
            list.refuse(ItemPlace::Line(1), &String::from_utf8_lossy(bytes), RefusalReason::Utf16);
            String::new()
        }
        _ => utf8(bytes, list),
    }
}

fn utf8(bytes: &[u8], list: &mut IndicatorList) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut text = String::with_capacity(bytes.len());
    for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        if let Ok(line) = std::str::from_utf8(line) {
            text.push_str(line);
        } else {
            list.refuse(
                ItemPlace::Line(number),
                &String::from_utf8_lossy(line),
                RefusalReason::Encoding,
            );
            text.push('\n');
        }
    }
    text
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, list: &mut IndicatorList) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    let mut text: String = text.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    if !odd.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    if !text.contains(char::REPLACEMENT_CHARACTER) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if line.contains(char::REPLACEMENT_CHARACTER) {
            list.refuse(ItemPlace::Line(number), line, RefusalReason::Encoding);
            kept.push('\n');
        } else {
            kept.push_str(line);
        }
    }
    kept
}
