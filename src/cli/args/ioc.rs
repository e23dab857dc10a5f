//! `--ioc FILE`: opens lists of things to look for, and says what was read, or why nothing is asked.

use std::path::{Path, PathBuf};

use crate::cli::print::stderr::print_error;
use crate::cli::{CommandError, Exit};
use crate::click::selection::Indicators;
use crate::indicator::{IndicatorCounts, IndicatorList, RefusedItem};
use crate::process::regular_file::{self, Kind};
use crate::text::escape::one_line;

/// How many lines that cannot be read are shown.
const MOST_REFUSED_SHOWN: usize = 20;

/// What becomes of lines that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Unreadable {
    /// Nothing is asked.
    Refuse,
    /// It is asked without them.
    Skip,
}

/// Reads the files.
pub(in crate::cli) fn read(
    paths: &[PathBuf],
    unreadable: Unreadable,
) -> Result<Indicators, CommandError> {
    let (mut all, mut tally, mut refused) =
        (Indicators::default(), IndicatorCounts::default(), Vec::new());
    for path in paths {
        let bytes = regular_file::bytes(path, Kind::Indicators).map_err(|why| {
            let shown = one_line(&path.display().to_string());
            CommandError::usage(format!("--ioc: {shown} {why}"))
        })?;
        let list = IndicatorList::read(&bytes);
        list.found.iter().for_each(|indicator| indicator.add_to(&mut all));
        tally.add(&list);
        refused.extend(list.refused.into_iter().map(|refused| told(path, &refused)));
    }
    if !refused.is_empty() {
        let mut lines = first(&refused);
        if unreadable == Unreadable::Refuse {
            if let Some(last) = lines.last_mut() {
                *last += "; nothing was looked for: mend it, or go on without it with --ioc-skip";
            }
            return Err(CommandError::Each(Exit::Usage, lines));
        }
        for line in &lines {
            print_error(line);
        }
        tally.skip(refused.len());
    }
    if tally.is_empty() {
        return Err(CommandError::usage(format!("--ioc: {}", tally.words())));
    }
    print_error(&format!("--ioc: {}", tally.words()));
    Ok(all)
}

fn told(path: &Path, refused: &RefusedItem) -> String {
    let RefusedItem { place, text, why } = refused;
    let file = one_line(&path.display().to_string());
    format!("--ioc: {place} of {file}: {:?} {why}", one_line(text))
}

/// The first of them, and how many more there are.
fn first(refused: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = refused.iter().take(MOST_REFUSED_SHOWN).cloned().collect();
    let more = refused.len().saturating_sub(MOST_REFUSED_SHOWN);
    if more > 0 {
        lines.push(format!("--ioc: … and {more} more lines that cannot be read"));
    }
    lines
}
