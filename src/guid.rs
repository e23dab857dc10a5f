//! Random GUIDs, for ids that only have to differ from others.

/// A random GUID (version 4).
pub fn guid() -> String {
    let bits = fastrand::u128(..) & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let mut rest = hex.as_str();
    let mut next = |len: usize| {
        let (part, tail) = rest.split_at_checked(len).unwrap_or_default();
        rest = tail;
        part
    };
    [next(8), next(4), next(4), next(4), next(12)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_looks_like_one() {
        let guid = guid();
        assert_eq!(guid.len(), 36);
        assert_eq!(guid.as_bytes()[14], b'4');
        assert!(matches!(guid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{guid}");
    }
}
