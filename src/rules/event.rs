//! A click as rules see it, and what groups it belongs to.

use super::sites::Site;
use crate::clock::Tick;
use crate::condition::GroupBy;
use crate::config::By;

/// A live click that no exclusion leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClickEvent {
    pub tick: Tick,
    /// Id of the URL.
    pub url: u32,
    pub site: Site,
    /// Id of the user in lower case; 0 is nobody.
    pub person: u32,
    /// Number of its kind.
    pub kind: u32,
    /// Which of the live clicks of its tick it is.
    pub nth: u32,
    pub mark: NewsMark,
}

/// What the news says of a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NewsMark {
    /// Nothing.
    Old,
    /// Nothing yet: news that is looked at next has a click of its time.
    Later,
    /// It is another than it was.
    Changed,
    /// It was found.
    New,
}

/// A group of a rule's, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct GroupKey(pub u64);

impl NewsMark {
    /// Whether the news that is looked at is of the click.
    pub(super) const fn is_news(self) -> bool {
        matches!(self, Self::Changed | Self::New)
    }
}

impl ClickEvent {
    /// The group that it belongs to by `by`. Nobody is no group of users, but a user among others.
    pub(super) fn group(&self, by: &By) -> Option<GroupKey> {
        let place = if by.has(GroupBy::Url) {
            self.url
        } else if by.has(GroupBy::Host) {
            self.site.number()
        } else if self.person == 0 {
            return None;
        } else {
            0
        };
        let person = if by.has(GroupBy::User) { self.person } else { 0 };
        Some(GroupKey(u64::from(place) << 32 | u64::from(person)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups may hold millions of them.
    #[test]
    fn an_event_takes_32_bytes() {
        assert_eq!(size_of::<ClickEvent>(), 32);
    }
}
