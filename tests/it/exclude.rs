//! Exclusions: a summary without them is that of the rows that are left, at any tick.

use clickwarden::click::Text;
use clickwarden::click::selection::{Exclusion, Selection};
use clickwarden::clock::{Clock, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::summary::{self, Query};
use clickwarden::sync_state::hour::Acceptance;
use proptest::prelude::*;
use serde_json::json;

use crate::program::Program;
use crate::store_summary::{naive, query};
use crate::support::{NOW, Row, place};

const URLS: [&str; 6] = [
    "https://drill.example/a",
    "https://www.drill.example/b",
    "https://drill.example@evil.example/",
    "https://evil.example/?u=https://drill.example/",
    "drill.example:8080/c",
    "",
];
const USERS: [&str; 4] = ["SecOps@contoso.example", "secops@CONTOSO.example", "bob@x", ""];
const ADDRESSES: [&str; 4] = ["192.0.2.7", "198.51.100.9", "2001:db8::1", "none"];
const MESSAGES: [&str; 3] =
    ["0a1b2c3d-0000-4000-8000-00000000beef", "0A1B2C3D-0000-4000-8000-00000000BEEF", "not a guid"];

fn rows() -> impl Strategy<Value = Vec<Row>> {
    // Few times, so that many rows share one.
    let row = (0..40i64, 0..6usize, 0..4usize, 0..4usize, 0..3usize, any::<bool>());
    prop::collection::vec(row, 0..60).prop_map(|rows| {
        let mut rows: Vec<Row> = rows
            .into_iter()
            .map(|(at, url, user, ip, message, blocked)| {
                let action = if blocked { "ClickBlocked" } else { "ClickAllowed" };
                Row::new(NOW.plus(at * 4 * MINUTE), URLS[url], action)
                    .with(Text::AccountUpn, USERS[user])
                    .with(Text::IPAddress, ADDRESSES[ip])
                    .with(Text::NetworkMessageId, MESSAGES[message])
            })
            .collect();
        rows.sort();
        rows
    })
}

fn exclusions() -> impl Strategy<Value = Vec<Exclusion>> {
    let one = (any::<[bool; 5]>(), prop::option::of(0..40i64), any::<bool>());
    let one = one.prop_map(|([hosts, urls, users, networks, messages], until, here)| {
        let mut selection = Selection::default();
        if hosts {
            selection.hosts.add("drill.example").unwrap();
        }
        if urls {
            selection.urls.add_pattern("https://drill.example*");
            selection.urls.add_pattern("");
        }
        if users {
            selection.users.add("SECOPS@contoso.example");
        }
        if networks {
            selection.networks.add("192.0.2.0/24").unwrap();
            selection.networks.add("2001:db8::/32").unwrap();
        }
        if messages || selection.is_empty() {
            selection.messages.add("0a1b2c3d-0000-4000-8000-00000000beef");
        }
        let tenants = if here { Vec::new() } else { vec!["contoso".to_owned()] };
        let until = until.map(|at| NOW.plus(at * 4 * MINUTE + 1));
        Exclusion { reason: None, until, tenants, selection }
    });
    prop::collection::vec(one, 0..3)
}

/// By the plainest means.
fn excluded(exclusion: &Exclusion, row: &Row) -> bool {
    let wants = &exclusion.selection;
    let host = ["https://drill.example/a", "https://www.drill.example/b", "drill.example:8080/c"];
    let url = row.text(Text::Url);
    let (user, ip) = (row.text(Text::AccountUpn), row.text(Text::IPAddress));
    exclusion.until.is_none_or(|until| row.at < until)
        && (wants.hosts.is_empty() || host.contains(&url))
        && (wants.urls.is_empty() || url.starts_with("https://drill.example") || url.is_empty())
        && (wants.users.is_empty() || user.eq_ignore_ascii_case("secops@contoso.example"))
        && (wants.networks.is_empty() || ip.starts_with("192.") || ip.starts_with("2001:"))
        && (wants.messages.is_empty() || row.text(Text::NetworkMessageId).starts_with('0'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_summary_is_that_of_the_rows_that_are_left(
        rows in rows(),
        exclusions in exclusions(),
        (from, until) in (-1..160i64, -1..160i64),
        limit in prop::option::of(0..4usize),
        dropped in 0..60usize,
    ) {
        let place = place();
        let all = Span::new(NOW, NOW.plus(3 * HOUR));
        place.apply(&rows, all, Acceptance::Accept, NOW);
        // A withdrawn row is in no segment.
        let mut rows = rows;
        if dropped < rows.len() {
            rows.remove(dropped);
            place.apply(&rows, all, Acceptance::Accept, NOW);
        }
        let span = Span::new(NOW.plus(from * MINUTE), NOW.plus(until * MINUTE));
        let out = |row: &Row| exclusions.iter().any(|exclusion| excluded(exclusion, row));
        let left: Vec<Row> = rows.iter().filter(|row| !out(row)).cloned().collect();
        let gone = rows.iter().filter(|row| span.contains(row.at) && out(row)).count() as u64;
        let mut expect = naive(&left, span);
        expect.truncate(limit.unwrap_or(usize::MAX));
        let query = Query { limit, exclusions, ..query(vec![place.tenant()], span) };
        let got = place.store.read(|snapshot| summary::summarise(snapshot, &query)).unwrap();
        prop_assert_eq!(got.excluded, gone);
        prop_assert_eq!(got.rows, expect);
    }
}

fn at() -> Tick {
    Clock::System.now().plus(-HOUR).hour().start()
}

fn program(exclude: &str) -> Program {
    let (program, at) = (Program::offline(), at());
    let rows = [
        Row::new(at, "https://drill.example/", "ClickBlocked"),
        Row::new(at.plus(SECOND), "https://a.example/", "ClickAllowed")
            .with(Text::AccountUpn, "bob@contoso.example"),
        Row::new(at.plus(2 * SECOND), "https://a.example/", "ClickAllowed"),
    ];
    program.fill("contoso", &rows, at.hour().span());
    program.configure_also(exclude);
    program
}

#[test]
fn what_is_left_out_is_counted_and_comes_back_when_asked_for() {
    let program = program(
        "[[exclude]]\nreason = \"drill\"\nhosts = [\"drill.example\"]\n\
         [[exclude]]\nusers = [\"Bob@contoso.example\"]\nurls = [\"https://a*\"]",
    );
    let summary = program.run(&["summary", "--format", "json"]).json();
    assert_eq!(summary["excluded"], 2);
    let rows = summary["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["Allowed"], &rows[0]["Clickers"]), (1, &json!(1), &json!(1)));
    let matching = program.run(&["summary", "--format", "json", "--match", "drill"]).json();
    assert_eq!((&matching["excluded"], &matching["rows"]), (&json!(1), &json!([])));
    let table = program.run(&["summary"]);
    assert!(table.out.contains("2 clicks are left out by [[exclude]]"), "{}", table.out);
    let all = program.run(&["summary", "--format", "json", "--include-excluded"]).json();
    assert_eq!((&all["excluded"], all["rows"].as_array().unwrap().len()), (&json!(0), 2));
    assert_eq!(all["rows"][1]["Allowed"], 2);
    let clicks = |more: &[&str]| {
        let ran = program.run(&[&["clicks", "--format", "json"], more].concat()).json();
        ran["rows"].as_array().unwrap().len()
    };
    assert_eq!((clicks(&[]), clicks(&["--include-excluded"])), (1, 3));
    assert_eq!((clicks(&["--limit", "1"]), clicks(&["--limit", "5"])), (1, 1));
    let table = |more: &[&str]| program.run(&[&["clicks"], more].concat()).out;
    let told =
        "2 clicks are left out by [[exclude]] of the configuration; --include-excluded shows";
    assert!(table(&[]).contains(told), "{}", table(&[]));
    assert!(!table(&["--include-excluded"]).contains("left out"));
    let one = "1 click is left out by [[exclude]]";
    assert!(table(&["--user", "bob@contoso.example"]).contains(one));
}

#[test]
fn an_exclusion_ends_and_is_for_its_tenants() {
    let until = at().plus(SECOND);
    let program = program(&format!(
        "[[exclude]]\nnetworks = [\"192.0.2.0/24\"]\nuntil = \"{until}\"\n\
         tenants = [\"contoso\"]"
    ));
    let summary = program.run(&["summary", "--format", "json"]).json();
    assert_eq!(summary["excluded"], 1);
    let shown = program.run(&["config", "show"]);
    assert!(shown.out.contains("[[exclude]]\nnetworks = [\"192.0.2.0/24\"]\n"), "{}", shown.out);
    assert!(shown.out.contains(&format!("until = \"{until}\"")), "{}", shown.out);
}

#[test]
fn a_star_before_a_host_means_the_names_below_it() {
    let program = program("[[exclude]]\nhosts = [\"*.drill.example\"]");
    let summary = program.run(&["summary", "--format", "json"]).json();
    assert_eq!(summary["excluded"], 1);
    let shown = program.run(&["config", "show"]);
    assert!(shown.out.contains("hosts = [\"drill.example\"]"), "{}", shown.out);
}

#[test]
fn an_exclusion_that_makes_no_sense_is_refused() {
    for (exclude, words) in [
        ("reason = \"x\"", "exclude[0]: would leave out every click"),
        ("tenants = [\"contoso\"]", "would leave out every click"),
        ("hosts = [\"a b\"]", "exclude[0].hosts[0]: is no host"),
        (
            "hosts = [\"*.a.example\", \"a.*.example\"]",
            "exclude[0].hosts[1]: is no host; write it as example.com; the names below it are meant",
        ),
        ("hosts = [\"*\"]", "exclude[0].hosts[0]: is no host"),
        ("hosts = [\"\"]", "exclude[0].hosts[0]: is no text"),
        ("hosts = \"a.example\"", "exclude[0].hosts: is no list"),
        ("networks = [\"192.0.2.0/33\"]", "is no network"),
        ("users = [\"a\"]\nuntil = \"soon\"", "exclude[0].until: is neither a date nor a time"),
        ("users = [\"a\"]\ntenants = [\"fabrikam\"]", "is no tenant's name"),
        ("user = [\"a\"]", "did you mean users?"),
    ] {
        let program = Program::offline();
        program.configure_also(&format!("[[exclude]]\n{exclude}"));
        let ran = program.run(&["config", "show"]);
        assert_eq!(ran.code, Some(78), "{exclude}");
        assert!(ran.err.contains(words), "{exclude}: {}", ran.err);
    }
}
