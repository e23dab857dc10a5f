//! The ids of a click's texts.

use super::segment::Kind;

/// The ids of a click's texts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClickIds {
    pub(crate) url: u32,
    pub(crate) person: PersonIds,
    pub(crate) ip: u32,
    pub(crate) kind: Kind,
    pub(crate) detail: DetailIds,
}

/// The ids of a click's details, but for the threat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DetailIds {
    pub(crate) methods: u32,
    /// `None` = the URL alone.
    pub(crate) chain: Option<u32>,
    pub(crate) app: u32,
    pub(crate) app_version: u32,
}

/// Ids of a user: the name as it is, and in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PersonIds {
    pub(crate) id: u32,
    pub(crate) folded: u32,
}
