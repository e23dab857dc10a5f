//! `--ioc FILE`: opens lists of things to look for, and says what was read, or why nothing is asked.

use std::path::{Path, PathBuf};

use super::{Failure, complain};
use crate::indicator::{List, Refused, Tally};
use crate::quote::one_line;
use crate::selection::Indicators;

/// Larger than any list for people; a wrong file should not fill the memory.
const LARGEST: u64 = 64 << 20;
/// How many lines that cannot be read are shown.
const SHOWN: usize = 20;

/// What becomes of lines that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Nothing is asked.
    Refuse,
    /// It is asked without them.
    Skip,
}

/// Reads the files.
pub(super) fn read(paths: &[PathBuf], unreadable: Unreadable) -> Result<Indicators, Failure> {
    let (mut all, mut tally, mut refused) = (Indicators::default(), Tally::default(), Vec::new());
    for path in paths {
        let bytes = bytes(path).map_err(|error| {
            let shown = one_line(&path.display().to_string());
            Failure::usage(format!("--ioc: cannot read {shown}: {error}"))
        })?;
        let list = List::read(&bytes);
        list.found.iter().for_each(|indicator| indicator.add_to(&mut all));
        tally.add(&list);
        refused.extend(list.refused.into_iter().map(|refused| told(path, &refused)));
    }
    if !refused.is_empty() {
        let told = told_of(&refused);
        if unreadable == Unreadable::Refuse {
            let remedy = "nothing was looked for: mend it, or go on without it with --ioc-skip";
            return Err(Failure::usage(format!("{told}; {remedy}")));
        }
        complain(&told);
        tally.skip(refused.len());
    }
    if tally.is_empty() {
        return Err(Failure::usage(format!("--ioc: {}", tally.words())));
    }
    complain(&format!("--ioc: {}", tally.words()));
    Ok(all)
}

fn told(path: &Path, refused: &Refused) -> String {
    let Refused { place, text, why } = refused;
    let file = one_line(&path.display().to_string());
    format!("--ioc: {place} of {file}: {:?} {why}", one_line(text))
}

/// The first of them, and how many more there are.
fn told_of(refused: &[String]) -> String {
    let shown = refused.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    match refused.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}\n--ioc: … and {more} more lines that cannot be read"),
    }
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    if std::fs::metadata(path)?.len() > LARGEST {
        return Err(std::io::Error::other("it is larger than 64 MiB"));
    }
    std::fs::read(path)
}
