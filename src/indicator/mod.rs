//! What analysts look for: lists of indicators as they come out of feeds, platforms, reports and our
//! own exports. Bytes in; indicators, what is left out, and what could not be read out.
//!
//! Nothing that was written down is passed over in silence: a line is read, or [`RefusedItem`] with its
//! reason, or counted as [`LeftOut`].

mod allow_block;
mod blocker;
mod counts;
mod csv;
mod encoding;
mod heading;
mod json;
mod line;
mod list;
mod markdown;
mod names;
mod prose;
mod refanged;
mod stix;
mod typed;
mod value;
mod word;
mod wrapped;

use crate::click::pattern::host_name;
use crate::text::refang::refang;
pub use counts::IndicatorCounts;
pub use list::{Indicator, IndicatorList, ItemPlace, LeftOut, RefusalReason, RefusedItem};

impl IndicatorList {
    /// Reads a whole file.
    pub fn read(bytes: &[u8]) -> Self {
        let mut list = Self::default();
        let text = encoding::decode(bytes, &mut list);
        if json::read(&text, &mut list)
            || markdown::read(&text, &mut list)
            || csv::read(&text, &mut list)
        {
            return list;
        }
        line::read(&text, &mut list);
        list
    }
}

/// The URLs that a text from a person may mean: as it is, since a live one may have in it what looks
/// defanged; defanged; and without what a gateway wrapped around either.
pub fn urls_meant(text: &str) -> Vec<String> {
    value::spellings(text)
}

/// The links that mail gateways wrapped into `url`, the outermost first.
pub fn links_within(url: &str) -> Vec<String> {
    wrapped::within(url)
}

/// A text that was made dead for people, as it was.
pub fn alive(text: &str) -> String {
    let (plain, more) = (refang(text), refanged::alive(text));
    if host_name(&plain).is_none() && host_name(&more).is_some() { more } else { plain }
}
