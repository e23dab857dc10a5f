//! `clickwarden db check`: a line for each part of the database, and under it what was found.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::repair;
use crate::cli::args::tenants::{select_tenants, tenant_keys};
use crate::cli::print::text::{counted, grouped, plain};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Hour;
use crate::store::{CheckFinding, CheckPart, CheckReport, Store, TenantKey, TextTable};

/// How many findings of a part are shown.
const MOST_FINDINGS_SHOWN: usize = 10;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Of the clicks only those of this tenant
    #[arg(long, value_name = "NAME")]
    pub(super) tenant: Option<String>,
    /// Mend what can be mended, and have the source give again what cannot
    #[arg(long)]
    pub(super) repair: bool,
}

/// A tenant's number in the store, and its name.
pub(super) type KeyedTenant = (TenantKey, String);

/// All that a check found.
#[derive(Default)]
pub(super) struct DatabaseReport {
    texts: u64,
    clicks: u64,
    hours: u64,
    pub(super) found: Vec<CheckFinding>,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let named = select_tenants(&config, arguments.tenant.as_slice())?;
    let store = Store::open_read_only(&config.store.path)?;
    let tenants = store.read(|snapshot| match arguments.tenant {
        Some(_) => tenant_keys(snapshot, &named),
        // Also those that are in the configuration no more.
        None => snapshot.tenants(),
    })?;
    let mut report = look(&store, &tenants)?;
    report.print(&tenants)?;
    if arguments.repair && !report.found.is_empty() {
        drop(store);
        let tenants = repair::run(context, &config, tenants, report)?;
        report = look(&Store::open_read_only(&config.store.path)?, &tenants)?;
        writeln!(std::io::stdout().lock(), "\nchecked again:")?;
        report.print(&tenants)?;
    }
    report.advise(&config.store.path, arguments.repair)
}

/// Looks at everything, a snapshot at a time.
pub(super) fn look(store: &Store, tenants: &[KeyedTenant]) -> Result<DatabaseReport, CommandError> {
    let bar = bar(store);
    let mut report = DatabaseReport::default();
    bar.set_message("pages and indexes");
    report.found.extend(store.check_file()?.found);
    bar.set_message("texts");
    for table in TextTable::ALL {
        let mut next = Some(0);
        while let Some(after) = next {
            let step;
            (step, next) = store.check_texts(table, after)?;
            report.texts += step.rows;
            report.found.extend(step.found);
        }
    }
    for (tenant, name) in tenants {
        bar.set_message(plain(name));
        let mut last = None;
        loop {
            let (step, next) = store.check_hours(*tenant, last)?;
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

impl DatabaseReport {
    fn add_hours(&mut self, step: CheckReport) {
        self.clicks += step.rows;
        self.hours += step.hours;
        self.found.extend(step.found);
    }

    /// The hours of a tenant about which something was found.
    pub(super) fn damaged_hours(&self, tenant: TenantKey) -> BTreeSet<Hour> {
        let hours = self.found.iter().filter_map(|finding| finding.hour);
        hours.filter(|(whose, _)| *whose == tenant).map(|(_, hour)| hour).collect()
    }

    fn looked_at(&self, part: CheckPart) -> String {
        match part {
            CheckPart::File => "SQLite's own check".to_owned(),
            CheckPart::References => "every one leads somewhere".to_owned(),
            CheckPart::Texts => counted(self.texts, "text"),
            CheckPart::Clicks => counted(self.clicks, "click"),
            CheckPart::Segments | CheckPart::Hours => counted(self.hours, "hour"),
        }
    }

    /// A line for each part, and what was found there.
    fn print(&self, tenants: &[KeyedTenant]) -> Result<(), CommandError> {
        let mut out = std::io::stdout().lock();
        for part in CheckPart::ALL {
            let found: Vec<_> = self.found.iter().filter(|it| it.part == part).collect();
            if found.is_empty() {
                writeln!(out, "{:<11} ok: {}", part.name(), self.looked_at(part))?;
                continue;
            }
            writeln!(
                out,
                "{:<11} DAMAGED: {}",
                part.name(),
                counted(found.len() as u64, "finding")
            )?;
            for finding in found.iter().take(MOST_FINDINGS_SHOWN) {
                writeln!(out, "  {}", in_words(finding, tenants))?;
            }
            if let Some(more) =
                found.len().checked_sub(MOST_FINDINGS_SHOWN).filter(|more| *more > 0)
            {
                writeln!(out, "  … and {} more", grouped(more as u64))?;
            }
        }
        Ok(())
    }

    /// What to do about it.
    fn advise(&self, path: &Path, repaired: bool) -> Result<Exit, CommandError> {
        if self.found.is_empty() {
            return Ok(Exit::Done);
        }
        let path = plain(&path.display().to_string());
        let anew = format!(
            "restore a backup, or stop the daemon, move {path} away and run `clickwarden sync`: \
             that fetches what the source still has, 30 days"
        );
        let why = if repaired {
            format!("db check: what is left no repair can mend; {anew}")
        } else if self.found.iter().all(|finding| finding.lasting) {
            format!("db check: the database is damaged; {anew}")
        } else {
            format!(
                "db check: the database is damaged; run `clickwarden db check --repair`, which \
                 mends what can be mended; where it cannot, {anew}"
            )
        };
        Err(CommandError::Said(Exit::Failed, why))
    }
}

fn in_words(finding: &CheckFinding, tenants: &[KeyedTenant]) -> String {
    let what = plain(&finding.what);
    let Some((tenant, hour)) = finding.hour else { return what };
    let name = tenants.iter().find(|(key, _)| *key == tenant).map_or("", |(_, name)| name);
    format!("{} {}: {what}", plain(name), crate::cli::print::text::time(hour.start()))
}
