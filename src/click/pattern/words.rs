//! Users, ids and words, each compared without case.

use std::collections::BTreeSet;

use crate::click::{fold, has_term};

/// Users, compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserSet(BTreeSet<String>);

impl UserSet {
    /// Adds one.
    pub fn add(&mut self, user: &str) {
        self.0.insert(fold(user));
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `user` is meant.
    pub fn has(&self, user: &str) -> bool {
        self.0.contains(&fold(user))
    }

    /// The users, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Ids of messages or reports, compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageIdSet(BTreeSet<String>);

impl MessageIdSet {
    /// Adds one.
    pub fn add(&mut self, id: &str) {
        self.0.insert(id.trim().to_ascii_lowercase());
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `id` is meant.
    pub fn has(&self, id: &str) -> bool {
        self.0.contains(id)
            || (id.bytes().any(|b| b.is_ascii_uppercase())
                && self.0.contains(&id.to_ascii_lowercase()))
    }

    /// The ids, in lower case.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

/// Words, compared without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

impl Words {
    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `text` has one of them as a whole term: KQL's `has_any`.
    pub fn any_term_of(&self, text: &str) -> bool {
        self.0.iter().any(|word| has_term(text, word))
    }

    /// Whether one of them is an item of `list`, which has commas between its items.
    pub fn any_item_of(&self, list: &str) -> bool {
        let is_item = |word: &String| list.split(',').any(|item| same(item, word));
        self.0.iter().any(is_item)
    }

    /// Whether one of them is in `text`.
    pub fn any_in(&self, text: &str) -> bool {
        let text = fold(text);
        self.0.iter().any(|word| text.contains(&fold(word)))
    }
}

fn same(a: &str, b: &str) -> bool {
    fold(a.trim()) == fold(b.trim())
}
