//! Texts as they are compared: by whole terms, or without case.

/// Whether `needle` is a whole term of `text`, ignoring case: KQL's `has`.
///
/// A term is a maximal run of letters and digits (Kusto, "String operators": "maximal sequences
/// of alphanumeric characters"), so `ClickBlockedByTenantPolicy` does not have `ClickBlocked`.
/// An empty needle is in nothing.
pub fn has_term(text: &str, needle: &str) -> bool {
    !needle.is_empty()
        && text
            .split(|c: char| !c.is_alphanumeric())
            .any(|term| term.len() == needle.len() && same_ignoring_case(term, needle))
}

fn same_ignoring_case(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}

/// A user's name as it is compared: in lower case, character by character, so that the outcome
/// does not hang on a letter's neighbours and lowering twice changes nothing more.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_a_whole_run_of_letters_and_digits() {
        for (text, has) in [
            ("ClickBlocked", true),
            (" ClickBlocked ", true),
            ("CLICKBLOCKED", true),
            ("ClickBlocked_ClickAllowed", true),
            ("ClickBlocked—x", true),
            ("ClickBlockedByTenantPolicy", false),
            ("xClickBlocked", false),
            ("ClickBlocked2", false),
            ("Click Blocked", false),
            ("ClickBlockedé", false),
            ("", false),
        ] {
            assert_eq!(has_term(text, "ClickBlocked"), has, "{text:?}");
        }
        assert!(!has_term("", ""));
    }
}
