//! `teams`: cards as Microsoft's own renderer draws them, their size, and what answers mean.

use clickwarden::clock::Clock;
use clickwarden::deliver::Outcome;
use clickwarden::message::{Block, Content, MessageKind, Value, sample};
use serde_json::Value as Json;
use wiremock::ResponseTemplate;

use crate::channel::Line;
use crate::hostile;
use crate::oracle::{self, Drawn};
use crate::support::NOW;
use crate::told;

/// A message has 28,672 bytes at most, counted as a text within JSON: "28897, max 28672" was said of a
/// card of 24,453 bytes (MicrosoftDocs/msteams-docs, issue 11274).
const LARGEST: usize = 27_500;
const DEFENDER: &str = "https://security.microsoft.com";

/// How large the last message is as a text within JSON.
fn within_json(line: &Line) -> usize {
    let requests = line.receiver.requests();
    let body = std::str::from_utf8(&requests.last().unwrap().body).unwrap();
    serde_json::to_string(body).unwrap().len()
}

fn card(line: &Line, content: &Content) -> Json {
    let body = line.drawn(content);
    let size = within_json(line);
    assert!(size <= LARGEST, "{size} bytes");
    assert_eq!(
        (&body["type"], &body["attachments"][0]["contentUrl"]),
        (&"message".into(), &Json::Null)
    );
    body["attachments"][0]["content"].clone()
}

/// Nothing but our own button leads anywhere.
fn assert_ours(drawn: &Drawn) {
    assert_eq!(drawn.links, [""; 0], "{}", drawn.text);
    assert_eq!(
        drawn.marked.iter().filter(|text| !text.contains("clickwarden")).count(),
        0,
        "{:?}",
        drawn.marked
    );
}

#[test]
fn cards_of_any_size_are_drawn_whole_and_stay_small_enough() {
    let Some(judge) = oracle::Cards::new() else { return };
    for (layout, version) in [("table", "1.5"), ("lines", "1.2")] {
        let line = Line::new("teams", &format!("layout = {layout:?}"));
        let sizes = [(0, 40), (1, 2_000), (45, 2_000), (500, 2_000), (500, 40)];
        let digests: Vec<Content> =
            sizes.iter().map(|(urls, length)| told::digest(*urls, *length)).collect();
        let cards: Vec<Json> = digests.iter().map(|content| card(&line, content)).collect();
        for card in &cards {
            assert_eq!(card["version"], version);
        }
        let drawn = judge.draw(&cards, version);
        for (((urls, _), card), drawn) in sizes.iter().zip(&cards).zip(&drawn) {
            assert_eq!(drawn.problems, [""; 0]);
            assert_eq!(drawn.marked, [""; 0], "went through Markdown");
            assert_ours(drawn);
            let shown = drawn.text.matches("northwind").count();
            assert!(shown >= (*urls).min(15), "{urls}: {shown} are shown");
            assert!(drawn.text.contains("Corrections of earlier digests"), "{}", drawn.text);
            assert_eq!(*urls == 0, drawn.text.contains("No URLs"), "{}", drawn.text);
            assert!(!card.to_string().contains("session="), "a token is shown");
            if layout == "table" {
                let widths: Vec<usize> = drawn.tables.iter().flatten().copied().collect();
                assert!(
                    drawn.tables.len() >= 2 && widths.iter().all(|cells| *cells >= 3),
                    "{widths:?}"
                );
            } else {
                assert!(drawn.tables.is_empty());
            }
        }
    }
}

#[test]
fn a_host_that_knows_no_table_says_how_many_rows_it_does_not_show() {
    let Some(judge) = oracle::Cards::new() else { return };
    let line = Line::new("teams", "");
    let drawn = judge.draw(&[card(&line, &told::digest(45, 80))], "1.4").remove(0);
    let said = "1,170 URLs: for them set layout = \"lines\", or run clickwarden";
    assert!(drawn.text.contains(said), "{}", drawn.text);
    assert!(
        drawn.problems.iter().all(|problem| problem.contains("Fallback will be used")),
        "{:?}",
        drawn.problems
    );
    assert!(drawn.tables.is_empty() && !drawn.marked.iter().any(|text| text.contains("northwind")));
}

