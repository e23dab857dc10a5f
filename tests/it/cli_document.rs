//! `summary --format md` and `html`: dead wherever they are opened.

use clickwarden::click::Text;
use clickwarden::clock::{Clock, HOUR, MINUTE, SECOND, Span, Tick};

use crate::program::Program;
use crate::support::Row;

const HOSTILE: [&str; 11] = [
    "https://evil.example/<script>alert(1)</script>",
    "https://evil.example/\"onmouseover=\"alert(1)",
    "https://evil.example/' style='x",
    "javascript:alert(1)",
    "https://evil.example/`code` ``two`` [a](http://b.example) ![i](http://b.example/i.png)",
    "https://evil.example/\\| [x](javascript:alert) |",
    "https://evil.example/a|b|c",
    "https://evil.example/&lt;b&gt;&#x3c;",
    "https://evil.example/{{ 7*7 }}{% raw %}",
    "https://\u{202e}moc.knab.example/\n\n# heading\n<b>",
    "",
];

fn filled() -> Program {
    let (program, at) = (Program::offline(), Clock::System.now().plus(-HOUR).floor(MINUTE));
    let rows: Vec<Row> = (0..)
        .zip(HOSTILE)
        .map(|(place, url): (i64, &str)| {
            let mut row = Row::new(at.plus(place * SECOND), url, "ClickBlocked")
                .with(Text::ThreatTypes, "<i>Phish</i>, *Mal|ware*");
            row.clicked_through = Some(place == 0);
            row
        })
        .collect();
    program.fill("contoso", &rows, Span::new(at.plus(-6 * HOUR), at.plus(HOUR)));
    program.configure_also("[[exclude]]\nurls = [\"javascript:*\"]");
    program
}

#[test]
fn a_page_loads_and_runs_nothing() {
    let program = filled();
    let ran = program.run(&["summary", "--format", "html"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let page = &ran.out;
    assert!(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'"), "{page}");
    for live in
        ["<script", "<i>", "<b>", "onmouseover=\"", "style='", "href", "src=", "http:", "url("]
    {
        assert!(!page.contains(live), "{live}: {page}");
    }
    assert!(!page.contains("https:") && !page.contains('\u{202e}'), "{page}");
    // Nobody worked out a template's 7*7; a minute may be 49.
    let times = regex::Regex::new(r"\d\d:\d\d(:\d\d)?").unwrap();
    assert!(!times.replace_all(page, "").contains("49"), "{page}");
    // Only the tags of the template.
    let tags = regex::Regex::new(r"</?([a-z0-9]+)").unwrap();
    let known = [
        "html", "head", "meta", "title", "style", "body", "h1", "p", "dl", "div", "dt", "dd",
        "table", "thead", "tbody", "tr", "th", "td",
    ];
    assert!(tags.captures_iter(page).all(|tag| known.contains(&&tag[1])), "{page}");
    assert_eq!(page.matches("<td class=\"u\">").count(), HOSTILE.len() - 1);
    assert!(page.contains("1 click is left out by [[exclude]]"), "{page}");
    assert!(page.contains("nothing was collected yet"), "{page}");
    assert!(page.contains("<dt>Clicked through</dt><dd class=\"hot\">1</dd>"), "{page}");
}

#[test]
fn markdown_is_dead_text_in_a_table() {
    let program = filled();
    let ran = program.run(&["summary", "--format", "md", "--include-excluded"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(!ran.out.contains("http:") && !ran.out.contains('\u{202e}'), "{}", ran.out);
    let rows: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), HOSTILE.len());
    let cells =
        ran.out.lines().find(|line| line.starts_with("| URL")).unwrap().matches('|').count();
    for row in rows {
        // No bar ends a cell but those of the table.
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, cells, "{row}");
        assert!(row.contains(r"\*Mal\|ware\*, \<i\>Phish\</i\>"), "{row}");
    }
    assert!(ran.out.contains("Clicked through: **1**"), "{}", ran.out);
}

#[test]
fn documents_have_so_many_rows_and_say_how_many_more() {
    let (program, at) = (Program::offline(), Tick(Clock::System.now().plus(-HOUR).0));
    let rows: Vec<Row> = (0..510)
        .map(|n| Row::new(at.plus(n), &format!("https://{n:03}.example/"), "ClickAllowed"))
        .collect();
    program.fill("contoso", &rows, Span::new(at.plus(-HOUR), at.plus(HOUR)));
    for (format, row, more) in [
        ("md", "| `hxxps", "… and 485 more URLs."),
        ("html", "<td class=\"u\"", "… and 10 more URLs."),
    ] {
        let ran = program.run(&["summary", "--format", format]);
        assert!(ran.out.contains(more), "{}", ran.out);
        let rows = ran.out.matches(row).count();
        assert_eq!(rows, if format == "md" { 25 } else { 500 });
        let few = program.run(&["summary", "--format", format, "--limit", "3"]);
        assert_eq!(few.out.matches(row).count(), 3);
    }
}
