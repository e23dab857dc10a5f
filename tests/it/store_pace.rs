//! The store: leases, the gate, the ledger of calls, hours and progress.

use std::time::Duration;

use clickwarden::clock::{DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::store::{
    Changes, FetchedAnswer, Lease, LeaseClaim, Owner, Permit, Store, StoreError,
};
use clickwarden::sync_state::hour::{Acceptance, HourState, Seen};
use clickwarden::sync_state::progress::Progress;

use crate::support::{NOW, Row, clicks, place};

const TTL: Duration = Duration::from_mins(2);

fn elsewhere(name: &str) -> Owner {
    Owner { host: name.into(), boot: "b".into(), pid: 1, started: 1 }
}

fn granted(claim: LeaseClaim) -> Lease {
    match claim {
        LeaseClaim::Granted(lease) => lease,
        LeaseClaim::Taken { by, until } => panic!("held by {by:?} until {until}"),
    }
}

#[test]
fn a_lease_is_one_processs_until_its_time_is_up() {
    let place = place();
    let tenant = place.tenant();
    let claim = |now| place.store.lease(tenant, &elsewhere("b"), TTL, now).unwrap();
    let until = NOW.plus(2 * MINUTE);
    assert_eq!(claim(NOW.plus(SECOND)), LeaseClaim::Taken { by: Owner::here(), until });
    place.store.renew(&place.lease, TTL, NOW.plus(MINUTE)).unwrap();
    assert!(matches!(claim(until), LeaseClaim::Taken { .. }));
    let second = granted(claim(NOW.plus(3 * MINUTE)));
    assert!(second.token() > place.lease.token());
    let renewed = place.store.renew(&place.lease, TTL, NOW);
    assert!(matches!(renewed, Err(StoreError::LeaseLost)));
    let holder = place.store.read(|s| s.lease_holder(tenant, NOW.plus(3 * MINUTE))).unwrap();
    assert_eq!(holder, Some((elsewhere("b"), NOW.plus(5 * MINUTE))));
}

#[test]
fn a_lost_lease_writes_nothing() {
    let place = place();
    let later = NOW.plus(HOUR);
    let second = place.store.lease(place.tenant(), &elsewhere("b"), TTL, later).unwrap();
    let lost =
        |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::LeaseLost)));
    let batch =
        place.store.prepare(clicks(&[Row::new(NOW, "a", "x")]), clickwarden::click::Present::ALL);
    let (window, changes) = (NOW.hour().span(), Changes::default());
    let (store, old) = (&place.store, &place.lease);
    lost(
        store
            .apply(
                old,
                &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
                &changes,
                later,
            )
            .map(drop),
    );
    lost(store.record(old, &changes));
    lost(store.take_call(old, 10, later).map(drop));
    assert!(place.all().is_empty());
    // Freeing what was lost frees nothing.
    store.release(old).unwrap();
    store.renew(&granted(second), TTL, later).unwrap();
}

#[test]
fn a_lease_is_free_when_released_or_its_owner_is_dead() {
    let place = place();
    let tenant = place.tenant();
    place.store.release(&place.lease).unwrap();
    assert!(matches!(place.store.renew(&place.lease, TTL, NOW), Err(StoreError::LeaseLost)));
    let dead = Owner { pid: u32::MAX, ..Owner::here() };
    granted(place.store.lease(tenant, &dead, TTL, NOW).unwrap());
    let lease = granted(place.store.lease(tenant, &elsewhere("b"), TTL, NOW).unwrap());
    assert_eq!(lease.token(), 3);
}

#[test]
fn a_clock_that_jumps_back_does_not_hold_a_lease_for_ever() {
    let place = place();
    let claim = |now| place.store.lease(place.tenant(), &elsewhere("b"), TTL, now).unwrap();
    let back = NOW.plus(-DAY);
    assert!(matches!(claim(back), LeaseClaim::Taken { .. }));
    assert!(matches!(claim(back.plus(MINUTE)), LeaseClaim::Taken { .. }));
    granted(claim(back.plus(2 * MINUTE)));
}

/// A daemon of a short interval is back before anybody else has asked again.
#[test]
fn who_waits_for_a_lease_gets_it_before_its_holder_does_again() {
    let place = place();
    let tenant = place.tenant();
    let claim = |who: &Owner, now| place.store.lease(tenant, who, TTL, now).unwrap();
    let (daemon, sync, other) = (Owner::here(), elsewhere("sync"), elsewhere("other"));
    let is_taken = |claim: LeaseClaim, holder: &Owner| matches!(claim, LeaseClaim::Taken { by, .. } if by == *holder);
    assert!(is_taken(claim(&sync, NOW), &daemon));
    assert!(is_taken(claim(&other, NOW.plus(SECOND)), &daemon));
    place.store.release(&place.lease).unwrap();
    // Free, but somebody waits for it, and somebody else behind.
    assert!(is_taken(claim(&daemon, NOW.plus(2 * SECOND)), &sync));
    assert!(is_taken(claim(&other, NOW.plus(2 * SECOND)), &sync));
    let lease = granted(claim(&sync, NOW.plus(3 * SECOND)));
    assert!(is_taken(claim(&daemon, NOW.plus(4 * SECOND)), &sync));
    place.store.release(&lease).unwrap();
    assert!(is_taken(claim(&sync, NOW.plus(5 * SECOND)), &other));
    // Who asks no more waits no more.
    let lease = granted(claim(&daemon, NOW.plus(13 * SECOND)));
    place.store.release(&lease).unwrap();
    granted(claim(&sync, NOW.plus(14 * SECOND)));
}

