//! Names from outside as they stand in a title: dead, without markup of any chat, short, on one line.

use std::collections::BTreeSet;

use crate::text::defang;
use crate::text::number::counted;

/// The most columns that a user's name takes.
const USER_WIDTH: usize = 40;
/// The same of a host, whose end always stays.
const HOST_WIDTH: usize = 60;
/// What some chat runs as markup. A title goes to all of them, and into whatever they are read by.
const MARKUP: &str = "*~`<>&|#!$^=";

/// One or two by name, more as a number.
pub fn users_named(users: &BTreeSet<&str>) -> String {
    let names: BTreeSet<String> = users.iter().take(3).map(|user| user_named(user)).collect();
    let names: Vec<String> = names.into_iter().collect();
    match (users.len(), names.as_slice()) {
        (0, _) => "nobody".to_owned(),
        (1, [one]) => one.clone(),
        (2, [one, two]) => format!("{one} and {two}"),
        (users, _) => counted(users as u64, "user"),
    }
}

/// What stands before the `@`: the whole name is in the message.
pub fn user_named(name: &str) -> String {
    let local = name.rsplit_once('@').map_or(name, |(local, _)| local);
    match if local.is_empty() { name } else { local } {
        "" => "an unknown user".to_owned(),
        name => plain(&defang::text_within(name, USER_WIDTH)),
    }
}

/// One by name, more as a number; the empty name is none.
pub fn hosts_named(hosts: &BTreeSet<String>) -> String {
    match hosts.first().map(String::as_str) {
        Some("") if hosts.len() == 1 => "a link without a host".to_owned(),
        Some(host) if hosts.len() == 1 => plain(&defang::within(host, HOST_WIDTH)),
        _ => counted(hosts.len() as u64, "host"),
    }
}

/// With nothing in it that is markup somewhere.
fn plain(shown: &str) -> String {
    let mut plain = String::with_capacity(shown.len());
    for c in shown.chars() {
        if MARKUP.contains(c) {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(names: &[&str]) -> String {
        users_named(&names.iter().copied().collect())
    }

    #[test]
    fn few_users_are_named_and_many_counted() {
        for (names, shown) in [
            (&["jane.doe@contoso.example"][..], "jane[.]doe"),
            (&[""], "an unknown user"),
            (&["ann@a.example", "bob@a.example"], "ann and bob"),
            (&["ann@a.example", "ann@b.example"], "2 users"),
            (&["", "ann@a.example"], "an unknown user and ann"),
            (&["a", "b", "c"], "3 users"),
            (&["@evil.example"], "[@]evil[.]example"),
            (&["*a*\u{202e}<!here>\n"], "\\u{2a}a\\u{2a}\\u{202e}\\u{3c}\\u{21}here\\u{3e}\\u{a}"),
        ] {
            assert_eq!(users(names), shown);
        }
        let long = users(&[&"é.".repeat(100)]);
        assert!(long.ends_with('…') && long.chars().count() <= USER_WIDTH, "{long}");
    }

    #[test]
    fn one_host_is_named_and_its_end_stays() {
        let hosts = |names: &[&str]| hosts_named(&names.iter().map(ToString::to_string).collect());
        assert_eq!(hosts(&["login-portal.example"]), "login-portal[.]example");
        assert_eq!(hosts(&["a.example", "b.example"]), "2 hosts");
        assert_eq!(hosts(&[""]), "a link without a host");
        let long = hosts(&[&format!("{}evil.example", "bank.".repeat(40))]);
        assert!(long.starts_with('…') && long.ends_with("evil[.]example"), "{long}");
    }
}
