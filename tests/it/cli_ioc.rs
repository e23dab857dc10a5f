//! `--ioc`: every line of a list is read or refused, and what was read is said before the answer.

use std::path::{Path, PathBuf};

use clickwarden::click::Text;
use clickwarden::clock::{Clock, HOUR, SECOND, Span};

use crate::program::{Program, Ran};
use crate::support::Row;

/// The clicked URL of `tests/data/ioc` (small inputs made after public reports of users).
const EVIL: &str = "https://evil.example/a";

/// A store with clicks on these URLs, a second apart.
pub fn clicked(urls: &[&str]) -> Program {
    let (program, at) = (Program::offline(), Clock::System.now().plus(-HOUR).hour().start());
    let row = |(n, url): (i64, &&str)| Row::new(at.plus(n * SECOND), url, "ClickAllowed");
    let rows: Vec<Row> = (0..).zip(urls).map(row).collect();
    program.fill("contoso", &rows, Span::new(at, at.plus(HOUR)));
    program
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ioc").join(name)
}

/// Runs `clicks --ioc` on a file.
fn run(program: &Program, file: &Path, more: &[&str]) -> Ran {
    let arguments = ["clicks", "--format", "json", "--ioc", file.to_str().unwrap()];
    program.run(&[&arguments, more].concat())
}

/// Runs it on a list of these bytes.
pub fn run_on(program: &Program, list: impl AsRef<[u8]>, more: &[&str]) -> Ran {
    let path = program.folder.path().join("list");
    std::fs::write(&path, list).unwrap();
    run(program, &path, more)
}

/// The URLs of the clicks that a run found, oldest first.
pub fn urls(ran: &Ran) -> Vec<String> {
    let rows = ran.json()["rows"].as_array().unwrap().clone();
    rows.iter().rev().map(|row| row["Url"].as_str().unwrap().to_owned()).collect()
}

/// Asserts that a list finds the click, and what is said of it.
fn assert_found(program: &Program, list: impl AsRef<[u8]>, said: &str) {
    let list = list.as_ref();
    let shown = String::from_utf8_lossy(list).into_owned();
    let ran = run_on(program, list, &[]);
    assert_eq!(ran.code, Some(0), "{shown}: {}", ran.err);
    assert_eq!(urls(&ran), [EVIL], "{shown}: {}", ran.err);
    assert_eq!(ran.err, format!("clickwarden: --ioc: {said}\n"), "{shown}");
}

#[test]
fn each_spelling_that_tools_make_dead_is_found() {
    let program = clicked(&[EVIL, "https://clean.example/"]);
    for file in ["defanged-urls.txt", "pasted-report.txt"] {
        let lines = std::fs::read_to_string(data(file)).unwrap();
        for line in lines.lines() {
            let ran = run_on(&program, line, &[]);
            assert_eq!(ran.code, Some(0), "{line}: {}", ran.err);
            assert_eq!(urls(&ran), [EVIL], "{line}: {}", ran.err);
        }
        let whole = run(&program, &data(file), &[]);
        assert_eq!(urls(&whole), [EVIL], "{}", whole.err);
    }
}

#[test]
fn feeds_are_read_by_their_heading() {
    let address = "http://198.51.100.9/hakka/helios.x86";
    let program = clicked(&[EVIL, address, "http://198.51.100.10:8080/x", "https://feed.example/"]);
    let quoted = run(&program, &data("feed-quoted.csv"), &[]);
    assert_eq!(urls(&quoted), [EVIL, address]);
    assert_eq!(quoted.err, "clickwarden: --ioc: read 2 URLs\n");
    let ports = run(&program, &data("feed-ip-port.csv"), &[]);
    assert_eq!(urls(&ports), ["http://198.51.100.10:8080/x"]);
    assert_eq!(ports.err, "clickwarden: --ioc: read 1 address\n");
    for (list, said) in [
        ("Indicator;Note\r\nhxxps://evil[.]example/a;\"a;b\"\r\n", "read 1 URL"),
        ("IndicatorType,IndicatorValue\nDomainName,evil.example\nFileSha1,x\n", ONE_OTHER),
        ("id\tioc_value\n1\tevil.example\n", "read 1 host"),
        ("url\nhttps://evil.example/a\n", "read 1 URL"),
        (MISP_CSV, "read 1 URL; 1 hash and 2 others left out"),
        (
            "\"Url\",\"Blocked\"\r\n\"https://evil.example/a\",3\r\n\"\",1\r\n",
            "read 1 URL; 1 empty cell left out",
        ),
        ("url,note\nhttps://evil.example/a,\"two\nlines\"\n", "read 1 URL"),
    ] {
        assert_found(&program_of_evil(), list, said);
    }
}

