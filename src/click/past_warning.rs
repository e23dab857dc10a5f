//! What a click-through went past: a block, or nothing more than a scan under way. The one definition, in
//! two precisions.
//!
//! It went past a scan where the same user was shown a scan of the same URL within an hour, and no block;
//! else past a block. Which warnings count as the ones that this very click went past can be told in two
//! ways: [`by_report`] is exact, and takes the rows; [`by_time`] takes what segments hold. The two differ
//! where a user was shown several warnings of a URL within the hour, or the source named no `ReportId`.

use std::convert::Infallible;

use super::action::Action;
use crate::clock::{HOUR, Tick};

/// How far apart a click-through and a warning that it went past may lie.
pub const WARNING_REACH: i64 = HOUR;

/// What somebody is shown before they can click on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The URL is blocked.
    Block,
    /// The URL is still being looked at.
    Scan,
}

impl Warning {
    /// The warning that a click with this action shows, if it shows one.
    pub const fn of(action: Action) -> Option<Self> {
        match action {
            Action { blocked: true, .. } => Some(Self::Block),
            Action { pending_verdict: true, .. } => Some(Self::Scan),
            _ => None,
        }
    }
}

/// Whether a warning is near enough to a click-through to be one that it went past.
pub const fn is_near(warning: Tick, through: Tick) -> bool {
    warning.since(through).abs() <= WARNING_REACH
}

/// What a click-through went past, by time alone: every warning counts that the user was `shown` of the
/// URL within an hour.
pub fn by_time(through: Tick, shown: impl IntoIterator<Item = (Tick, Warning)>) -> Warning {
    let near = shown.into_iter().filter(|(tick, _)| is_near(*tick, through));
    let Ok(warning) = gone_past(near.map(|(_, warning)| Ok::<_, Infallible>(warning)));
    warning
}

/// What a click-through went past, by its `report` id: of the warnings that the user was `shown` of the URL
/// within an hour those count that have the same. They are read only until a block is met.
pub fn by_report<E>(
    report: &str,
    shown: impl IntoIterator<Item = Result<(String, Warning), E>>,
) -> Result<Warning, E> {
    let is_same = |of: &str| !of.is_empty() && of == report;
    gone_past(shown.into_iter().filter_map(|shown| match shown {
        Ok((of, warning)) => is_same(&of).then_some(Ok(warning)),
        Err(error) => Some(Err(error)),
    }))
}

/// A scan, where a scan was shown and no block; else a block.
fn gone_past<E>(shown: impl Iterator<Item = Result<Warning, E>>) -> Result<Warning, E> {
    let mut past = Warning::Block;
    for warning in shown {
        match warning? {
            Warning::Block => return Ok(Warning::Block),
            Warning::Scan => past = Warning::Scan,
        }
    }
    Ok(past)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(report: &str, shown: &[(&str, Warning)]) -> Warning {
        let shown =
            shown.iter().map(|(of, warning)| Ok::<_, Infallible>(((*of).to_owned(), *warning)));
        let Ok(warning) = by_report(report, shown);
        warning
    }

    #[test]
    fn a_scan_is_gone_past_only_where_no_block_was_shown() {
        let (scan, block) = (Warning::Scan, Warning::Block);
        for (shown, past) in [
            (vec![], block),
            (vec![(0, scan)], scan),
            (vec![(0, scan), (HOUR, block)], block),
            (vec![(-HOUR, scan), (HOUR + 1, block)], scan),
            (vec![(-HOUR - 1, scan)], block),
        ] {
            let shown = shown.into_iter().map(|(tick, warning)| (Tick(tick), warning));
            assert_eq!(by_time(Tick(0), shown), past);
        }
    }

    /// A block and a scan of two links in two mails, within the hour: a user went on past the scan.
    #[test]
    fn the_two_precisions_can_differ() {
        let shown = [("a", Warning::Block), ("b", Warning::Scan)];
        assert_eq!(exactly("b", &shown), Warning::Scan);
        assert_eq!(by_time(Tick(0), shown.map(|(_, warning)| (Tick(0), warning))), Warning::Block);
        // Without an id nothing is known exactly.
        assert_eq!(exactly("", &[("", Warning::Scan)]), Warning::Block);
        assert_eq!(by_time(Tick(0), [(Tick(0), Warning::Scan)]), Warning::Scan);
    }
}
