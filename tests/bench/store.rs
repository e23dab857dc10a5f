//! How fast the store is on a million clicks: `cargo bench -p clickwarden-bench --bench store` prints a table.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod clicks;

use std::error::Error;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use clickwarden::click::selection::{Exclusion, Selection};
use clickwarden::click::{Clicks, Present};
use clickwarden::clock::{DAY, HOUR, SECOND, Span, Tick};
use clickwarden::store::{
    Applied, Changes, ClickFilter, FetchedAnswer, KeptFrom, Lease, LeaseClaim, Owner, Store,
    TenantKey, Withdrawn,
};
use clickwarden::summary::{self, Query, Sort};
use clickwarden::sync_state::hour::Acceptance;

use clicks::{PEOPLE, URLS, url};

const ROWS: usize = 1_000_000;
const WINDOW_ROWS: usize = 10_000;
const NOW: Tick = Tick::from_unix_seconds(1_784_498_400);

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let store = Store::open(&dir.path().join("bench.db"))?;
    let tenant = store.tenant("contoso")?;
    let LeaseClaim::Granted(lease) =
        store.lease(tenant, &Owner::here(), Duration::from_hours(1), NOW)?
    else {
        return Err("the lease is taken".into());
    };
    println!("{ROWS} clicks on {URLS} URLs by {PEOPLE} users in 7 days, synchronous=FULL\n");
    write(&store, &lease, "fresh")?;
    write(&store, &lease, "held already")?;
    store.read(|snapshot| {
        let size = snapshot.size()?;
        println!("{:<44}{:>9.1} MB", "file", size.bytes as f64 / 1e6);
        println!("{:<44}{:>9.1} MB", "write-ahead log", size.wal_bytes as f64 / 1e6);
        Ok(())
    })?;
    fifty(&store, &lease)?;
    for (name, sort, limit) in [
        ("summary: all URLs", Sort::ClickedThrough, None),
        ("summary: top 25", Sort::ClickedThrough, Some(25)),
        ("summary: top 25 by clickers", Sort::Clickers, Some(25)),
        ("summary: first 25 by URL", Sort::Url, Some(25)),
    ] {
        let span = Span::new(NOW.plus(-7 * DAY), NOW);
        let query = Query {
            tenants: vec![tenant],
            span,
            sort,
            limit,
            matching: None,
            exclusions: Vec::new(),
        };
        best(name, || Ok(store.read(|s| summary::compute(s, &query))?.len()))?;
    }
    let span = Span::new(NOW.plus(-7 * DAY), NOW);
    for (name, exclude) in exclusions() {
        let query = Query {
            tenants: vec![tenant],
            span,
            sort: Sort::ClickedThrough,
            limit: Some(25),
            matching: None,
            exclusions: vec![exclude],
        };
        best(name, || Ok(store.read(|s| summary::compute(s, &query))?.len()))?;
    }
    let mut selection = Selection::default();
    selection.urls.add(&url(7));
    let filter = ClickFilter { tenants: vec![tenant], span, selection, withdrawn: Withdrawn::Hide };
    best("clicks on one URL", || read(&store, &filter))?;
    let all = ClickFilter { selection: Selection::default(), ..filter.clone() };
    best("clicks, all of 7 days", || read(&store, &all))?;
    forget(&store, tenant)?;
    dense(&store, &lease, tenant)
}

/// An hour with sixty thousand clicks: each transaction rewrites its segment, and retention cuts it
/// up.
fn dense(store: &Store, lease: &Lease, tenant: TenantKey) -> Result<(), Box<dyn Error>> {
    println!("\none hour of 60,000 clicks, 10,000 at a time");
    let hour = Span::new(NOW.plus(-HOUR), NOW).from.hour().span();
    let mut longest = Duration::ZERO;
    for part in 0..6 {
        let piece = hour.ticks() / 6;
        let from = hour.from.plus(part * piece);
        let window = Span::new(from, from.plus(piece));
        let batch = store.prepare(generate(1_000 + part.cast_unsigned(), window), Present::ALL);
        let started = Instant::now();
        store.apply(
            lease,
            &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
            &Changes::default(),
            NOW,
        )?;
        longest = longest.max(started.elapsed());
    }
    println!("{:<44}{:>9.1} ms", "  longest transaction", longest.as_secs_f64() * 1e3);
    forget(store, tenant)
}

/// Removes everything for its age, as retention does, a transaction at a time.
fn forget(store: &Store, tenant: TenantKey) -> Result<(), Box<dyn Error>> {
    let kept = KeptFrom { clicks: NOW, hours: NOW };
    let (mut longest, mut count, mut clicks) = (Duration::ZERO, 0, 0);
    let all = Instant::now();
    loop {
        let started = Instant::now();
        let removed = store.retain(tenant, kept)?;
        if removed.hour.is_none() {
            break;
        }
        longest = longest.max(started.elapsed());
        (count, clicks) = (count + 1, clicks + removed.clicks);
    }
    let rate = clicks as f64 / all.elapsed().as_secs_f64() / 1e3;
    println!("retention: {clicks} clicks in {count} transactions, {rate:.0} k rows/s");
    println!("{:<44}{:>9.1} ms", "  longest transaction", longest.as_secs_f64() * 1e3);
    Ok(())
}

