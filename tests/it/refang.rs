//! Tests that what people are shown, or write, is read.

use proptest::prelude::*;

use clickwarden::click::pattern::host_name;
use clickwarden::text::defang::{defang, text, text_within, within, without_tokens};
use clickwarden::text::refang::{is_cut_of, readings, refang};

#[test]
fn what_was_made_dead_lives_again() {
    for (dead, alive) in [
        ("hxxps://a[.]example/x", "https://a.example/x"),
        ("hXXp[:]//a(.)example", "http://a.example"),
        ("HXXPS://A[.]EXAMPLE", "HTTPS://A.EXAMPLE"),
        ("hxxps[://]a[dot]example", "https://a.example"),
        ("192[.]0[.]2[.]7", "192.0.2.7"),
        ("bob[@]contoso[.]example", "bob@contoso.example"),
        ("hxxps://a[.]\u{200b}example/\u{200b}x", "https://a.example/x"),
        ("https://a.example/[1]", "https://a.example/[1]"),
        ("http://[intranet]/", "http://[intranet]/"),
        ("hxxps", "hxxps"),
        ("ä[", "ä["),
        ("\\u{zz}\\u{", "\\u{zz}\\u{"),
    ] {
        assert_eq!(refang(dead), alive);
    }
}

/// The table that the documentation of `defang` has, row by row.
#[test]
fn the_table_is_true() {
    let rows = include_str!("../../src/text/defang.rs").lines().filter_map(|line| {
        let mut cells = line.strip_prefix("//! | ")?.split(" | ");
        let cell = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
        let (kind, value) = (cells.next()?, cell(cells.next()?));
        Some((kind, value.replace("\\u{202e}", "\u{202e}"), cell(cells.next()?)))
    });
    let rows: Vec<_> = rows.filter(|(_, value, _)| !value.is_empty()).collect();
    assert_eq!(rows.len(), 19);
    for (kind, value, shown) in rows {
        let is_name = matches!(kind, "name" | "a dot to browsers" | "message");
        assert_eq!(if is_name { text(&value) } else { defang(&value) }, shown, "{kind}");
        assert_eq!(refang(&shown), value, "{kind}");
    }
}

#[test]
fn what_is_alive_is_looked_for_as_it_is_too() {
    assert_eq!(readings("https://a.example/[.]"), ["https://a.example/[.]", "https://a.example/."]);
    assert_eq!(readings("https://a.example/"), ["https://a.example/"]);
    assert_eq!(readings("'=1+2"), ["'=1+2", "=1+2"]);
}

/// Every string of the hostile corpus.
fn corpus() -> Vec<String> {
    let all: serde_json::Value =
        serde_json::from_str(include_str!("../data/hostile.json")).unwrap();
    let lists = ["urls", "texts"].map(|kind| all[kind].as_object().unwrap().values());
    let texts = lists.into_iter().flatten().flat_map(|list| list.as_array().unwrap());
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Whether the host is shown as it was written.
fn keeps_host(url: &str) -> bool {
    refang(&defang(url)) == url || {
        // Then it is the same host in its other form.
        let read = refang(&defang(url));
        assert_eq!(host_name(&read), host_name(url), "{url:?} is read as {read:?}");
        assert!(!url.is_ascii() || url.contains('%'), "{url:?} is read as {read:?}");
        false
    }
}

#[test]
fn what_the_corpus_shows_is_what_is_read() {
    let corpus = corpus();
    assert!(corpus.len() > 150);
    for value in &corpus {
        assert_eq!(refang(&text(value)), *value);
    }
    let others = corpus.iter().filter(|value| !keeps_host(value)).count();
    assert!(others < 20, "{others} hosts are shown as others");
}

/// Pieces that look like what this program, or others, make of a value.
fn treacherous() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "http://",
            "https://",
            "HTTP://",
            "hTTp://",
            "hxxp",
            "hxxps://",
            "fxp:",
            "h**p:",
            "ftp:",
            "//",
            "\\\\",
            "[.]",
            "[",
            "]",
            "(dot)",
            "[at]",
            "[AT]",
            "[/]",
            "[:]",
            "[@]",
            "[://]",
            "[localhost]",
            "[l]ocalhost",
            "LocalHost",
            "localhost",
            "intranet",
            "\\u{41}",
            "\\u{",
            "}",
            "…",
            " ",
            "  ",
            ".",
            ":",
            "@",
            "?",
            "#",
            "a",
            "1",
            "\u{200b}",
            "\u{3002}",
            "evil.example",
            "::1",
            "[::",
            "[1:",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,2}",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_cut_is_known_by_what_is_left() {
    let shown = "hxxps://u[:]p[@]evil[.]example/a/b/c?d";
    for (cut, is_it) in [
        (shown, true),
        ("hxxps://…[@]evil[.]example/…/c?…", true),
        ("…example/a/b/c?d", true),
        ("hxxps://…", true),
        ("hxxps://u…b/c", false),
        ("hxxps://…/c/…/b…", false),
        ("xxps://…", false),
        ("hxxps://u", false),
    ] {
        assert_eq!(is_cut_of(cut, shown), is_it, "{cut}");
    }
}

proptest! {
    #[test]
    fn what_was_cut_may_be_what_it_was(value in treacherous(), width in 0..60usize) {
        for cut in [within(&value, width), without_tokens(&value, width)] {
            prop_assert!(is_cut_of(&cut, &defang(&value)), "{cut}");
        }
        prop_assert!(is_cut_of(&text_within(&value, width), &text(&value)));
    }

    #[test]
    fn what_is_shown_of_a_name_is_read(name in treacherous()) {
        prop_assert_eq!(refang(&text(&name)), name);
    }

    #[test]
    fn what_is_shown_of_a_url_is_read(url in treacherous()) {
        let read = refang(&defang(&url));
        // A host beyond ASCII is shown as that which a browser goes to.
        if url.is_ascii() && !url.contains('%') && !url.contains(|c: char| c <= ' ') {
            prop_assert_eq!(read, url);
        } else if read != url {
            prop_assert_eq!(host_name(&read), host_name(&url));
        }
    }
}