fn take(place: &crate::support::Place, now: Tick) -> Permit {
    place.store.take_call(&place.lease, 3, now).unwrap()
}

#[test]
fn no_more_calls_than_allowed_in_any_minute() {
    let place = place();
    for second in [0, 10, 20] {
        assert_eq!(take(&place, NOW.plus(second * SECOND)), Permit::Go);
    }
    let until = NOW.plus(MINUTE);
    assert_eq!(take(&place, NOW.plus(30 * SECOND)), Permit::Pace { until });
    assert_eq!(take(&place, until.plus(-1)), Permit::Pace { until });
    assert_eq!(take(&place, until), Permit::Go);
    assert_eq!(take(&place, until), Permit::Pace { until: NOW.plus(70 * SECOND) });
    let calls = place.store.read(|s| s.calls_last_minute(place.tenant(), until)).unwrap();
    assert_eq!(calls, 3);
    assert!(matches!(place.store.take_call(&place.lease, 0, until), Ok(Permit::Pace { .. })));
}

#[test]
fn the_ledger_and_the_gate_bind_every_process() {
    let place = place();
    for _ in 0..3 {
        assert_eq!(take(&place, NOW), Permit::Go);
    }
    let other = Store::open(place.store.file().path()).unwrap();
    let paced = other.take_call(&place.lease, 3, NOW).unwrap();
    assert_eq!(paced, Permit::Pace { until: NOW.plus(MINUTE) });
    other.close_gate(&place.lease, Duration::from_mins(5), "429", NOW).unwrap();
    let until = NOW.plus(5 * MINUTE);
    let closed = Permit::Closed { until, why: "429".into() };
    assert_eq!(take(&place, until.plus(-1)), closed);
    let gate = |now| place.store.read(|s| s.gate(place.tenant(), now)).unwrap();
    assert_eq!((gate(NOW), gate(until)), (Some((until, "429".into())), None));
    assert_eq!(take(&place, until), Permit::Go);
}

#[test]
fn a_gate_keeps_the_later_end_and_never_lasts_more_than_a_day() {
    let place = place();
    let close = |length, why: &str| place.store.close_gate(&place.lease, length, why, NOW).unwrap();
    close(Duration::from_mins(5), "a");
    close(Duration::from_mins(1), "b");
    let gate = || place.store.read(|s| s.gate(place.tenant(), NOW)).unwrap().unwrap();
    assert_eq!(gate(), (NOW.plus(5 * MINUTE), "a".into()));
    close(Duration::from_hours(99), "c");
    assert_eq!(gate(), (NOW.plus(DAY), "c".into()));
}

#[test]
fn a_clock_that_jumps_back_lengthens_neither_gate_nor_pace() {
    let place = place();
    place.store.close_gate(&place.lease, Duration::from_mins(5), "429", NOW).unwrap();
    let back = NOW.plus(-DAY);
    let until = back.plus(5 * MINUTE);
    assert_eq!(take(&place, back), Permit::Closed { until, why: "429".into() });
    assert_eq!(take(&place, until.plus(-1)), Permit::Closed { until, why: "429".into() });
    for _ in 0..3 {
        assert_eq!(take(&place, until), Permit::Go);
    }
    assert_eq!(take(&place, until), Permit::Pace { until: until.plus(MINUTE) });
    let further = until.plus(-HOUR);
    assert_eq!(take(&place, further), Permit::Pace { until: further.plus(MINUTE) });
    assert_eq!(take(&place, further.plus(MINUTE)), Permit::Go);
}

#[test]
fn hours_and_progress_come_back() {
    let place = place();
    let state =
        HourState { seen: Some(Seen { at: NOW, ..Seen::default() }), ..HourState::default() };
    let progress = Progress { fetches: 7, last_error: Some("x".into()), ..Progress::default() };
    let changes = Changes { hours: vec![(NOW.hour(), &state)], progress: Some(&progress) };
    place.store.record(&place.lease, &changes).unwrap();
    let (loaded, hours) = place.store.load(place.tenant()).unwrap();
    assert_eq!(loaded, progress);
    assert_eq!(hours.into_iter().collect::<Vec<_>>(), [(NOW.hour(), state)]);
    let within = |span| place.store.read(|s| s.hours(place.tenant(), span)).unwrap().len();
    assert_eq!(within(Span::new(NOW.plus(1), NOW.plus(2))), 1);
    assert_eq!(within(Span::new(NOW.plus(-HOUR), NOW)), 0);
    assert_eq!(within(Span::new(NOW, NOW)), 0);
}