/// One exclusion of each kind; each leaves out little or nothing, so that the work is the same.
fn exclusions() -> [(&'static str, Exclusion); 4] {
    let of = |fill: fn(&mut Selection)| {
        let mut exclusion = Exclusion::default();
        fill(&mut exclusion.selection);
        exclusion
    };
    [
        ("summary: top 25 but for a user", of(|s| s.users.add("nobody@contoso.example"))),
        (
            "summary: top 25 but for a network",
            of(|s| s.networks.add("203.0.113.0/24").unwrap_or(())),
        ),
        ("summary: top 25 but for a host", of(|s| s.hosts.add("nobody.example").unwrap_or(()))),
        ("summary: top 25 but for a message", of(|s| s.messages.add("no message"))),
    ]
}

/// Applies every window, newest first.
fn write(store: &Store, lease: &Lease, name: &str) -> Result<(), Box<dyn Error>> {
    let (mut prepare, mut apply, mut longest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut total = Applied::default();
    let windows = ROWS / WINDOW_ROWS;
    let length = 7 * DAY / windows as i64;
    for number in 0..windows {
        let until = NOW.plus(-(number as i64) * length);
        let window = Span::new(until.plus(-length), until);
        let clicks = generate(number as u64, window);
        let started = Instant::now();
        let batch = store.prepare(clicks, Present::ALL);
        prepare += started.elapsed();
        let started = Instant::now();
        let changes = Changes::default();
        let applied = store.apply(
            lease,
            &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
            &changes,
            NOW,
        )?;
        apply += started.elapsed();
        longest = longest.max(started.elapsed());
        total.new += applied.new;
        total.same += applied.same;
    }
    let rate = |time: Duration| ROWS as f64 / time.as_secs_f64() / 1e3;
    println!("{name}: {} new, {} the same", total.new, total.same);
    println!("{:<44}{:>9.0} k rows/s", "  prepare (no lock)", rate(prepare));
    println!("{:<44}{:>9.0} k rows/s", "  apply (the writer)", rate(apply));
    println!("{:<44}{:>9.0} k rows/s", "  both, one after the other", rate(prepare + apply));
    println!("{:<44}{:>9.1} ms", "  longest transaction", longest.as_secs_f64() * 1e3);
    Ok(())
}

/// Adds 50 rows to an hour that is full.
fn fifty(store: &Store, lease: &Lease) -> Result<(), Box<dyn Error>> {
    let hour = NOW.plus(-DAY).hour().span();
    let batch = store.prepare(fifty_clicks(hour), Present::ALL);
    let started = Instant::now();
    store.apply(
        lease,
        &FetchedAnswer { batch: &batch, window: hour, acceptance: Acceptance::Keep },
        &Changes::default(),
        NOW,
    )?;
    println!("{:<44}{:>9.1} ms", "50 rows into a full hour", started.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

fn fifty_clicks(hour: Span) -> Clicks {
    let mut random = fastrand::Rng::with_seed(99);
    let mut clicks = Clicks::with_capacity(50, 50 * 500);
    for _ in 0..50 {
        push(&mut clicks, &mut random, hour);
    }
    clicks
}

fn read(store: &Store, filter: &ClickFilter) -> Result<usize, Box<dyn Error>> {
    let mut rows = 0;
    store.read(|snapshot| {
        snapshot.clicks(filter, |_| {
            rows += 1;
            ControlFlow::Continue(())
        })
    })?;
    Ok(rows)
}

/// Prints the best of five.
fn best(
    name: &str,
    mut run: impl FnMut() -> Result<usize, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let (mut best, mut rows) = (Duration::MAX, 0);
    for _ in 0..5 {
        let started = Instant::now();
        rows = run()?;
        best = best.min(started.elapsed());
    }
    println!("{:<44}{:>9.1} ms  ({rows} rows)", name, best.as_secs_f64() * 1e3);
    Ok(())
}

fn generate(seed: u64, window: Span) -> Clicks {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut clicks = Clicks::with_capacity(WINDOW_ROWS, WINDOW_ROWS * 500);
    for _ in 0..WINDOW_ROWS {
        push(&mut clicks, &mut random, window);
    }
    clicks
}

fn push(clicks: &mut Clicks, random: &mut fastrand::Rng, window: Span) {
    let ms = SECOND / 1000;
    let at = window.from.plus(random.i64(0..window.ticks())).floor(ms).max(window.from);
    clicks::invent(random, at, |click| {
        clicks.push(click);
    });
}
