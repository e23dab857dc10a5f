//! Ids: random ones that only have to differ from others, and stable ones that say what they are of.

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

/// Whether `text` is a GUID.
pub fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// An id of what `parts` name, the same whenever they are the same: 32 hexadecimal digits.
pub fn stable(parts: &[&str]) -> String {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        // With the length, so that no two lists of parts are one text.
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut bits = [0; 16];
    hash.finalize_xof().fill(&mut bits);
    format!("{:032x}", u128::from_be_bytes(bits))
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

    #[test]
    fn a_stable_id_tells_its_parts_apart() {
        let id = stable(&["soc", "daily"]);
        assert_eq!(id, stable(&["soc", "daily"]));
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(id, stable(&["socd", "aily"]));
        assert_ne!(id, stable(&["socdaily"]));
    }
}
