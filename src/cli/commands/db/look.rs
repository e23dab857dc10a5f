//! Looks at every part of the database, with progress on a terminal.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::report::{DatabaseReport, KeyedTenant};
use crate::cli::CommandError;
use crate::cli::print::text::plain;
use crate::store::{Store, TextTable};

/// Looks at everything, a snapshot at a time.
pub(super) fn look(store: &Store, tenants: &[KeyedTenant]) -> Result<DatabaseReport, CommandError> {
    let bar = bar(store);
    let mut report = DatabaseReport::default();
    bar.set_message("pages and indexes");
    report.found.extend(store.file().check_file()?.found);
    bar.set_message("texts");
    for table in TextTable::ALL {
        let mut next = Some(0);
        while let Some(after) = next {
            let step;
            (step, next) = store.file().check_texts(table, after)?;
            report.texts += step.rows;
            report.found.extend(step.found);
        }
    }
    for (tenant, name) in tenants {
        bar.set_message(plain(name));
        let mut last = None;
        loop {
            let (step, next) = store.file().check_hours(*tenant, last)?;
            bar.inc(step.rows);
            report.add_hours(step);
            let Some(next) = next else { break };
            last = Some(next);
        }
    }
    bar.finish_and_clear();
    Ok(report)
}

/// Progress on a terminal: of the clicks, which take the most of the time.
fn bar(store: &Store) -> ProgressBar {
    let clicks = store.read(|snapshot| Ok(snapshot.size()?.clicks)).unwrap_or(0);
    let bar = ProgressBar::new(clicks);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent}%  {wide_msg}") {
        bar.set_style(style);
    }
    bar
}