#[test]
fn hostile_strings_never_reach_the_markdown_of_a_card() {
    let Some(judge) = oracle::Cards::new() else { return };
    for (layout, version) in [("table", "1.5"), ("lines", "1.2")] {
        let line = Line::new("teams", &format!("layout = {layout:?}"));
        let cards: Vec<Json> =
            hostile::messages().iter().map(|content| card(&line, content)).collect();
        for drawn in judge.draw(&cards, version) {
            assert_eq!(drawn.problems, [""; 0]);
            assert_eq!(drawn.marked, [""; 0], "went through Markdown");
            assert_ours(&drawn);
            // Where a column may be broken.
            hostile::assert_dead(&drawn.text.replace('\u{200b}', ""));
        }
    }
}

#[test]
fn a_message_that_is_too_big_without_a_row_is_cut_and_says_so() {
    let line = Line::new("teams", "");
    let mut content = Content { kind: MessageKind::Notice, ..sample() };
    let user = |n: usize| Block::Line {
        tone: clickwarden::message::Tone::Bad,
        parts: vec![Value::Data(format!("{n} {}", "x".repeat(150)))],
    };
    content.blocks.extend((0..500).map(user));
    let text = card(&line, &content).to_string();
    assert!(
        text.contains("The rest has no room here.") && within_json(&line) > LARGEST - 1_000,
        "{}",
        text.len()
    );
    // What Markdown or JSON would act on has a backslash or two more.
    let lines = (0..500).map(|n| Block::Line {
        tone: clickwarden::message::Tone::Bad,
        parts: vec![Value::Data(format!("{n} {}", "\"\\".repeat(40)))],
    });
    content.blocks = lines.collect();
    card(&line, &content);
    assert!(within_json(&line) > LARGEST - 1_000);
}

#[test]
fn what_a_workflow_answers_is_understood() {
    let answer = |status, text: &str| ResponseTemplate::new(status).set_body_string(text);
    let gone = "turn it on, or make a new one and put its address into url_file";
    for (answer, outcome, words) in [
        (answer(202, ""), "Accepted", ""),
        (answer(200, "1"), "Accepted", ""),
        (
            answer(202, "Microsoft Teams endpoint returned HTTP error 429 with ContextId x"),
            "SinkLater",
            "HTTP error 429",
        ),
        (answer(200, "returned HTTP error 413"), "TooBig", "HTTP error 413"),
        (
            answer(200, "returned HTTP error 403"),
            "Broken",
            "copy the workflow's address again, whole",
        ),
        (answer(413, "Request Entity too large"), "TooBig", "answered 413"),
        (
            answer(400, "{\"error\":{\"code\":\"MissingApiVersionParameter\"}}"),
            "Broken",
            "address again, whole",
        ),
        (answer(400, "TriggerInputSchemaMismatch"), "Refused", "answered 400"),
        (answer(401, ""), "Broken", "let anyone who has it start the flow"),
        (answer(404, "WorkflowTriggerIsNotEnabled"), "Broken", gone),
        (answer(410, ""), "Broken", gone),
        (answer(429, "").insert_header("retry-after", "7"), "SinkLater", "answered 429"),
        (answer(502, ""), "SinkLater", "answered 502"),
    ] {
        let line = Line::answering("teams", "", vec![answer], &Clock::manual(NOW));
        let came = format!("{:?}", line.deliver(&sample()));
        assert!(came.starts_with(outcome) && came.contains(words), "{came}");
    }
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "7");
    let line = Line::answering("teams", "", vec![busy], &Clock::manual(NOW));
    let came = line.deliver(&sample());
    let wait = Some(std::time::Duration::from_secs(7));
    assert!(matches!(&came, Outcome::SinkLater { wait: named, .. } if *named == wait), "{came:?}");
    assert!(
        line.receiver
            .requests()
            .iter()
            .all(|request| request.headers.get("authorization").is_none())
    );
    assert!(card(&Line::new("teams", ""), &sample()).to_string().contains(DEFENDER));
}
