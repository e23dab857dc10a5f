//! The filters of `clicks`: each alone, several together, and lists of indicators.

use clickwarden::click::Text;
use clickwarden::clock::{Clock, DAY, HOUR, SECOND, Span, Tick};

use crate::program::Program;
use crate::support::Row;

const MESSAGE: &str = "0a1b2c3d-0000-4000-8000-000000000001";
const REPORT: &str = "0a1b2c3d-0000-4000-8000-0000000000aa";

/// Clicks named after their numbers, over several days.
fn filled() -> Program {
    let (program, at) = (Program::offline(), Clock::System.now().plus(-HOUR).hour().start());
    let row =
        |n: i64, url: &str| Row::new(at.plus(n * SECOND - n % 2 * 3 * DAY), url, "ClickAllowed");
    let chain = r#"["https://go.example/?u=1","https:\/\/LANDING.example\/kit"]"#;
    let rows = vec![
        row(0, "https://www.a.example/login").with(Text::NetworkMessageId, MESSAGE),
        row(1, "https://a.example/0").with(Text::ReportId, REPORT),
        row(2, "https://b.example/").with(Text::IPAddress, "2001:db8::7"),
        row(3, "https://b.example/1").with(Text::AccountUpn, "Élodie@contoso.example"),
        row(4, "https://c.example/").with(Text::ThreatTypes, "High confidence phish, Malware"),
        row(5, "https://d.example/").with(Text::Workload, "Teams"),
        row(6, "https://go.example/?u=1").with(Text::UrlChain, chain),
    ];
    program.fill("contoso", &rows, Span::new(at.plus(-7 * DAY), at.plus(HOUR)));
    program
}

