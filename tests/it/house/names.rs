//! A type's name stands in one room, but for few that every room has its own of.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use super::source::sources;

/// As many names may stand in more than one room.
const SHARED: usize = 40;

#[test]
fn few_names_of_types_stand_in_several_rooms() {
    let sources = sources();
    let mut rooms: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for source in &sources {
        for item in source.items() {
            let name = match item {
                Item::Enum(it) => &it.ident,
                Item::Struct(it) => &it.ident,
                Item::Trait(it) => &it.ident,
                Item::Type(it) => &it.ident,
                _ => continue,
            };
            rooms.entry(name.to_string()).or_default().insert(source.room());
        }
    }
    rooms.retain(|_, rooms| rooms.len() > 1);
    assert!(rooms.len() <= SHARED, "{} names: {rooms:#?}", rooms.len());
}
