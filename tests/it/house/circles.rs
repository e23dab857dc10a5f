//! Files of one room do not name one another in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::circles;
use super::resolve::Crate;
use super::source::sources;

/// Circles that stay: the arrow (from, to) that closes each, and why.
const STAY: &[(&str, &str, &str)] = &[];

#[test]
fn files_of_a_room_stand_in_no_circle() {
    assert!(STAY.len() <= 10, "ten exceptions are enough");
    let sources = sources();
    let room: BTreeMap<&str, &str> = sources.iter().map(|it| (&it.shown[..], it.room())).collect();
    let mut edges = Crate::new(&sources).edges();
    edges.retain(|(from, to)| room[from] == room[to]);
    for (from, to, _) in STAY {
        assert!(edges.remove(&(*from, *to)), "{from} no longer names {to}");
    }
    let circles = circles(&edges);
    let shown = circles.iter().map(|circle| show(circle, &edges)).collect::<Vec<_>>();
    assert!(circles.is_empty(), "{} circles:\n{}", circles.len(), shown.join("\n\n"));
}

fn show(circle: &BTreeSet<&str>, edges: &BTreeSet<(&str, &str)>) -> String {
    let inside = edges.iter().filter(|(from, to)| circle.contains(from) && circle.contains(to));
    inside.map(|(from, to)| format!("{from} → {to}")).collect::<Vec<_>>().join("\n")
}
