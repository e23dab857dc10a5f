//! `clickwarden sync`: one pass for each tenant, side by side, with progress on a terminal; then what
//! is too old is removed, which no daemon may be there to do.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use crate::cli::context::runtime;
use crate::cli::tenant_files::check_files;
use crate::cli::{CommandError, Context, Exit};
use crate::clock::{Clock, MINUTE, SECOND, Tick, duration_of};
use crate::collect::{CollectStep, Collector, Idle, Start};
use crate::config::Collect;
use crate::coverage::Coverage;
use crate::daemon::{self, Resources};
use crate::retention::Retention;
use crate::store::{Store, TenantKey};
use crate::view;
use crate::view::scope::select_tenants;
use crate::view::sync::PassEnd;

/// How long to wait for a gate to open, or for another process to finish its pass.
const LONGEST_WAIT: i64 = 2 * MINUTE;
/// How long to remove clicks that are too old; the next `sync` goes on.
const LONGEST_REMOVAL: i64 = 30 * SECOND;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Only this tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// What to print at the end
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// A line for each tenant
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// How one tenant's pass ended, and the program with it.
struct Ended {
    key: TenantKey,
    end: PassEnd,
    exit: Exit,
    /// When the next pass is due.
    next: Option<Tick>,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let config = context.config()?;
    let tenants = select_tenants(&config, arguments.tenant.as_slice())?;
    check_files(tenants.iter().copied())?;
    let store = Store::open(&config.store.path)?;
    let clock = &context.clock;
    let resources = Resources::new(store.clone(), clock.clone());
    let retention = Retention::new(store.clone(), clock.clone(), config.store.retention);
    let collectors = resources.collectors(tenants, &config.collect, Start::Now)?;
    let screen = MultiProgress::new();
    if !std::io::stderr().is_terminal() {
        screen.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let mut ended = runtime()?.block_on(async {
        let mut all = JoinSet::new();
        for collector in collectors {
            let bar = screen.add(bar(&collector));
            all.spawn(sync(collector, bar, clock.clone()));
        }
        let ended = all.join_all().await;
        retention.run_once(LONGEST_REMOVAL).await;
        ended
    });
    ended.sort_by_key(|a| a.key);
    report(&store, &ended, clock.now(), &config.collect, arguments.format)
}

fn bar(collector: &Collector) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_prefix(crate::cli::print::text::plain(&collector.settings().name));
    bar
}

/// One tenant's pass, to its end.
async fn sync(mut collector: Collector, bar: ProgressBar, clock: Clock) -> Ended {
    let (mut waiting_since, mut next) = (None, None);
    let mut so_far_done = None;
    let (exit, error) = loop {
        match collector.step().await {
            Ok(CollectStep::Worked) => {
                // A call that was refused is no progress: one short gate after another is a long one.
                let hours = collector.pass().map(|pass| pass.hours().len());
                let done = Some((collector.totals().fetched_rows, hours));
                if done != so_far_done {
                    (so_far_done, waiting_since) = (done, None);
                }
                bar.set_message(so_far(&collector));
                bar.tick();
            }
            Ok(CollectStep::Idle(idle)) => {
                let now = clock.now();
                if let Idle::Done { until } = idle {
                    next = Some(until);
                }
                if let Some(end) = gives_up(&idle, *waiting_since.get_or_insert(now), now) {
                    break end;
                }
                bar.set_message(format!("{}{}", so_far(&collector), waits(&idle)));
                bar.tick();
                tokio::time::sleep(duration_of(idle.until().since(now))).await;
            }
            Err(error) if error.is_transient() => {
                break (Exit::TryLater, Some(error.to_string()));
            }
            Err(error) => break (Exit::Failed, Some(error.to_string())),
        }
    };
    if let Err(error) = collector.end().await {
        tracing::warn!("the lease was not given back: {error}");
    }
    let trouble = collector.last_error().map(str::to_owned);
    bar.finish_and_clear();
    let name = collector.settings().name.clone();
    // A pass that could not be made is tried later, also where nothing is missing yet.
    let exit = if trouble.is_some() { exit.worst(Exit::TryLater) } else { exit };
    let error = error.or(trouble);
    let end = PassEnd { name, totals: collector.totals(), error };
    Ended { key: collector.tenant(), end, exit, next }
}

