//! What any output shows for a whole value is read by every option that takes one; of a cut one it is
//! said so, with what it may be.

use std::collections::BTreeSet;

use clickwarden::click::Text;
use clickwarden::click::pattern::same_url;
use clickwarden::clock::{Clock, HOUR, SECOND, Span};

use crate::alerting::{Post, SOC, through};
use crate::hostile;
use crate::program::Program;
use crate::support::Row;

/// A URL of each kind.
const URLS: [&str; 22] = [
    "https://evil.example:8443/x",
    "https://u:p@evil.example/",
    "https://a.example/?u=http://b.example/",
    "https://a.example/?u=https%3A%2F%2Fb.example",
    "http://intranet/x",
    "http://localhost:8080/x",
    "http://localhost/x",
    "http://[2001:db8::1]:8080/x",
    "ftp://files.example/a",
    "HTTPS://EVIL.EXAMPLE/",
    "Http://Evil.example/",
    "evil.example:80/a",
    "javascript:alert(document.domain)",
    "mailto:ann@contoso.example",
    "/a.zip",
    "https://evil\u{3002}example/",
    "https://xn--e1afmkfd.example/",
    "https://пример.example/ж",
    "https://evil.example/[.](dot)[at]",
    "https://evil.example/a|b`c``d",
    "https://evil.example/\u{202e}x…  y ",
    "hxxps://evil.example/",
];

const USERS: [&str; 6] = [
    "katya.haddad@northwind.com",
    "ann[.]lee@contoso.example",
    "https://evil.example/",
    "localhost:80",
    "\u{1b}[31m\u{3002}x  y",
    "",
];

const IPS: [&str; 2] = ["192.0.2.7", "2001:db8::7"];

fn filled() -> Program {
    let (program, at) = (Program::offline(), Clock::System.now().plus(-HOUR).hour().start());
    let row = |(place, url): (usize, &&str)| {
        Row::new(at.plus(place as i64 * SECOND), url, "ClickAllowed")
            .with(Text::AccountUpn, USERS[place % USERS.len()])
            .with(Text::NetworkMessageId, &format!("0a1b2c3d-0000-4000-8000-0000000000{place:02}"))
            .with(Text::ReportId, &format!("report.{place:02}@x"))
            .with(Text::IPAddress, IPS[place % IPS.len()])
    };
    let rows: Vec<Row> = URLS.iter().enumerate().map(row).collect();
    program.fill("contoso", &rows, Span::new(at, at.plus(HOUR)));
    program
}

/// The texts of a column in the rows that the arguments find.
fn found(program: &Program, column: &str, arguments: &[&str]) -> BTreeSet<String> {
    let rows = program.run(&[&["clicks", "--format", "json"], arguments].concat()).json();
    let rows = rows["rows"].as_array().unwrap().iter();
    rows.map(|row| row[column].as_str().unwrap().to_owned()).collect()
}

/// What stands in the spans of code of Markdown's tables, as it is copied from there.
fn in_code(line: &str) -> String {
    let cell = line.trim_start_matches("| ");
    let fence: String = cell.chars().take_while(|c| *c == '`').collect();
    let inner = cell[fence.len()..].split(&fence).next().unwrap();
    if fence.len() > 1 { inner[1..inner.len() - 1].to_owned() } else { inner.to_owned() }
}

#[test]
fn a_url_is_found_by_what_is_shown_of_it() {
    let program = filled();
    let ran = program.run(&["summary", "--format", "md", "--limit", "100"]);
    let shown: Vec<String> =
        ran.out.lines().filter(|line| line.starts_with("| `")).map(in_code).collect();
    assert_eq!(shown.len(), URLS.len(), "{}", ran.out);
    let mut read = BTreeSet::new();
    for text in &shown {
        let urls = found(&program, "Url", &["--url", text]);
        // All of them are one URL.
        let one = urls.first().unwrap();
        assert!(urls.iter().all(|url| same_url(one, url)), "{text}: {urls:?}");
        read.extend(urls);
    }
    assert_eq!(read, URLS.iter().map(|url| (*url).to_owned()).collect());
    // One that is alive is looked for as it is.
    for url in URLS {
        assert!(found(&program, "Url", &["--url", url]).contains(url), "{url}");
    }
}

