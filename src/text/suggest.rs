//! Finds what somebody probably meant who wrote a name that is not known.

/// The one of `known` that looks most like `written`, if it looks like it at all.
pub fn nearest<'a>(known: impl IntoIterator<Item = &'a str>, written: &str) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(known, written);
    let nearest = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    nearest.filter(|known| likeness(known) > 0.75)
}
