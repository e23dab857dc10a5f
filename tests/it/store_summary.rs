//! Summaries and coverage out of a real store.

use std::collections::{BTreeMap, BTreeSet};

use clickwarden::click::tally::{ClickOutcome, Tally};
use clickwarden::click::{Action, Text};
use clickwarden::clock::{HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::coverage;
use clickwarden::store::{Changes, FetchedAnswer, NamedTenant, TenantKey};
use clickwarden::summary::{self, Query, Sort};
use clickwarden::sync_state::fingerprint;
use clickwarden::sync_state::hour::{Acceptance, Dispute, DisputeReason, HourState, Seen};

use crate::support::{NOW, Place, Row, place};

pub fn query(tenants: Vec<TenantKey>, span: Span) -> Query {
    let sort = Sort::default();
    Query { tenants, span, sort, limit: None, matching: None, exclusions: Vec::new() }
}

/// The summary by the plainest means, in the default order.
pub fn naive(rows: &[Row], span: Span) -> Vec<summary::Row> {
    let mut groups: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| span.contains(row.at)) {
        groups.entry(row.text(Text::Url)).or_default().push(row);
    }
    let set = |rows: &[&Row], column, split: bool| {
        let texts = rows.iter().map(|row| row.text(column));
        let words = texts.flat_map(|t| if split { t.split(',').collect() } else { vec![t] });
        let words = words.map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
        words.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let mut summary: Vec<summary::Row> = groups
        .into_iter()
        .map(|(url, rows)| {
            let mut tally = Tally::default();
            for row in &rows {
                tally.count(ClickOutcome {
                    action: Action::of(row.text(Text::ActionType)),
                    is_clicked_through: row.clicked_through,
                });
            }
            let people: BTreeSet<String> =
                rows.iter().map(|row| row.text(Text::AccountUpn).to_lowercase()).collect();
            summary::Row {
                url: url.to_owned(),
                tally,
                clickers: people.iter().filter(|name| !name.is_empty()).count() as u64,
                first_click: rows.iter().map(|row| row.at).min().unwrap(),
                last_click: rows.iter().map(|row| row.at).max().unwrap(),
                threat_types: set(&rows, Text::ThreatTypes, true),
                workloads: set(&rows, Text::Workload, false),
                tenant: "contoso".into(),
            }
        })
        .collect();
    summary.sort_by(|a, b| {
        let key = |row: &summary::Row| (row.tally.clicked_through, row.tally.blocked);
        key(b).cmp(&key(a)).then(a.url.as_bytes().cmp(b.url.as_bytes()))
    });
    summary
}

fn filled() -> (Place, Vec<Row>) {
    let place = place();
    let mut rows = Vec::new();
    for n in 0..400i64 {
        let url = format!("http{}://{}.example/x", if n % 3 == 0 { "s" } else { "" }, n % 37);
        let action = ["ClickAllowed", "ClickBlocked", "UrlErrorPage", "clickblocked,ClickAllowed"];
        let mut row = Row::new(NOW.plus(n * 40 * SECOND), &url, action[(n % 4) as usize])
            .with(Text::AccountUpn, ["a@x", "A@X", "", "b@x"][(n % 5 % 4) as usize])
            .with(Text::ThreatTypes, ["", "Phish", "Malware, Phish"][(n % 3) as usize])
            .with(Text::Workload, ["Email", "Teams", ""][(n % 11 % 3) as usize]);
        row.clicked_through = [None, Some(false), Some(true)][(n % 7 % 3) as usize];
        rows.push(row);
    }
    place.apply(&rows, Span::new(NOW, NOW.plus(6 * HOUR)), Acceptance::Accept, NOW);
    (place, rows)
}

#[test]
fn a_summary_is_the_plain_one_at_any_tick_and_limit() {
    let (place, rows) = filled();
    for span in [
        Span::new(NOW, NOW.plus(6 * HOUR)),
        Span::new(NOW.plus(40 * SECOND), NOW.plus(2 * HOUR)),
        Span::new(NOW.plus(41 * SECOND), NOW.plus(2 * HOUR + 1)),
        Span::new(NOW, NOW),
    ] {
        let expect = naive(&rows, span);
        for limit in [None, Some(0), Some(1), Some(7), Some(30), Some(1000)] {
            let query = Query { limit, ..query(vec![place.tenant()], span) };
            let got = place.store.read(|snapshot| summary::compute(snapshot, &query)).unwrap();
            assert_eq!(got, expect[..limit.unwrap_or(usize::MAX).min(expect.len())], "{query:?}");
        }
    }
}

type Column = fn(&summary::Row) -> i64;

#[test]
fn every_order_puts_the_largest_first_then_the_usual_order() {
    let (place, rows) = filled();
    let span = Span::new(NOW, NOW.plus(6 * HOUR));
    let columns: [(Sort, Column); 11] = [
        (Sort::ClickedThrough, |row| row.tally.clicked_through as i64),
        (Sort::Blocked, |row| row.tally.blocked as i64),
        (Sort::Allowed, |row| row.tally.allowed as i64),
        (Sort::PendingVerdict, |row| row.tally.pending_verdict as i64),
        (Sort::Error, |row| row.tally.error as i64),
        (Sort::BlockedByTenantPolicy, |row| row.tally.blocked_by_tenant_policy as i64),
        (Sort::Other, |row| row.tally.other as i64),
        (Sort::Clickers, |row| row.clickers as i64),
        (Sort::FirstClick, |row| row.first_click.0),
        (Sort::LastClick, |row| row.last_click.0),
        (Sort::Url, |_| 0),
    ];
    for (sort, column) in columns {
        let mut expect = naive(&rows, span);
        expect.sort_by_key(|row| std::cmp::Reverse(column(row)));
        if sort == Sort::Url {
            expect.sort_by(|a, b| a.url.cmp(&b.url));
        }
        let query = Query { sort, limit: Some(20), ..query(vec![place.tenant()], span) };
        let got = place.store.read(|snapshot| summary::compute(snapshot, &query)).unwrap();
        assert_eq!(got, expect[..20], "{sort:?}");
    }
}

#[test]
fn matching_ignores_the_case_of_ascii_letters() {
    let (place, rows) = filled();
    let span = Span::new(NOW, NOW.plus(6 * HOUR));
    let mut expect = naive(&rows, span);
    expect.retain(|row| row.url.contains("://3"));
    let matching = Some("TTP://3".to_owned());
    expect.retain(|row| row.url.starts_with("http:"));
    let query = Query { matching, ..query(vec![place.tenant()], span) };
    let got = place.store.read(|snapshot| summary::compute(snapshot, &query)).unwrap();
    assert_eq!(got, expect);
    assert!(!got.is_empty());
}

#[test]
fn tenants_have_rows_of_their_own() {
    let (place, rows) = filled();
    let other = place.store.tenant("a-fabrikam").unwrap();
    let lease = crate::support::lease(&place.store, other);
    let batch =
        place.store.prepare(crate::support::clicks(&rows[..50]), clickwarden::click::Present::ALL);
    let span = Span::new(NOW, NOW.plus(6 * HOUR));
    let changes = Changes::default();
    place
        .store
        .apply(
            &lease,
            &FetchedAnswer { batch: &batch, window: span, acceptance: Acceptance::Accept },
            &changes,
            NOW,
        )
        .unwrap();
    let both = query(vec![other, place.tenant()], span);
    let got = place.store.read(|snapshot| summary::compute(snapshot, &both)).unwrap();
    let of =
        |name: &str| got.iter().filter(|row| *row.tenant == *name).cloned().collect::<Vec<_>>();
    assert_eq!(of("contoso"), naive(&rows, span));
    assert_eq!(of("a-fabrikam").len(), naive(&rows[..50], span).len());
    assert!(got.is_sorted_by_key(|row| {
        let Tally { clicked_through, blocked, .. } = row.tally;
        (std::cmp::Reverse((clicked_through, blocked)), row.url.clone(), row.tenant.clone())
    }));
}

#[test]
fn coverage_is_told_in_words() {
    let place = place();
    let tenants = [NamedTenant::stored(place.tenant(), "contoso")];
    let span = Span::new(NOW.plus(-10 * HOUR), NOW.plus(5 * MINUTE));
    let of = || place.store.read(|snapshot| coverage::of(snapshot, &tenants, span)).unwrap();
    assert_eq!(
        of().in_words(),
        "nothing was collected yet: 0 of 11 hours settled, 11 missing (before first collection)"
    );
    let at = |at| HourState { seen: Some(Seen { at, ..Seen::default() }), ..HourState::default() };
    let counted = at(NOW.plus(4 * MINUTE));
    let mut due = counted.clone();
    due.seen.as_mut().unwrap().total = fingerprint::Fingerprint {
        tally: Tally { rows: 1, ..Tally::default() },
        ..Default::default()
    };
    let dispute = Dispute { reason: DisputeReason::Slow, since: NOW, tries: 1, next: Tick(0) };
    let disputed = HourState { dispute: Some(dispute), ..due.clone() };
    let first = NOW.hour().0 - 8;
    let hours = (first..=NOW.hour().0).map(|hour| {
        let state = match hour - first {
            2 => &disputed,
            3 | 4 => &due,
            _ => &counted,
        };
        (clickwarden::clock::Hour(hour), state)
    });
    let mut changes = Changes { hours: hours.collect(), progress: None };
    place.store.record(&place.lease, &changes).unwrap();
    let coverage = of();
    assert_eq!((coverage.hours, coverage.settled, coverage.provisional), (11, 4, 2));
    assert_eq!((coverage.disputed, coverage.missing(), coverage.gaps.len()), (1, 4, 2));
    assert_eq!(coverage.gaps[0].why, "before first collection");
    assert_eq!(coverage.gaps[1].span.ticks(), 2 * HOUR);
    assert_eq!(coverage.disputes[0].why, "the source gives no answer in time");
    assert_eq!(
        coverage.in_words(),
        "copy is incomplete as of 2026-07-19 22:04 UTC: 4 of 11 hours settled, 2 provisional, \
         1 disputed, 4 missing (before first collection; counted, not fetched yet)"
    );
    let before = at(NOW);
    changes.hours = (first - 2..=NOW.hour().0)
        .map(|hour| {
            (clickwarden::clock::Hour(hour), if hour == first { &before } else { &counted })
        })
        .collect();
    place.store.record(&place.lease, &changes).unwrap();
    assert_eq!(
        of().in_words(),
        "copy matches Defender by counts and fingerprint as of 2026-07-19 22:00 UTC: \
         9 of 11 hours settled, 2 provisional"
    );
}