#[test]
fn a_user_is_found_by_what_is_shown_of_it() {
    let program = filled();
    let table = program.run(&["clicks", "--limit", "100"]).out;
    for user in USERS.iter().filter(|user| !user.is_empty()) {
        let shown = clickwarden::text::defang::text(user);
        assert!(table.contains(&format!(" {shown} ")), "{shown}: {table}");
        for text in [&shown, *user] {
            let users = found(&program, "AccountUpn", &["--user", text]);
            assert_eq!(users, BTreeSet::from([(*user).to_owned()]), "{text}");
        }
    }
    assert_eq!(found(&program, "AccountUpn", &["--user", "(unknown)"]), [String::new()].into());
}

#[test]
fn other_values_are_read_as_they_are_shown() {
    let program = filled();
    for (arguments, count) in [
        (["--host", "evil[.]example"], 10),
        (["--host", "xn--e1afmkfd[.]example"], 2),
        (["--host", "[2001[:]db8[:][:]1]"], 1),
        (["--ip", "192[.]0[.]2[.]7"], 11),
        (["--message", "0a1b2c3d-0000-4000-8000-000000000003"], 1),
        (["--report-id", "report[.]03[@]x"], 1),
        (["--in-chain", "hxxps://evil[.]example/[[.]]"], 1),
    ] {
        let urls = found(&program, "Url", &arguments);
        assert_eq!(urls.len(), count, "{arguments:?}: {urls:?}");
    }
    let summed = |text| program.run(&["summary", "--format", "json", "--match", text]).json();
    let rows = summed("files[.]example/a")["rows"].as_array().unwrap().len();
    assert_eq!(rows, 1);
}

