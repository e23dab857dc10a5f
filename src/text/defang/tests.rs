//! Tests of what people are shown of a URL.

use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;
use unicode_width::UnicodeWidthStr as _;

use super::{defang, text, within, without_tokens};

#[test]
fn nothing_that_is_shown_can_be_followed() {
    for (url, shown) in [
        ("", ""),
        ("https://evil.example/a.html", "hxxps://evil[.]example/a[.]html"),
        ("HTTP://Evil.Example", "HXXP://Evil[.]Example"),
        ("https://u:p@evil.example:8443/x", "hxxps://u[:]p[@]evil[.]example:8443/x"),
        ("https://bank.example@evil.example/", "hxxps://bank[.]example[@]evil[.]example/"),
        ("https:\\\\evil.example\\x", "https[:]\\\\evil[.]example\\x"),
        ("http:evil.example", "http[:]evil[.]example"),
        ("  https://evil.example", "\\u{20}\\u{20}https[:]//evil[.]example"),
        ("evil.example/x", "evil[.]example/x"),
        ("evil.example:80/x", "evil[.]example:80/x"),
        ("//evil.example/x", "//evil[.]example/x"),
        ("ftp://evil.example", "ftp[:]//evil[.]example"),
        ("smb://evil.example/share", "smb[:]//evil[.]example/share"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("mailto:a@evil.example", "mailto[:]a[@]evil[.]example"),
        ("https://192.0.2.7/", "hxxps://192[.]0[.]2[.]7/"),
        ("https://[2001:db8::1]:8/", "hxxps://[2001[:]db8[:][:]1][:]8/"),
        ("https://пример.example/ж", "hxxps://xn--e1afmkfd[.]example/ж"),
        ("https://evil。example/", "hxxps://evil[.]example/"),
        ("https://evil%2eexample/", "hxxps://evil[.]example/"),
        ("https://\u{202e}moc.example/", "hxxps://\\u{202e}moc[.]example/"),
        (
            "https://a.example/?u=https://b.example/&v=http%3A%2F%2Fc.example",
            "hxxps://a[.]example/?u=https[:]//b[.]example/&v=http%3A%2F%2Fc[.]example",
        ),
        (
            "https://a.example/\u{1b}]8;;\u{7}\u{9b}m",
            "hxxps://a[.]example/\\u{1b}]8;;\\u{7}\\u{9b}m",
        ),
    ] {
        assert_eq!(defang(url), shown, "{url:?}");
    }
}

#[test]
fn tokens_are_left_out() {
    for (url, shown) in [
        ("https://evil.example/a.html", "hxxps://evil[.]example/a[.]html"),
        ("https://u:p@evil.example/reset?token=1#x", "hxxps://…[@]evil[.]example/reset?…"),
        ("https://evil.example/#token", "hxxps://evil[.]example/#…"),
        ("https://evil.example?token", "hxxps://evil[.]example?…"),
        ("javascript:alert('?x')", "javascript[:]alert('?…"),
        ("", ""),
    ] {
        assert_eq!(without_tokens(url, 200), shown, "{url:?}");
    }
}

#[test]
fn other_text_holds_nothing_to_follow() {
    for (name, shown) in [
        ("ann.lee@contoso.example", "ann[.]lee[@]contoso[.]example"),
        ("evil.example", "evil[.]example"),
        ("http://localhost:80/", "http[:]//[l]ocalhost[:]80/"),
        ("javascript: x", "javascript: x"),
        ("x https://evil.example/a", "x https[:]//evil[.]example/a"),
        ("a\u{1b}[31m\r\nb", "a\\u{1b}[31m\\u{d}\\u{a}b"),
        ("Phish, Malware", "Phish, Malware"),
    ] {
        assert_eq!(text(name), shown, "{name:?}");
    }
}

#[test]
fn a_cut_never_hides_where_a_url_leads() {
    for (url, shown) in [
        ("https://evil.example/short", "hxxps://evil[.]example/short"),
        ("https://evil.example/a/very/long/path/that/goes/on", "hxxps://evil[.]example/a/ve…on"),
        ("https://login.bank.example@evil.example/abcdefghij", "hxxps://…[@]evil[.]example…"),
        ("https://login.bank.example.secure.evil.example/", "hxxps://…ure[.]evil[.]example/"),
        ("https://login.bank.example.evil.co.uk/", "hxxps://…ple[.]evil[.]co[.]uk/"),
        (
            "https://a.a-registrable-name-that-is-long.example/x",
            "hxxps://…a-registrable-name-that-is-long[.]example…",
        ),
    ] {
        assert_eq!(within(url, 30), shown, "{url:?}");
    }
}

/// Whatever the rule puts in brackets, bare; characters that do not show.
static ALIVE: LazyLock<Regex> = LazyLock::new(|| {
    let bare = r"(^|[^\[])[.@\u{3002}\u{ff0e}\u{ff61}]|[.@\u{3002}\u{ff0e}\u{ff61}]([^\]]|$)";
    let colon = r"(?i)https?:\D|://|//localhost";
    let unseen = r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]";
    Regex::new(&format!("{bare}|{colon}|{unseen}")).unwrap()
});

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("http://".to_owned()),
        Just("HTTPS:".to_owned()),
        Just("//".to_owned()),
        Just("hxxp".to_owned()),
        Just("http".to_owned()),
        Just("evil.example".to_owned()),
        Just("www.".to_owned()),
        Just("@".to_owned()),
        Just(":".to_owned()),
        Just("/".to_owned()),
        Just("\\".to_owned()),
        Just("%2F%2f".to_owned()),
        "[a-z0-9.-]{0,9}",
        "\\PC{0,3}",
        any::<char>().prop_map(String::from),
        "[\u{0}-\u{20}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]{1,3}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_url_comes_out_alive(url in hostile(), width in 0..120usize) {
        for shown in [defang(&url), within(&url, width)] {
            let begin = shown.get(..5).unwrap_or_default();
            let rest = if begin.eq_ignore_ascii_case("hxxp:") || begin.eq_ignore_ascii_case("hxxps") {
                shown.replacen("://", "", 1)
            } else {
                shown.clone()
            };
            prop_assert!(!ALIVE.is_match(&rest), "{shown:?}");
        }
    }

    #[test]
    fn a_host_has_no_dots_and_its_end_stays(
        user in "([a-z.:]{0,40}@)?",
        host in "[a-z]{1,20}(\\.[a-z]{1,20}){1,6}",
        tail in "([/?#]\\PC{0,80})?",
        width in 10..100usize,
    ) {
        let url = format!("https://{user}{host}{tail}");
        let dead = host.replace('.', "[.]");
        prop_assert!(defang(&url).contains(&dead));
        let labels: Vec<&str> = host.rsplitn(3, '.').collect();
        let end = format!("{}[.]{}", labels[1], labels[0]);
        let shown = within(&url, width);
        prop_assert!(shown.contains(&end), "{shown}");
        prop_assert!(shown.width() <= width.max(dead.width() + 14), "{shown}");
    }

    #[test]
    fn what_fits_is_not_cut(url in hostile()) {
        let whole = defang(&url);
        prop_assert_eq!(within(&url, whole.width()), whole);
    }
}