const ONE_OTHER: &str = "read 1 host; 1 hash left out";
const MISP_CSV: &str = "uuid,event_id,category,type,value,comment,to_ids,date\n\
    a,1,Network activity,url,https://evil.example/a,\"seen, today\",1,1\n\
    b,1,Payload delivery,filename|md5,a.exe|5d41402abc4b2a76b9719d911017c592,,1,1\n\
    c,1,Payload delivery,filename,invoice.zip,,1,1\n\
    d,1,External analysis,link,https://report.example/,,0,1\n";

fn program_of_evil() -> Program {
    clicked(&[EVIL, "https://clean.example/", "https://report.example/"])
}

#[test]
fn hashes_are_counted_and_left_out() {
    let program = clicked(&[EVIL, "https://clean.example/", "http://198.51.100.10/"]);
    let ran = run(&program, &data("mixed-kinds.txt"), &[]);
    assert_eq!(urls(&ran), [EVIL, "http://198.51.100.10/"]);
    assert_eq!(ran.err, "clickwarden: --ioc: read 1 host, 1 address; 2 hashes left out\n");
    // A list of nothing that a click could have is no all-clear.
    let ran = run_on(&program, "5d41402abc4b2a76b9719d911017c592\n", &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("nothing to look for") && ran.err.contains("1 hash"), "{}", ran.err);
}

#[test]
fn what_a_gateway_wrapped_is_found_by_its_link() {
    let around = "https://bbox.blackbaud.example/webforms/linkredirect?url=https%3A%2F%2Fsurinam.example%2FAp3dX.html%23ann%40contoso.example";
    let program = clicked(&[EVIL, around, "https://clean.example/"]);
    let ran = run(&program, &data("wrapped-links.txt"), &[]);
    assert_eq!(urls(&ran), [EVIL, around]);
    assert_eq!(ran.err, "clickwarden: --ioc: read 5 URLs\n");
    let lines = std::fs::read_to_string(data("wrapped-links.txt")).unwrap();
    for line in lines.lines() {
        let inner = if line.contains("blackbaud") { around } else { EVIL };
        assert_eq!(urls(&run_on(&program, line, &[])), [inner], "{line}");
        let asked = ["clicks", "--format", "json", "--url", line];
        assert_eq!(urls(&program.run(&asked)), [inner], "{line}");
    }
    // The wrapper itself is looked for, too.
    let wrapper = lines.lines().next().unwrap();
    let program = clicked(&[wrapper]);
    assert_eq!(urls(&run_on(&program, wrapper, &[])), [wrapper]);
    assert_eq!(urls(&program.run(&["clicks", "--format", "json", "--url", wrapper])), [wrapper]);
}

