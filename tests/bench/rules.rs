//! What 100 new clicks cost the rules beside a million and ten million that are there: `cargo
//! bench -p clickwarden-bench --bench rules` prints a table.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod clicks;

use std::error::Error;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clickwarden::click::{Clicks, Present};
use clickwarden::clock::{Clock, DAY, MINUTE, Span, Tick};
use clickwarden::config::Config;
use clickwarden::rules::Alerts;
use clickwarden::stage::Step;
use clickwarden::store::{Changes, FetchedAnswer, Lease, LeaseClaim, Owner, Store};
use clickwarden::sync_state::hour::Acceptance;
use clickwarden::sync_state::progress::Progress;
use tokio::sync::watch;

const WINDOW_ROWS: usize = 10_000;
const NEW: usize = 100;
const NOW: Tick = Tick::from_unix_seconds(1_784_498_400);
/// How much is there: clicks, and over how many days.
const STORES: [(usize, i64); 3] = [(1_000_000, 3), (10_000_000, 30), (10_000_000, 400)];
const RUNS: usize = 7;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    println!("| clicks there, over days | rules | what | wall, ms | CPU, ms |");
    println!("| --- | --- | --- | --- | --- |");
    for (rows, days) in STORES {
        measure(rows, days)?;
    }
    Ok(())
}

fn measure(rows: usize, days: i64) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("c.db"))?;
    let tenant = store.tenant("contoso")?;
    let claim = store.lease(tenant, &Owner::here(), Duration::from_hours(24), NOW)?;
    let LeaseClaim::Granted(lease) = claim else { return Err("the lease is taken".into()) };
    fill(&store, &lease, rows, days * DAY)?;
    let clock = Clock::manual(NOW);
    for (number, what) in [WITHOUT_THE_WHOLE, ""].into_iter().enumerate() {
        let config = configure(folder.path(), what)?;
        let name = if what.is_empty() { "all" } else { "none asks for the whole store" };
        let there = format!("{rows} over {days} | {name}");
        measure_rules(&store, &lease, &clock, config, number * (RUNS + 1), &there)?;
    }
    Ok(())
}

/// A pass and its rules, again and again; `first` is the number of the first pass.
fn measure_rules(
    store: &Store,
    lease: &Lease,
    clock: &Clock,
    config: Config,
    first: usize,
    there: &str,
) -> Result<(), Failure> {
    let (_config, config) = watch::channel(Arc::new(config));
    let mut alerts = Alerts::new(store.clone(), clock.clone(), config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let before = store.read(|snapshot| Ok(snapshot.alerts()?.len()))?;
    let mut spent = Vec::new();
    for run in first..=first + RUNS {
        bring(store, lease, run, clock.now())?;
        let (started, before) = (Instant::now(), cpu());
        while matches!(runtime.block_on(alerts.step()), Step::Worked) {}
        spent.push((started.elapsed(), cpu().saturating_sub(before)));
        clock.advance(Duration::from_mins(5));
    }
    let (first, mut later) = (spent.remove(0), spent);
    later.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let row = |what: &str, (wall, cpu): (Duration, Duration)| {
        println!("| {there} | {what} | {:.1} | {:.1} |", ms(wall), ms(cpu));
    };
    row("the first step after the start", first);
    row("later ones, median", later.get(later.len() / 2).copied().unwrap_or_default());
    row("later ones, slowest", later.last().copied().unwrap_or_default());
    let alerts = store.read(|snapshot| Ok(snapshot.alerts()?.len()))? - before;
    println!("| {there} | cases opened in all | {alerts} | |");
    Ok(())
}

/// History: what lies before the first pass is no news.
fn fill(store: &Store, lease: &Lease, rows: usize, length: i64) -> Result<(), Failure> {
    let windows = rows / WINDOW_ROWS;
    let length = length / windows as i64;
    let progress = Progress { first_pass: Some(NOW.plus(-MINUTE)), ..Progress::default() };
    let changes = Changes { hours: Vec::new(), progress: Some(&progress) };
    for number in 0..windows {
        let until = NOW.plus(-10 * MINUTE - (number as i64) * length);
        let window = Span::new(until.plus(-length), until);
        let mut random = fastrand::Rng::with_seed(number as u64);
        let mut batch = Clicks::with_capacity(WINDOW_ROWS, WINDOW_ROWS * 500);
        for _ in 0..WINDOW_ROWS {
            let at = window.from.plus(random.i64(0..length));
            clicks::invent(&mut random, at, |click| {
                batch.push(click);
            });
        }
        let batch = store.prepare(batch, Present::ALL);
        store.apply(
            lease,
            &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
            &changes,
            NOW,
        )?;
    }
    Ok(())
}

/// A pass that brings a hundred clicks of the last minutes.
fn bring(store: &Store, lease: &Lease, run: usize, now: Tick) -> Result<(), Failure> {
    let mut random = fastrand::Rng::with_seed(1_000_000 + run as u64);
    let window = Span::new(now, now.plus(4 * MINUTE));
    let mut batch = Clicks::with_capacity(NEW, NEW * 500);
    for _ in 0..NEW {
        let at = window.from.plus(random.i64(0..window.ticks()));
        clicks::invent(&mut random, at, |click| {
            batch.push(click);
        });
    }
    let batch = store.prepare(batch, Present::ALL);
    let progress = Progress {
        first_pass: Some(NOW.plus(-MINUTE)),
        pass_began: Some(now),
        pass_ended: Some(now),
        ..Progress::default()
    };
    let changes = Changes { hours: Vec::new(), progress: Some(&progress) };
    store.apply(
        lease,
        &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
        &changes,
        now,
    )?;
    Ok(())
}

/// The shipped rule that asks how old a host is does not ask.
const WITHOUT_THE_WHOLE: &str =
    "[[rule]]\nname = \"allowed-then-blocked\"\nmedium_when = \"false\"\n";

/// The shipped rules, and a sink for them.
fn configure(folder: &Path, rules: &str) -> Result<Config, Failure> {
    let secret = folder.join("secret");
    std::fs::write(&secret, "none")?;
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600))?;
    let (secret, out) =
        (secret.display().to_string(), folder.join("out.jsonl").display().to_string());
    let text = format!(
        "[[tenant]]\nname = \"contoso\"\ntenant_id = \"contoso.example\"\n\
         client_id = \"00000000-0000-0000-0000-000000000001\"\nclient_secret_file = {secret:?}\n\
         [[sink]]\nname = \"file\"\ntype = \"file\"\npath = {out:?}\n[alerts]\nsinks = [\"file\"]\n{rules}"
    );
    std::fs::write(folder.join("c.toml"), text)?;
    let loaded = Config::load(Some(&folder.join("c.toml")), []);
    Ok(loaded.map_err(|problems| format!("{problems:?}"))?)
}

/// The processor's time that this process took.
fn cpu() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec.cast_unsigned(), spent.tv_nsec as u32)
}
