//! Circles among things that name one another.

use std::collections::{BTreeMap, BTreeSet};

/// Each set of names that can all be reached from one another.
pub fn circles<'a>(edges: &BTreeSet<(&'a str, &'a str)>) -> Vec<BTreeSet<&'a str>> {
    let names: BTreeSet<&str> = edges.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        names.iter().map(|name| (*name, reach(name, edges))).collect();
    let mut found = BTreeSet::new();
    for name in &names {
        let both = reached[name].iter().filter(|other| reached[**other].contains(name));
        let circle: BTreeSet<&str> = both.copied().collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn reach<'a>(from: &'a str, edges: &BTreeSet<(&'a str, &'a str)>) -> BTreeSet<&'a str> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(name) = left.pop() {
        let next = edges.range((name, "")..).take_while(|(one, _)| *one == name);
        left.extend(next.map(|(_, to)| *to).filter(|to| reached.insert(*to)));
    }
    reached
}