#[test]
fn lists_of_the_tenant_are_read_as_microsoft_documents_them() {
    // "URL syntax for the Tenant Allow/Block List", Microsoft Learn (defender-docs, 0359f10).
    let program = clicked(&[
        "https://evil.example/",
        EVIL,
        "https://www.evil.example/wp-content/x",
        "https://evil.example/wp-content/x",
        "https://notevil.example/a",
    ]);
    let found = |entry: &str| {
        let ran = run_on(&program, entry, &[]);
        urls(&ran).iter().map(|url| url.replace("https://", "")).collect::<Vec<_>>()
    };
    let (root, a) = ("evil.example/", "evil.example/a");
    let (below, content) = ("www.evil.example/wp-content/x", "evil.example/wp-content/x");
    for (entry, expect) in [
        ("~evil.example~", vec![root, a, below, content]),
        ("~evil.example", vec![root, a, below, content]),
        ("evil.example", vec![root, a, below, content]),
        ("*.evil.example/*", vec![below]),
        ("evil.example/*", vec![a, content]),
        ("evil.example/wp-content/*", vec![content]),
        ("https://EVIL.example:443/wp-content/*", vec![content]),
        ("*.example/*", vec![root, a, below, content, "notevil.example/a"]),
    ] {
        assert_eq!(found(entry), expect, "{entry}");
    }
    assert_eq!(run(&program, &data("allow-block-list.txt"), &[]).code, Some(0));
    for entry in ["*evil.example", "evil.example*", "evil.example/a*", "*.*", "conto*so.example/a"]
    {
        let ran = run_on(&program, entry, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{entry}");
        assert!(ran.err.contains("line 1") && ran.err.contains("star"), "{}", ran.err);
    }
}

#[test]
fn windows_and_others_write_what_is_read() {
    let program = clicked(&[EVIL, "https://clean.example/"]);
    let both = [EVIL, "https://clean.example/"];
    assert_eq!(urls(&run(&program, &data("utf16le.txt"), &[])), both);
    assert_eq!(urls(&run(&program, &data("utf16be.txt"), &[])), [EVIL]);
    assert_found(&program, "\u{feff}hxxps://evil[.]example/a\r\n", "read 1 URL");
    // Latin-1 could be any of a dozen encodings: which, nobody can tell.
    let ran = run_on(&program, b"https://evil.example/a\nhttps://evil.example/\xe4\n", &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("line 2") && ran.err.contains("UTF-8"), "{}", ran.err);
    let ran = run_on(&program, b"h\0t\0t\0p\0:\0", &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("UTF-16"), "{}", ran.err);
}

#[test]
fn lists_of_blockers_and_servers_are_read() {
    let program = clicked(&[EVIL, "http://[2001:db8::1]:8080/x", "https://ünï.example/a"]);
    let found = |list: &str| urls(&run_on(&program, list, &[]));
    let (v6, idn) = ("http://[2001:db8::1]:8080/x", "https://ünï.example/a");
    for (list, expect) in [
        ("0.0.0.0 evil.example", EVIL),
        ("127.0.0.1\tlocalhost\n127.0.0.1\tevil.example # kit", EVIL),
        ("::1 localhost ip6-loopback\n:: evil.example other.example", EVIL),
        ("[Adblock Plus 2.0]\n! a title\n||evil.example^", EVIL),
        ("||evil.example^$third-party,image", EVIL),
        ("evil.example:8443", EVIL),
        ("evil[.]example:443", EVIL),
        ("[2001:db8::1]:8080", v6),
        ("[2001:db8::1]", v6),
        ("2001[:]db8[:]:1", v6),
        ("2001:db8::/32", v6),
        ("xn--n-nga1b.example", idn),
        ("ünï.example", idn),
        ("ünï。example", idn),
        ("https://xn--n-nga1b.example/a", idn),
        ("evil。example", EVIL),
        ("| URL | Clicks |\n| --- | ---: |\n| `hxxps://evil[.]example/a` | 3 |", EVIL),
    ] {
        assert_eq!(found(list), [expect], "{list}");
    }
}

#[test]
fn users_are_read_in_every_spelling() {
    let (program, at) = (Program::offline(), Clock::System.now().plus(-HOUR).hour().start());
    let row = Row::new(at, EVIL, "ClickAllowed").with(Text::AccountUpn, "Ann@contoso.example");
    program.fill("contoso", &[row], Span::new(at, at.plus(HOUR)));
    for line in [
        "ann(at)contoso.example",
        "ann[at]contoso[.]example",
        "ann[@]contoso[.]example",
        "<ann@contoso.example>",
        "mailto:ann@contoso.example",
        "E-Mail: ann@contoso.example",
    ] {
        let ran = run_on(&program, line, &[]);
        assert_eq!(ran.err, "clickwarden: --ioc: read 1 user\n", "{line}");
        assert_eq!(urls(&ran), [EVIL], "{line}");
    }
}

#[test]
fn platforms_hand_over_json() {
    let program = program_of_evil();
    let misp = r#"{"Event": {"info": "x", "Attribute": [
        {"type": "url", "category": "Network activity", "value": "https://evil.example/a"},
        {"type": "md5", "value": "5d41402abc4b2a76b9719d911017c592"}],
        "Object": [{"name": "domain-ip", "Attribute": [{"type": "ip-dst", "value": "198.51.100.1"},
        {"type": "ip-dst|port", "value": "198.51.100.2|8080"}]}]}}"#;
    let stix = r#"{"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "identity", "name": "somebody", "id": "identity--1"},
        {"type": "indicator", "pattern_type": "stix", "pattern":
         "[url:value = 'https://evil.example/a' OR domain-name:value IN ('a.example', 'b.example')]"},
        {"type": "indicator", "pattern": "[ipv4-addr:value = '198.51.100.0/24'] AND [ipv6-addr:value = '2001:db8::1']"},
        {"type": "indicator", "pattern_type": "stix", "pattern": "[email-addr:value = 'x@evil.example']"},
        {"type": "indicator", "pattern_type": "stix", "pattern":
         "[file:hashes.'SHA-256' = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae']"},
        {"type": "indicator", "pattern_type": "yara", "pattern": "rule a {}"}]}"#;
    let defender =
        r#"{"value": [{"indicatorValue": "evil.example", "indicatorType": "DomainName"}]}"#;
    let lines = "{\"url\": \"https://evil.example/a\"}\n\n{\"url\": \"https://b.example/\"}\n";
    for (list, said) in [
        (misp.to_owned(), "read 1 URL, 2 addresses; 1 hash left out"),
        (format!("{{\"response\": [{misp}]}}"), "read 1 URL, 2 addresses; 1 hash left out"),
        (
            stix.to_owned(),
            "read 1 URL, 2 hosts, 1 address, 1 network, 1 user; 1 hash and 1 other left out",
        ),
        (defender.to_owned(), "read 1 host"),
        (lines.to_owned(), "read 2 URLs"),
        (r#"["hxxps://evil[.]example/a","b.example"]"#.to_owned(), "read 1 URL, 1 host"),
        (
            r#"{"3221":[{"url":"https://evil.example/a","urlhaus_link":"https://f.example/"}]}"#
                .to_owned(),
            "read 1 URL",
        ),
        (
            r#"{"query_status":"ok","data":[{"ioc":"evil.example:443","ioc_type":"domain"}]}"#
                .to_owned(),
            "read 1 host",
        ),
    ] {
        assert_found(&program, list, said);
    }
    for (list, words) in [
        ("{\"url\": \"https://evil.example/a\"", "line 1"),
        ("{\"url\": \"https://evil.example/a\"}\n{\"host\"\n", "line 2"),
        ("{\"url\": \"https://evil.example/a\"}\n{\"name\": \"x\"}\n", "line 2"),
        (r#"[{"url": "https://evil.example/a"}, {"name": "x"}]"#, "[1]"),
        (
            r#"{"type":"bundle","objects":[{"type":"indicator","pattern":"[url:value LIKE '%evil%']"}]}"#,
            "objects[0]",
        ),
        (
            r#"{"type":"bundle","objects":[{"type":"indicator","pattern":"[url:value != 'a']"}]}"#,
            "objects[0]",
        ),
        (r#"{"items":[{"url":"https://evil.example/a"},{"site":"b.example"}]}"#, "items[1]"),
        (r#"{"name":"x"}"#, "nothing to look for"),
        ("[]", "nothing to look for"),
        ("url,note\n", "nothing to look for"),
        ("", "nothing to look for"),
    ] {
        let ran = run_on(&program, list, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{list}: {}", ran.err);
        assert!(ran.err.contains(words), "{list}: {}", ran.err);
    }
}

#[test]
fn our_own_exports_are_lists() {
    // A text may be clicked on that is no URL to browsers, and has a star.
    let odd = "@SUM(1+1)*cmd";
    let program = clicked(&[EVIL, "https://clean.example/=x,y", "http://Clean.example", odd]);
    for arguments in [
        ["clicks", "--format", "csv"].as_slice(),
        &["clicks", "--format", "json"],
        &["export", "--format", "csv"],
        &["export", "--format", "jsonl"],
        &["summary", "--format", "csv"],
        &["summary", "--format", "json"],
        &["summary", "--format", "md"],
    ] {
        let list = program.run(arguments);
        assert_eq!(list.code, Some(0), "{}", list.err);
        let ran = run_on(&program, &list.out, &[]);
        assert_eq!(ran.err, "clickwarden: --ioc: read 4 URLs\n", "{arguments:?} {}", list.out);
        assert_eq!(urls(&ran).len(), 4, "{arguments:?}");
    }
}

#[test]
fn what_looks_dead_but_lives_is_looked_for_as_it_is() {
    for url in ["https://evil.example/a[.]b", "https://evil.example/(.)", "https://evil.example/a."]
    {
        let program = clicked(&[url]);
        for line in
            [url.to_owned(), format!("- {url}"), format!("\"{url}\""), format!("<{url}> a note")]
        {
            assert_eq!(urls(&run_on(&program, &line, &[])), [url], "{line}");
        }
        assert_eq!(urls(&program.run(&["clicks", "--format", "json", "--url", url])), [url]);
    }
}

#[test]
fn lines_that_say_nothing_are_all_told_of() {
    let program = clicked(&[EVIL]);
    let mut list = String::from("hxxps://evil[.]example/a\n# a comment\n\n");
    (0..25).for_each(|n| list.extend(["nonsense ", &n.to_string(), "\n"]));
    let ran = run_on(&program, &list, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert_eq!(ran.err.matches("nonsense").count(), 20, "{}", ran.err);
    assert!(ran.err.contains("line 4 of "), "{}", ran.err);
    assert!(ran.err.contains("5 more") && ran.err.contains("--ioc-skip"), "{}", ran.err);
    let ran = run_on(&program, &list, &["--ioc-skip"]);
    assert_eq!(urls(&ran), [EVIL]);
    assert_eq!(ran.err.matches("nonsense").count(), 20, "{}", ran.err);
    assert!(ran.err.ends_with("read 1 URL; 25 lines skipped\n"), "{}", ran.err);
    let ran = run_on(&program, "nonsense\n", &["--ioc-skip"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    let ran = program.run(&["clicks", "--ioc-skip"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}

#[test]
fn other_formats_and_evidence_say_what_was_read() {
    let program = clicked(&[EVIL, "https://clean.example/"]);
    let file = data("pasted-report.txt");
    let file = file.to_str().unwrap();
    for format in ["table", "json", "csv"] {
        let ran = program.run(&["clicks", "--format", format, "--ioc", file]);
        assert_eq!(ran.code, Some(0));
        assert_eq!(ran.err, "clickwarden: --ioc: read 2 URLs, 1 host\n");
        assert!(ran.out.contains("evil"), "{}", ran.out);
    }
    let zip = program.folder.path().join("case.zip");
    let ran = program.run(&["evidence", "--ioc", file, "-o", zip.to_str().unwrap()]);
    assert_eq!(ran.err, "clickwarden: --ioc: read 2 URLs, 1 host\n");
    assert!(ran.out.starts_with("1 click,"), "{}", ran.out);
}

/// Asserts that a list is refused for something in this place.
fn assert_refused(program: &Program, list: &str, words: &str) {
    let ran = run_on(program, list, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{list}: {}", ran.err);
    assert!(ran.err.contains(words), "{list}: {}", ran.err);
}

#[test]
fn each_row_is_read_by_the_best_column_that_it_fills() {
    let program = clicked(&[EVIL, "https://clean.example/"]);
    for (list, said) in [
        ("url,domain\n,evil.example\nhttps://q.example/,q.example\n", "read 1 URL, 1 host"),
        ("url,domain,ip\n,\" \",\n,evil.example,\n", "read 1 host; 1 empty cell left out"),
        (
            "{\"url\":\"\",\"domain\":\"evil.example\"}\n{\"url\":\"\",\"domain\":\"\"}\n",
            "read 1 host; 1 empty cell left out",
        ),
        ("| url | host |\n| --- | --- |\n| | evil.example |\n", "read 1 host"),
    ] {
        assert_found(&program, list, said);
    }
    assert_refused(&program, "domain,url\nevil.example\n", "line 2");
}

#[test]
fn values_of_kinds_that_nobody_knows_are_read() {
    let program = program_of_evil();
    for kind in [
        "website",
        "FQDNs",
        "hostnames",
        "dns",
        "site",
        "link",
        "C2",
        "Phishing",
        "malware_download",
        "IPv4Addr",
    ] {
        let list = format!("type,indicator\n{kind},https://evil.example/a\n");
        assert_found(&program, &list, "read 1 URL");
        assert_refused(&program, &format!("{list}{kind},nonsense\n"), "line 3");
        let hash = format!("{list}{kind},5d41402abc4b2a76b9719d911017c592\n");
        assert_found(&program, &hash, "read 1 URL; 1 hash left out");
    }
    for kind in ["filename", "mutex", "regkey|value", "email-subject", "ASN", "CVE", "FilePath"] {
        let list = format!("type,indicator\n{kind},a|b.example\nurl,https://evil.example/a\n");
        let ran = run_on(&program, &list, &[]);
        assert_eq!(urls(&ran), [EVIL], "{kind}: {}", ran.err);
        assert!(ran.err.contains("read 1 URL") && ran.err.contains("left out"), "{}", ran.err);
    }
}

#[test]
fn rows_with_more_cells_than_the_heading_are_refused() {
    let program = clicked(&[EVIL, "https://clean.example/"]);
    let cut = "url,note\nhttps://evil.example/a?x=1,2,foo\n";
    assert_refused(&program, cut, "line 2");
    assert_refused(&program, cut, "more cells");
    assert_refused(&program, "| url |\n| --- |\n| https://evil.example/a | b |\n", "line 3");
    // Some programs end each row with a separator.
    assert_found(&program, "url,note\nhttps://evil.example/a,x,\n", "read 1 URL");
    assert_found(&program, "url,note\nhttps://evil.example/a,x,,\n", "read 1 URL");
}

#[test]
fn what_directly_follows_the_mark_of_a_comment_is_read() {
    let program = clicked(&[EVIL, "https://clean.example/"]);
    for (line, said) in [
        ("//evil.example/a", "read 1 URL"),
        ("//evil[.]example/a", "read 1 URL"),
        (";evil.example", "read 1 host"),
        (";https://evil.example/a a note", "read 1 URL"),
    ] {
        assert_found(&program, line, said);
    }
    for comment in ["// clean.example", "; clean.example", "//////", ";;;", "//note", ";"] {
        assert_found(&program, format!("{comment}\nevil.example\n"), "read 1 host");
    }
    assert_refused(&program, "evil.example\n//clean.example/abc…\n", "line 2");
}

#[test]
fn stars_in_columns_of_urls_are_refused_in_hosts_alone() {
    let odd = "@SUM(1+1)*cmd";
    let program = clicked(&[odd, EVIL]);
    assert_eq!(urls(&run_on(&program, format!("url\n{odd}\n"), &[])), [odd]);
    assert_eq!(urls(&run_on(&program, "url\nevil.example/a*\n", &[])), [EVIL]);
    assert_refused(&program, "url\n*evil.example\n", "line 2");
    assert_refused(&program, &format!("{odd}\n"), "line 1");
}

#[test]
fn a_dot_before_a_host_means_those_below_it() {
    for url in [EVIL, "https://www.evil.example/a"] {
        let program = clicked(&[url, "https://notevil.example/"]);
        for line in [".evil.example", ".evil[.]example", "+.evil.example", "domain\n.evil.example"]
        {
            let ran = run_on(&program, line, &[]);
            assert_eq!(urls(&ran), [url], "{line}: {}", ran.err);
            assert_eq!(ran.err, "clickwarden: --ioc: read 1 host\n", "{line}");
        }
    }
    let program = clicked(&[EVIL]);
    for line in ["..evil.example", "evil..example", "+..evil.example", ".evil.example/a"] {
        assert_refused(&program, line, "line 1");
    }
}
