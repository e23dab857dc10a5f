//! GUIDs as 16 bytes, where their text comes back byte for byte.

/// Where the hyphens stand in a GUID's text.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// A text column's value: a GUID in lower case as its 16 bytes, anything else as it is.
pub(crate) enum Packed<'a> {
    Guid([u8; 16]),
    Text(&'a str),
}

impl<'a> Packed<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        pack(text).map_or(Self::Text(text), Self::Guid)
    }
}

/// Where each of the 16 bytes stands as two digits.
const PAIRS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// The value of each hexadecimal digit in lower case; 255 for any other byte.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler, which checks it")]
const DIGITS: [u8; 256] = {
    let mut digits = [255; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

#[expect(clippy::indexing_slicing, reason = "places are below 36, bytes below 256")]
fn pack(text: &str) -> Option<[u8; 16]> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    if HYPHENS.iter().any(|at| bytes[*at] != b'-') {
        return None;
    }
    let mut worst = 0;
    let packed = PAIRS.map(|at| {
        let (high, low) = (DIGITS[bytes[at] as usize], DIGITS[bytes[at + 1] as usize]);
        worst |= high | low;
        high << 4 | low & 15
    });
    (worst < 16).then_some(packed)
}

/// Appends the text of a packed GUID.
pub(crate) fn unpack(bytes: [u8; 16], to: &mut String) {
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
