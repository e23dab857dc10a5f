//! GUIDs as 16 bytes, where their text comes back byte for byte.

use rusqlite::types::{ToSqlOutput, ValueRef};

/// Where the hyphens stand in a GUID's text.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// A text column's value: a GUID in lower case as its 16 bytes, anything else as it is.
pub(super) enum Packed<'a> {
    Guid([u8; 16]),
    Text(&'a str),
}

impl<'a> Packed<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        pack(text).map_or(Self::Text(text), Self::Guid)
    }
}

impl rusqlite::ToSql for Packed<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Guid(bytes) => ValueRef::Blob(bytes),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn pack(text: &str) -> Option<[u8; 16]> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut packed = [0; 16];
    let mut digits = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if HYPHENS.contains(&at) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        let slot = packed.get_mut(digits / 2)?;
        *slot = *slot << 4 | digit;
        digits += 1;
    }
    Some(packed)
}

/// Appends the text of a packed GUID.
pub(super) fn unpack(bytes: [u8; 16], to: &mut String) {
    for (place, byte) in bytes.into_iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            to.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            to.extend(char::from_digit(u32::from(digit), 16));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(text in "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|.{0,40}") {
            if let Some(bytes) = pack(&text) {
                let mut back = String::new();
                unpack(bytes, &mut back);
                prop_assert_eq!(back, text);
            }
        }

        #[test]
        fn every_guid_in_lower_case_is_packed(bytes: [u8; 16]) {
            let mut text = String::new();
            unpack(bytes, &mut text);
            prop_assert_eq!(pack(&text), Some(bytes));
        }
    }

    #[test]
    fn upper_case_and_other_forms_stay_text() {
        assert!(pack("0A000000-0000-0000-0000-000000000000").is_none());
        assert!(pack("0a0000000000-0000-0000-0000-00000000").is_none());
        assert!(pack("").is_none());
    }
}