/// The numbers of the clicks that are found, ascending.
fn found(program: &Program, arguments: &[&str]) -> Vec<i64> {
    let ran = program.run(&[&["clicks", "--format", "json"], arguments].concat()).json();
    let rows = ran["rows"].as_array().unwrap().iter();
    let mut numbers: Vec<i64> = rows
        .map(|row| Tick::parse(row["Timestamp"].as_str().unwrap()).unwrap().unix_seconds() % 60)
        .collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn each_filter_finds_what_it_names() {
    let program = filled();
    for (arguments, expect) in [
        (vec!["--url", "https://b.example/"], vec![2]),
        (vec!["--url", "hxxps://b[.]example/"], vec![2]),
        (vec!["--url", "https://b.example/", "--url", "https://b.example/1"], vec![2, 3]),
        (vec!["--url", "https://b.example"], vec![2]),
        (vec!["--url", "HTTPS://B.example:443/"], vec![2]),
        (vec!["--url", "https://b.example/x"], vec![]),
        (vec!["--host", "a.example"], vec![0, 1]),
        (vec!["--host", "WWW[.]a.example"], vec![0]),
        (vec!["--host", "example"], vec![0, 1, 2, 3, 4, 5, 6]),
        (vec!["--host", "*.a.example"], vec![0, 1]),
        (vec!["--user", "éLODIE@CONTOSO.example"], vec![3]),
        (vec!["--message", &MESSAGE.to_uppercase()], vec![0]),
        (vec!["--report-id", REPORT], vec![1]),
        (vec!["--ip", "2001:db8::/32"], vec![2]),
        (vec!["--ip", "192.0.2.0/24"], vec![0, 1, 3, 4, 5, 6]),
        (vec!["--threat", "malware"], vec![4]),
        (vec!["--threat", "high confidence PHISH"], vec![4]),
        (vec!["--threat", "phish"], vec![]),
        (vec!["--workload", "teams"], vec![5]),
        (vec!["--in-chain", "landing.example/KIT"], vec![6]),
        (vec!["--in-chain", "b[.]example/"], vec![2, 3]),
        (vec!["--host", "b.example", "--ip", "192.0.2.7"], vec![3]),
        (vec!["--host", "b.example", "--message", MESSAGE], vec![]),
        (vec!["--action", "ClickAllowed", "--report-id", REPORT, "--host", "a.example"], vec![1]),
    ] {
        assert_eq!(found(&program, &arguments), expect, "{arguments:?}");
    }
}

#[test]
fn a_list_of_indicators_finds_any_of_them() {
    let program = filled();
    let list = |text: &str| {
        let path = program.folder.path().join("iocs");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (text, expect) in [
        ("\u{feff}# a list\r\n\r\nhxxps[://]b[.]example/1 # seen today\r\n", vec![3]),
        ("www[.]a[.]example\n2001[:]db8::/64\n", vec![0, 2]),
        ("ÉLODIE@contoso.example", vec![3]),
        (&format!("{MESSAGE}\n{}\n", REPORT.to_uppercase()), vec![0, 1]),
        ("c.example/", vec![4]),
        ("https://d.example", vec![5]),
        ("nothing.example\n198.51.100.1", vec![]),
    ] {
        assert_eq!(found(&program, &["--ioc", &list(text)]), expect, "{text:?}");
    }
    let both = ["--ioc", &list("a.example\nb.example"), "--user", "élodie@contoso.example"];
    assert_eq!(found(&program, &both), [3]);
}

/// The numbers of the clicks that a list of indicators finds.
fn found_of(program: &Program, indicators: &str) -> Vec<i64> {
    let path = program.folder.path().join("iocs");
    std::fs::write(&path, indicators).unwrap();
    found(program, &["--ioc", path.to_str().unwrap()])
}

#[test]
fn indicators_are_looked_for_behind_redirects() {
    let program = filled();
    for (indicators, expect) in [
        ("https://landing.example/kit", vec![6]),
        ("landing.example/kit", vec![6]),
        ("https://landing.example/KIT", vec![]),
        ("landing.example", vec![6]),
        ("go.example", vec![6]),
        ("landing.example\nd.example", vec![5, 6]),
    ] {
        assert_eq!(found_of(&program, indicators), expect, "{indicators:?}");
    }
    // A chain may lead over an address, be empty or be no list; the other filters hold, too.
    let (program, at) = (Program::offline(), Clock::System.now().plus(-HOUR).hour().start());
    let chain = |second: i64, chain: &str| {
        let row = Row::new(at.plus(second * SECOND), "https://go.example/", "ClickAllowed");
        row.with(Text::UrlChain, chain)
    };
    let over_address = r#"["https://go.example/","http://203.0.113.5/x","https://end.example/"]"#;
    let rows = [
        chain(0, over_address),
        chain(1, ""),
        chain(2, "https://end.example/"),
        chain(3, over_address).with(Text::AccountUpn, "bob@contoso.example"),
    ];
    program.fill("contoso", &rows, Span::new(at, at.plus(HOUR)));
    assert_eq!(found_of(&program, "203.0.113.5"), [0, 3]);
    assert_eq!(found_of(&program, "203.0.113.0/28"), [0, 3]);
    assert_eq!(found_of(&program, "end.example"), [0, 2, 3]);
    let path = program.folder.path().join("iocs");
    let both = ["--ioc", path.to_str().unwrap(), "--user", "bob@contoso.example"];
    assert_eq!(found(&program, &both), [3]);
}

#[test]
fn an_address_is_looked_for_in_urls_and_case_matters_in_their_paths_only() {
    let (program, at) = (Program::offline(), Clock::System.now().plus(-HOUR).hour().start());
    let row = |second: i64, url: &str| Row::new(at.plus(second * SECOND), url, "ClickAllowed");
    let rows = [
        row(0, "http://203.0.113.5/a"),
        row(1, "http://a.example/").with(Text::IPAddress, "203.0.113.5"),
        row(2, "http://[2001:db8::1]:8080/"),
        row(3, "http://Evil.example/A"),
        row(4, "HTTP://evil.EXAMPLE/A"),
        row(5, "http://evil.example/a"),
    ];
    program.fill("contoso", &rows, Span::new(at, at.plus(HOUR)));
    for (indicators, expect) in [
        ("203[.]0[.]113[.]5", vec![0, 1]),
        ("203.0.113.0/24", vec![0, 1]),
        ("203.0.113.6", vec![]),
        ("2001:db8::1", vec![2]),
        ("http://evil.example/A", vec![3, 4]),
        ("hxxp://EVIL[.]example/A", vec![3, 4]),
        ("evil.example/a", vec![5]),
        ("*.evil.example", vec![3, 4, 5]),
    ] {
        assert_eq!(found_of(&program, indicators), expect, "{indicators:?}");
    }
}

#[test]
fn what_is_no_filter_is_one_sentence() {
    let program = filled();
    let list = program.folder.path().join("iocs");
    std::fs::write(&list, "a.example\n?? \u{1b}[2J\n").unwrap();
    let empty = program.folder.path().join("empty");
    std::fs::write(&empty, "# nothing\n").unwrap();
    for (arguments, words) in [
        (
            ["--host", "https://a.example/"],
            "--host: \"https://a.example/\" is no host; write it as a.example",
        ),
        (
            ["--host", "2001:db8::1"],
            "--host: \"2001:db8::1\" is no host; write it as [2001:db8::1]",
        ),
        (
            ["--url", "https://*.a.example/"],
            "has a star in its host, and no URL does; ask for --host a.example",
        ),
        (
            ["--user", "*@contoso.example"],
            "names no user: users are compared whole; give a whole user",
        ),
        (["--host", "a.*.example"], "--host: \"a.*.example\" is no host; write it as example.com"),
        (["--ip", "300.0.0.1"], "--ip: \"300.0.0.1\" is no address"),
        (["--ioc", "/nowhere"], "--ioc: /nowhere cannot be read"),
        (["--ioc", list.to_str().unwrap()], "line 2 of"),
        (["--ioc", empty.to_str().unwrap()], "lists nothing"),
    ] {
        let ran = program.run(&[["clicks"].as_slice(), &arguments].concat());
        assert_eq!((ran.code, ran.err.lines().count()), (Some(2), 1), "{}", ran.err);
        assert!(ran.err.contains(words) && !ran.err.contains('\u{1b}'), "{}", ran.err);
    }
}
