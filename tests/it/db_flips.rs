//! Bytes of the file that change by themselves: no panic, and no wrong answer that a check misses.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use clickwarden::click::Text;
use clickwarden::click::selection::Selection;
use clickwarden::clock::{Clock, DAY, HOUR, Span, Tick, duration_of};
use clickwarden::collect::CollectStep;
use clickwarden::demo::{TenantSettings, invented_table};
use clickwarden::store::{ClickFilter, FetchedAnswer, Store, StoreError, Withdrawn};
use clickwarden::summary;
use clickwarden::sync_state::hour::Acceptance;

use crate::db_check::damaged_parts;
use crate::program::Ran;
use crate::stand::Stand;
use crate::store_summary::query;
use crate::support::{NOW, Row, clicks};

/// How many files are damaged; `tests/long` asks for more.
fn cases() -> u64 {
    std::env::var("CLICKWARDEN_FLIPS").map_or(500, |number| number.parse().unwrap())
}

const SPAN: Span = Span { from: NOW, until: Tick(NOW.0 + 12 * HOUR) };

/// Everything that a user can see of the clicks.
fn answers(store: &Store) -> Result<(Vec<summary::Row>, Vec<String>), StoreError> {
    store.read(|snapshot| {
        let tenants = snapshot.tenants()?.into_iter().filter(|(_, name)| name == "contoso");
        let tenants: Vec<_> = tenants.map(|(key, _)| key).collect();
        let summary = summary::compute(snapshot, &query(tenants.clone(), SPAN))?;
        let selection = Selection::default();
        let filter = ClickFilter { tenants, span: SPAN, selection, withdrawn: Withdrawn::Hide };
        let mut rows = Vec::new();
        snapshot.clicks(&filter, |stored| {
            rows.push(format!("{:?}", stored.click));
            ControlFlow::Continue(())
        })?;
        Ok((summary, rows))
    })
}

fn fill(path: &Path) {
    let store = Store::open(path).unwrap();
    let tenant = store.tenant("contoso").unwrap();
    let lease = crate::support::lease(&store, tenant);
    let rows: Vec<Row> = (0..1_500)
        .map(|n: i64| {
            let url = format!("https://host-{}.example/path?token={n:08}", n % 40);
            let action = ["ClickAllowed", "ClickBlocked", "UrlScanInProgress"][n as usize % 3];
            Row::new(NOW.plus(n * 12 * HOUR / 1_500), &url, action)
                .with(Text::AccountUpn, &format!("User{}@contoso.example", n % 90))
                .with(Text::ThreatTypes, ["", "Phish"][n as usize % 2])
        })
        .collect();
    let batch = store.prepare(clicks(&rows), clickwarden::click::Present::ALL);
    let changes = clickwarden::store::Changes::default();
    store
        .apply(
            &lease,
            &FetchedAnswer { batch: &batch, window: SPAN, acceptance: Acceptance::Accept },
            &changes,
            NOW,
        )
        .unwrap();
    store.release(&lease).unwrap();
}

/// What became of the damaged files.
#[derive(Debug, Default)]
struct Outcomes {
    refused: u64,
    failed: u64,
    wrong: u64,
    found: u64,
    unharmed: u64,
}

#[test]
fn flipped_bytes_never_lie_unseen() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.db");
    fill(&path);
    let whole = fs::read(&path).unwrap();
    let expected = answers(&Store::open_read_only(&path).unwrap()).unwrap();
    assert_eq!(expected.1.len(), 1_500);
    let mut outcomes = Outcomes::default();
    for seed in 0..cases() {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = whole.clone();
        flip(&mut bytes, &mut random, 64);
        if random.u8(..20) == 0 {
            bytes.truncate(random.usize(..bytes.len()));
        }
        fs::write(&path, &bytes).unwrap();
        look(seed, &path, &expected, &mut outcomes);
    }
    println!("{outcomes:?}");
    assert!(outcomes.wrong > 0 && outcomes.failed > 0 && outcomes.refused > 0, "{outcomes:?}");
}

/// Turns over at least one bit, and at most `most`.
fn flip(bytes: &mut [u8], random: &mut fastrand::Rng, most: u32) {
    for _ in 0..random.u32(1..=most) {
        let at = random.usize(..bytes.len());
        bytes[at] ^= 1 << random.u32(..8);
    }
}

fn look(
    seed: u64,
    path: &Path,
    expected: &(Vec<summary::Row>, Vec<String>),
    outcomes: &mut Outcomes,
) {
    let Ok(store) = Store::open_read_only(path) else {
        outcomes.refused += 1;
        return;
    };
    let answers = answers(&store);
    // A check that cannot be made to its end is a finding, too.
    let seen = damaged_parts(&store).map_or(true, |parts| !parts.is_empty());
    outcomes.found += u64::from(seen);
    match answers {
        Ok(got) if got == *expected => outcomes.unharmed += 1,
        Ok(_) => {
            outcomes.wrong += 1;
            assert!(seen, "seed {seed}: a wrong answer that no check sees");
        }
        Err(error) => {
            outcomes.failed += 1;
            assert!(seen, "seed {seed}: {error}, and no check sees it");
        }
    }
}

/// Collects until the copy has what the source shows of `span`; of what comes late a pass may ask
/// only half an hour later.
async fn assert_agree_again(stand: &Stand, clock: &Clock, span: Span, seed: u64) {
    let mut collector = stand.collector(clock).await;
    let end = clock.now().plus(2 * HOUR);
    while clock.now() < end {
        let CollectStep::Idle(idle) = collector.step().await.unwrap() else { continue };
        if stand.copy(span) == stand.truth_at(span, clock.now()) {
            return;
        }
        clock.advance(duration_of(idle.until().since(clock.now())));
    }
    assert_eq!(stand.copy(span), stand.truth_at(span, clock.now()), "seed {seed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_repaired_agrees_with_the_source_again() {
    let clock = Clock::manual(Clock::System.now());
    let settings = TenantSettings::new(clock.clone());
    let mut stand = Stand::with(settings, invented_table(9, clock.now(), 1_000), "").await;
    stand.damaged = true;
    assert!(stand.run(&["sync"]).status.success());
    let span = Span::new(clock.now().plus(HOUR - 30 * DAY).hour().end(), clock.now());
    let whole = fs::read(stand.database()).unwrap();
    let (mut repaired, mut beyond) = (0, 0);
    // The file differs each time: a few seeds may all hit what cannot be mended, or nothing.
    for seed in 0..100 {
        if seed >= cases() / 50 && repaired > 0 {
            break;
        }
        let (mut random, mut bytes) = (fastrand::Rng::with_seed(seed), whole.clone());
        flip(&mut bytes, &mut random, 3);
        fs::write(stand.database(), &bytes).unwrap();
        for beside in ["clicks.db-wal", "clicks.db-shm"] {
            fs::remove_file(stand.dir.path().join(beside)).ok();
        }
        let ran: Ran = stand.run(&["db", "check", "--repair"]).into();
        if ran.code != Some(0) {
            assert!([Some(1), Some(78)].contains(&ran.code), "seed {seed}: {}", ran.err);
            assert!(ran.err.contains("restore a backup") || ran.code == Some(78), "{}", ran.err);
            beyond += 1;
            continue;
        }
        repaired += u64::from(ran.out.contains("\nrepair:"));
        assert_agree_again(&stand, &clock, span, seed).await;
    }
    println!("{repaired} repaired, {beyond} beyond repair");
    assert!(repaired > 0);
}
