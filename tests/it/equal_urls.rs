//! Equal URLs are equal, by one rule for filters, lists, exclusions, silences and conditions of rules;
//! the summary's groups stay as the source has them.

use clickwarden::clock::MINUTE;

use crate::alerting::{Post, SOC, through};
use crate::cli_ioc::{clicked, run_on, urls};

/// Spellings of one URL that a browser takes for the same (WHATWG URL; RFC 3986, 6.2.2 and 6.2.3).
const EQUAL: [[&str; 2]; 9] = [
    ["https://evil.example/A", "HTTPS://EVIL.Example/A"],
    ["https://evil.example/A", "https://evil.example:443/A"],
    ["http://evil.example/A", "http://evil.example:80/A"],
    ["http://evil.example/A", "http://evil.example:/A"],
    ["http://evil.example/A", "http://evil.example./A"],
    ["https://ünï.example/A", "https://xn--n-nga1b.example/A"],
    ["http://[2001:db8::1]/A", "http://[2001:DB8:0:0::1]/A"],
    ["https://Ann@evil.example/A", "https://Ann@EVIL.example:443/A"],
    ["https://evil.example/", "https://evil.example"],
];

#[test]
fn equal_urls_are_equal_for_filters_lists_and_exclusions() {
    for pair in EQUAL {
        for [clicked_on, asked] in [pair, [pair[1], pair[0]]] {
            let program = clicked(&[clicked_on, "https://evil.example/a", "http://evil.example/b"]);
            let ran = program.run(&["clicks", "--format", "json", "--url", asked]);
            assert_eq!(urls(&ran), [clicked_on], "--url {asked}");
            assert_eq!(urls(&run_on(&program, asked, &[])), [clicked_on], "--ioc {asked}");
            let exclude = format!("[[exclude]]\nurls = [{asked:?}]");
            program.configure_also(&exclude);
            let summary = program.run(&["summary", "--format", "json"]).json();
            assert_eq!(summary["excluded"], 1, "[[exclude]] {asked}");
        }
    }
    // What a server may tell apart stays apart.
    for (clicked_on, asked) in [
        ("https://evil.example/A", "https://evil.example/a"),
        ("https://ann@evil.example/", "https://Ann@evil.example/"),
        ("https://evil.example/a", "http://evil.example/a"),
        ("https://evil.example:8443/", "https://evil.example/"),
    ] {
        let program = clicked(&[clicked_on]);
        let ran = program.run(&["clicks", "--format", "json", "--url", asked]);
        assert!(urls(&ran).is_empty(), "{asked}");
    }
}

/// A link of Safe Links around `https://evil.example/A`.
const WRAPPED: &str = "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2FA&data=05%7C02&reserved=0";

#[test]
fn exclusions_and_silences_unwrap_links() {
    let program = clicked(&["https://evil.example/A", WRAPPED, "https://evil.example/b"]);
    program.configure_also(&format!("[[exclude]]\nurls = [{WRAPPED:?}]"));
    let summary = program.run(&["summary", "--format", "json"]).json();
    assert_eq!(summary["excluded"], 2);
    let shown = program.run(&["config", "show"]).out;
    assert_eq!(shown.matches("https://evil.example").count(), 0, "{shown}");
    assert!(shown.contains("safelinks"), "{shown}");
}

#[test]
fn a_silence_is_of_every_spelling_of_its_url() {
    let mut post = Post::now(&["contoso"], SOC);
    let at = post.clock.now().plus(-5 * MINUTE);
    let row = through(at, "ann@contoso.example", "https://evil.example/A", "ClickBlocked");
    post.bring("contoso", &[row]);
    post.settle();
    for (url, open) in [
        ("https://evil.example/A", 1),
        ("HTTPS://Evil.example:443/A", 1),
        ("hxxps://evil[.]example./A", 1),
        (WRAPPED, 1),
        (
            "hxxps://eur03[.]safelinks[.]protection[.]outlook[.]com/?url=https%3A%2F%2Fevil[.]example%2FA",
            1,
        ),
        ("https://evil.example/a", 0),
    ] {
        let add = ["silence", "add", "--for", "4h", "--reason", "a drill", "--url", url];
        let ran = post.program.run(&add);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert_eq!(ran.out.contains("; matches 1 open alert"), open == 1, "{url}: {}", ran.out);
    }
}

#[test]
fn a_condition_takes_equal_urls_for_equal() {
    let program = clicked(&["HTTPS://Evil.example:443/A", "https://other.example/"]);
    for (when, groups) in [
        ("url == 'https://evil.example/A'", 1),
        ("'https://evil.example/A' == url", 1),
        ("url in ['https://evil.example./A', 'https://c.example/']", 1),
        ("url != 'https://evil.example/A'", 1),
        ("url == 'https://evil.example/a'", 0),
        ("url == 'HTTPS://Evil.example:443/A'", 1),
        ("url == 'https://OTHER.example' || url == 'https://evil.example/A'", 2),
    ] {
        let text = std::fs::read_to_string(program.folder.path().join("clickwarden.toml")).unwrap();
        program.configure_also(&format!("[[rule]]\nname = \"tried\"\nwhen = {when:?}\nby = [\"url\"]\nseverity = \"low\"\nenabled = false"));
        let tried = program.run(&["rule", "test", "tried", "--format", "json"]).json();
        program.configure(&text);
        assert_eq!(tried["groups"], groups, "{when}: {tried}");
    }
}

#[test]
fn the_summary_groups_as_the_source_writes() {
    let program = clicked(&[
        "https://evil.example/A",
        "HTTPS://evil.example/A",
        "https://evil.example:443/A",
    ]);
    let summary = program.run(&["summary", "--format", "json"]).json();
    assert_eq!(summary["rows"].as_array().unwrap().len(), 3);
}
