//! Rooms stand on floors: none names a higher one, and no rooms stand in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::circles;
use super::resolve::Crate;
use super::source::{Source, sources};

/// A room names rooms of its own floor and of lower ones only.
const FLOORS: [&[&str]; 10] = [
    &["clock", "ids", "process", "text"],
    &["click", "message", "network", "stage"],
    &["auth", "condition", "config", "indicator", "kql", "sync_state"],
    &["deliver", "source", "store"],
    &["collect", "coverage", "outbox"],
    &["digest", "rules", "summary"],
    &["retention"],
    &["view"],
    &["daemon"],
    &["cli", "demo", "web"],
];

/// These meet on the floors above, and never name one another.
const APART: [&str; 3] = ["deliver", "source", "store"];

/// The rooms that a text names, its comments and tests included.
fn named(text: &str) -> BTreeSet<String> {
    let names = text.match_indices("crate::").map(|(at, found)| {
        let rest = &text[at + found.len()..];
        rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

fn rooms(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| source.room() != "lib")
}

#[test]
fn lower_floors_never_name_higher_ones() {
    let floor: BTreeMap<&str, usize> =
        FLOORS.iter().enumerate().flat_map(|(n, all)| all.iter().map(move |m| (*m, n))).collect();
    let floor = |room: &str| *floor.get(room).unwrap_or_else(|| panic!("{room} has no floor"));
    for source in rooms(&sources()) {
        let own = source.room();
        for other in named(&source.text) {
            let apart = own != other && APART.contains(&own) && APART.contains(&&other[..]);
            let rises = floor(&other) > floor(own);
            assert!(!rises && !apart, "{} names {other}", source.shown);
        }
    }
}

#[test]
fn rooms_stand_in_no_circle() {
    let sources = sources();
    let room: BTreeMap<&str, &str> = sources.iter().map(|it| (&it.shown[..], it.room())).collect();
    let edges = Crate::new(&sources).edges();
    let edges = edges.into_iter().map(|(from, to)| (room[from], room[to]));
    let edges: BTreeSet<_> = edges.filter(|(from, to)| from != to && *from != "lib").collect();
    let circles = circles(&edges);
    assert!(circles.is_empty(), "{circles:?}");
}

/// What a library is kept to: `SQLite`'s types to one folder, HTTP to the edges.
#[test]
fn sql_stays_in_one_folder_of_the_store_and_http_at_the_edges() {
    for source in rooms(&sources()) {
        let sqlite = source.shown.starts_with("store/sqlite/");
        assert!(sqlite || !source.text.contains("rusqlite"), "{} names rusqlite", source.shown);
        let edge = ["auth", "deliver", "network", "source"].contains(&source.room());
        assert!(edge || !source.text.contains("reqwest"), "{} names reqwest", source.shown);
    }
}