#[test]
fn what_was_cut_is_refused_and_what_it_may_be_is_offered() {
    let program = filled();
    for (flag, cut, offered) in [
        ("--url", "hxxps://…[@]evil[.]example/", "\n  hxxps://u[:]p[@]evil[.]example/\n"),
        ("--url", "hxxps://a[.]example/?…", "\n  hxxps://a[.]example/?u=http[:]//b[.]example/\n"),
        ("--user", "katya[.]had…", "\n  katya[.]haddad[@]northwind[.]com\n"),
        ("--host", "…fmkfd[.]example", "\n  xn--e1afmkfd[.]example\n"),
        ("--url", "hxxps://nowhere[.]example/…", "nothing in the store looks like it\n"),
    ] {
        let ran = program.run(&["clicks", flag, cut]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{cut}");
        let err = ran.err.replace("clickwarden: ", "");
        assert!(err.starts_with(&format!("{flag}: {cut} was cut where … stands")), "{err}");
        assert!(err.contains(offered), "{err}");
        let zip = program.folder.path().join("case.zip");
        let ran = program.run(&["evidence", flag, cut, "-o", zip.to_str().unwrap()]);
        assert_eq!((ran.code, zip.exists()), (Some(2), false), "{}", ran.err);
        let add = ["silence", "add", "--for", "4h", "--reason", "a drill", flag, cut];
        assert_eq!(program.run(&add).code, Some(2));
    }
}

#[test]
fn evidence_and_silences_take_what_is_shown() {
    let (url, user) =
        ("https://evil.example/\u{3002}a.zip?u=http://b/", "katya.haddad@northwind.com");
    let mut post = Post::now(&["contoso"], SOC);
    let at = post.clock.now().plus(-60 * SECOND);
    post.bring("contoso", &[through(at, user, url, "ClickBlocked")]);
    post.settle();
    let zip = post.program.folder.path().join("case.zip");
    let url = "hxxps://evil[.]example/[\u{3002}]a[.]zip?u=http[:]//b/";
    for (flag, shown) in [
        ("--user", "katya[.]haddad[@]northwind[.]com"),
        ("--user", "katya[.]haddad@northwind[.]com"),
        ("--url", url),
        ("--host", "evil[.]example"),
    ] {
        let ran =
            post.program.run(&["evidence", "--force", flag, shown, "-o", zip.to_str().unwrap()]);
        assert!(ran.out.starts_with("1 click, "), "{shown}: {}{}", ran.out, ran.err);
        let add = ["silence", "add", "--for", "4h", "--reason", "a drill", flag, shown];
        let ran = post.program.run(&add);
        assert!(ran.out.contains("; matches 1 open alert"), "{shown}: {}{}", ran.out, ran.err);
    }
}

/// The whole corpus, by the store: what is shown of each is found, and nothing else.
#[test]
fn every_string_of_the_corpus_is_read_as_it_is_shown() {
    use clickwarden::text::{defang, refang::readings};
    let strings: Vec<String> =
        hostile::strings().into_iter().filter(|text| text.len() < 1_000).collect();
    for text in &strings {
        assert!(readings(&defang::text(text)).contains(text), "{text:?}");
    }
    let shown: BTreeSet<String> = strings.iter().map(|text| defang::defang(text)).collect();
    // Hosts that a browser takes for the same are shown as the same.
    let same = strings.len() - shown.len();
    assert!(same < 9, "{same} are shown as others are");
    for text in &strings {
        let shown = defang::defang(text);
        let by_host = !text.is_ascii() || text.contains('%');
        assert!(by_host || readings(&shown).contains(text), "{text:?} is shown as {shown:?}");
    }
}

/// As a line of a list would be: in brackets and quotes, with a bullet or a comma, broken by a table.
#[test]
fn what_is_pasted_is_read_as_in_a_list() {
    let program = filled();
    let url = "https://xn--e1afmkfd.example/";
    for pasted in [
        "<https://xn--e1afmkfd.example/>",
        "\"https://xn--e1afmkfd.example/\"",
        "- https://xn--e1afmkfd.example/",
        "https://xn--e1afmkfd.example/,",
        "xn--e1afmkfd.example/",
        "hxxps://xn--e1afmkfd [.] example/",
        "hxxps://xn--e1af\n    mkfd[.]example/",
    ] {
        assert!(found(&program, "Url", &["--url", pasted]).contains(url), "{pasted}");
    }
    for pasted in [
        "katya.haddad(at)northwind.com",
        "<katya.haddad@northwind.com>",
        "mailto:katya.haddad@northwind.com",
        "katya[.]haddad[@]north\n   wind[.]com",
    ] {
        let users = found(&program, "AccountUpn", &["--user", pasted]);
        assert_eq!(users, BTreeSet::from(["katya.haddad@northwind.com".to_owned()]), "{pasted}");
    }
    for pasted in [".evil.example", "+.evil.example", "~evil.example"] {
        assert_eq!(found(&program, "Url", &["--host", pasted]).len(), 10, "{pasted}");
    }
    let add = ["silence", "add", "--for", "4h", "--reason", "a drill", "--url"];
    let broken = "hxxps://nobody[.]ex\n   ample/a";
    assert_eq!(program.run(&[&add[..], &[broken]].concat()).code, Some(0));
    let silences = program.run(&["silence", "list"]).out;
    assert!(silences.contains("hxxps://nobody[.]example/a"), "{silences}");
    let ran = program.run(&[&add[..], &["nobody.example/a"]].concat());
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("write it as https://nobody.example/a"), "{}", ran.err);
    for none in ["..evil.example", "evil..example"] {
        assert_eq!(program.run(&["clicks", "--host", none]).code, Some(2), "{none}");
    }
}