/// Whether the pass is over, or what it waits for takes too long: the exit code, and why.
fn gives_up(idle: &Idle, since: Tick, now: Tick) -> Option<(Exit, Option<String>)> {
    match idle {
        Idle::Done { .. } => Some((Exit::Done, None)),
        Idle::Pace { .. } | Idle::Retry { .. } => None,
        Idle::Refused { why, .. } => Some((Exit::Refused, Some(why.clone()))),
        Idle::Gate { until, why } => (until.since(since) > LONGEST_WAIT)
            .then(|| (Exit::TryLater, Some(format!("{why}; the gate opens at {until}")))),
        Idle::Taken { by, .. } => (now.since(since) > LONGEST_WAIT).then(|| {
            let why = format!("process {} on {} collects this tenant", by.pid, by.host);
            (Exit::TryLater, Some(why))
        }),
    }
}

/// Hours settled, rows, calls, and what is left.
fn so_far(collector: &Collector) -> String {
    let totals = collector.totals();
    let mut words = format!("{} calls, {} rows", totals.calls, totals.fetched_rows);
    if let Some(pass) = collector.pass() {
        let hours = pass.hours().len() as u64;
        let left = pass.remaining();
        let agree = hours - left.hours.min(hours);
        words = format!("{words}, {agree} of {hours} hours agree");
        if left.calls > 0 {
            let pace = collector.settings().calls_per_minute;
            words = format!("{words}; {}", daemon::in_words(left, pace));
        }
    }
    words
}

fn waits(idle: &Idle) -> String {
    match idle {
        Idle::Gate { until, .. } => format!("; gate closed until {until}"),
        Idle::Pace { .. } => "; keeping the pace".to_owned(),
        Idle::Retry { .. } => "; trying again".to_owned(),
        Idle::Taken { by, .. } => format!("; process {} on {} is collecting", by.pid, by.host),
        Idle::Done { .. } | Idle::Refused { .. } => String::new(),
    }
}

fn report(
    store: &Store,
    ended: &[Ended],
    now: Tick,
    collect: &Collect,
    format: Format,
) -> Result<Exit, CommandError> {
    let mut exit = Exit::Done;
    let mut tenants = Vec::new();
    let mut out = std::io::stdout().lock();
    for end in ended {
        let whose = (end.key, end.end.name.as_str());
        let coverage =
            store.read(|snapshot| view::sync::coverage(snapshot, whose, collect, now))?;
        let whole = coverage.missing() == coverage.removed && coverage.disputed == 0;
        let left = if whole { Exit::Done } else { Exit::TryLater };
        exit = exit.worst(end.exit).worst(left);
        match format {
            Format::Text => writeln!(out, "{}", line(end, &coverage))?,
            Format::Json => tenants.push(view::sync::tenant(&end.end, &coverage)),
        }
    }
    if format == Format::Json {
        writeln!(out, "{}", view::sync::object(&tenants))?;
    }
    Ok(exit)
}

fn line(Ended { end, next, .. }: &Ended, coverage: &Coverage) -> String {
    let totals = end.totals;
    let line = format!(
        "{}: {} calls, {} rows fetched, {} new; {}",
        crate::cli::print::text::plain(&end.name),
        totals.calls,
        totals.fetched_rows,
        totals.new_rows,
        coverage.in_words()
    );
    match (&end.error, *next) {
        (Some(error), _) => format!("{line}; {}", crate::text::escape::one_line(error)),
        (None, Some(next)) if totals.calls == 0 => {
            format!(
                "{line}; nothing was due, the next pass is at {}",
                crate::cli::print::text::to_second(next)
            )
        }
        (None, _) => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_waited_for_two_minutes_in_all() {
        let since = Tick::from_unix_seconds(1_784_498_400);
        let gate = |opens: i64| Idle::Gate { until: since.plus(opens), why: "closed".into() };
        assert_eq!(gives_up(&gate(2 * MINUTE), since, since), None);
        let (exit, why) = gives_up(&gate(2 * MINUTE + 1), since, since.plus(MINUTE)).unwrap();
        assert_eq!(exit, Exit::TryLater);
        assert!(why.unwrap().contains("opens at"));
    }
}
