//! The store: what an answer does to what is held.

use std::collections::BTreeMap;

use clickwarden::click::{Present, Text};
use clickwarden::clock::{HOUR, SECOND, Span, Tick};
use clickwarden::store::{Applied, Cause, RowState};
use clickwarden::sync_state::hour::Acceptance::{Accept, Keep};

use crate::support::{NOW, Place, Row, place};

const HOUR_SPAN: Span = Span { from: NOW, until: NOW.plus(HOUR) };

fn row(second: i64, url: &str) -> Row {
    Row::new(NOW.plus(second * SECOND), url, "ClickAllowed")
}

fn touches(place: &Place) -> Vec<Cause> {
    let mut causes = Vec::new();
    place
        .store
        .read(|snapshot| {
            causes.extend(
                snapshot.touch_batch(place.tenant())?.touches.iter().map(|touch| touch.cause),
            );
            Ok(())
        })
        .unwrap();
    causes
}

fn counts(place: &Place) -> BTreeMap<String, u64> {
    place.store.read(|snapshot| snapshot.change_counts(place.tenant())).unwrap()
}

#[test]
fn rows_come_back_byte_for_byte() {
    let place = place();
    let mut odd = row(2, "https://ä.example/\u{0}\u{1b}[31m\"");
    for column in Text::ALL.into_iter().skip(1) {
        odd.set(column, &format!(" {}\u{202e} ", column.name()));
    }
    odd.clicked_through = None;
    odd.extra = r#"{"A":1.50,"B":{"c":[null]}}"#.to_owned();
    let mut bare = row(3, "");
    bare.texts = std::array::from_fn(|_| String::new());
    let guid = "0a1b2c3d-0000-4000-8000-00000000BEEF";
    let upper = row(4, "https://a.example/").with(Text::ReportId, guid).with(Text::SourceId, guid);
    let same_source = row(5, "https://a.example/")
        .with(Text::SourceId, "0a1b2c3d-0000-4000-8000-00000000beef")
        .with(Text::UrlChain, "[\"https://b.example/\",\"https://a.example/\"]");
    let rows = [row(1, "https://a.example/"), odd, bare, upper, same_source];
    let applied = place.apply(&rows, HOUR_SPAN, Accept, NOW);
    assert_eq!(applied, Applied { new: 5, ..Applied::default() });
    assert_eq!(place.live(), rows);
}

#[test]
fn the_same_answer_again_changes_nothing() {
    let place = place();
    let rows = [row(1, "a"), row(1, "a"), row(2, "b")];
    place.apply(&rows, HOUR_SPAN, Accept, NOW);
    let again = place.apply(&rows, HOUR_SPAN, Accept, NOW.plus(5));
    assert_eq!(again, Applied { same: 3, ..Applied::default() });
    assert_eq!(touches(&place).len(), 3);
    assert!(counts(&place).is_empty());
}

#[test]
fn equal_rows_are_as_many_as_an_accepted_answer_shows() {
    let place = place();
    let one = row(1, "a");
    for (count, expect) in [
        (3, Applied { new: 3, ..Applied::default() }),
        (1, Applied { same: 1, withdrawn: 2, ..Applied::default() }),
        (2, Applied { same: 1, returned: 1, ..Applied::default() }),
        (4, Applied { same: 2, returned: 1, new: 1, ..Applied::default() }),
    ] {
        let rows = vec![one.clone(); count];
        assert_eq!(place.apply(&rows, HOUR_SPAN, Accept, NOW), expect);
        assert_eq!(place.live(), rows);
    }
}

#[test]
fn an_answer_that_is_not_accepted_withdraws_nothing_and_doubles_nothing() {
    let place = place();
    place.apply(&[row(1, "a"), row(2, "b")], HOUR_SPAN, Accept, NOW);
    let changed = row(2, "b").with(Text::ThreatTypes, "Phish");
    let answer = [changed.clone(), changed.clone(), row(3, "c"), row(3, "c")];
    let applied = place.apply(&answer, HOUR_SPAN, Keep, NOW);
    assert_eq!(applied, Applied { new: 1, changed: 1, ..Applied::default() });
    assert_eq!(place.live(), [row(1, "a"), changed, row(3, "c")]);
}

#[test]
fn withdrawn_rows_stay_as_evidence_and_return() {
    let place = place();
    place.apply(&[row(1, "a"), row(2, "b")], HOUR_SPAN, Accept, NOW);
    let applied = place.apply(&[row(2, "b")], HOUR_SPAN, Accept, NOW.plus(SECOND));
    assert_eq!(applied, Applied { same: 1, withdrawn: 1, ..Applied::default() });
    let all = place.all();
    assert_eq!(all[1], (row(1, "a"), RowState::Withdrawn, NOW));
    let applied = place.apply(&[row(1, "a"), row(2, "b")], HOUR_SPAN, Keep, NOW.plus(9 * SECOND));
    assert_eq!(applied, Applied { same: 1, returned: 1, ..Applied::default() });
    assert_eq!(place.all()[1], (row(1, "a"), RowState::Live, NOW));
    assert_eq!(counts(&place), BTreeMap::from([("State".to_owned(), 2)]));
    let expect = [Cause::New, Cause::New, Cause::Withdrawn, Cause::Returned];
    assert_eq!(touches(&place), expect);
}

#[test]
fn a_row_replaced_keeps_the_time_when_it_was_first_stored() {
    let place = place();
    let pending = Row::new(NOW, "https://x.example/", "UrlScanInProgress");
    place.apply(std::slice::from_ref(&pending), HOUR_SPAN, Accept, NOW);
    let blocked = Row::new(NOW, "https://x.example/", "ClickBlocked");
    let other = row(0, "https://y.example/");
    let later = NOW.plus(100 * SECOND);
    let applied = place.apply(&[other.clone(), blocked.clone()], HOUR_SPAN, Accept, later);
    assert_eq!(applied, Applied { new: 1, replaced: 1, ..Applied::default() });
    let first = |wanted: &Row| place.all().into_iter().find(|(row, ..)| row == wanted).unwrap();
    assert_eq!(first(&blocked), (blocked.clone(), RowState::Live, NOW));
    assert_eq!(first(&pending), (pending.clone(), RowState::Withdrawn, NOW));
    assert_eq!(first(&other).2, later);
}

#[test]
fn changed_details_are_recorded_with_old_and_new() {
    let place = place();
    place.apply(&[row(1, "a")], HOUR_SPAN, Accept, NOW);
    let now = NOW.plus(SECOND);
    let changed = row(1, "a").with(Text::ThreatTypes, "Phish").with(Text::UrlChain, "");
    let applied = place.apply(std::slice::from_ref(&changed), HOUR_SPAN, Accept, now);
    assert_eq!(applied, Applied { changed: 1, ..Applied::default() });
    assert_eq!(place.live(), [changed]);
    assert_eq!(touches(&place), [Cause::New, Cause::Changed]);
    let counted = [("ThreatTypes".to_owned(), 1), ("UrlChain".to_owned(), 1)];
    assert_eq!(counts(&place), BTreeMap::from(counted));
    let changes = place.store.read(|snapshot| {
        let key = snapshot.touch_batch(place.tenant())?.touches.last().map(|touch| touch.key);
        snapshot.changes(place.tenant(), NOW.plus(SECOND), key.unwrap())
    });
    let changes = changes.unwrap();
    assert_eq!((changes[0].0, changes[0].1.old.as_str()), (now, ""));
    assert_eq!((changes[1].1.old.as_str(), changes[1].1.new.as_str()), ("[\"a\"]", ""));
}

#[test]
fn two_equal_rows_in_another_order_are_no_change() {
    let place = place();
    let [phish, plain] = [row(1, "a").with(Text::ThreatTypes, "Phish"), row(1, "a")];
    place.apply(&[phish.clone(), plain.clone()], HOUR_SPAN, Accept, NOW);
    let again = place.apply(&[plain, phish], HOUR_SPAN, Accept, NOW);
    assert_eq!(again, Applied { same: 2, ..Applied::default() });
}

#[test]
fn a_column_that_is_absent_changes_nothing_and_a_first_seen_one_is_no_news() {
    let place = place();
    let all = || Text::ALL.into_iter().filter(|column| *column != Text::AppName);
    let without = all().fold(Present::default(), Present::with);
    let named = row(1, "a").with(Text::AppName, "Outlook");
    place.apply_present(&[row(1, "a")], without, HOUR_SPAN, Accept, NOW);
    let first = place.apply(std::slice::from_ref(&named), HOUR_SPAN, Accept, NOW);
    assert_eq!(first, Applied { same: 1, ..Applied::default() });
    assert_eq!(place.live(), std::slice::from_ref(&named));
    let absent = place.apply_present(&[row(1, "a")], without, HOUR_SPAN, Accept, NOW);
    assert_eq!(absent, Applied { same: 1, ..Applied::default() });
    assert_eq!(place.live(), [named]);
    let gone = place.apply(&[row(1, "a")], HOUR_SPAN, Accept, NOW);
    assert_eq!(gone, Applied { changed: 1, ..Applied::default() });
    assert_eq!(counts(&place), BTreeMap::from([("AppName".to_owned(), 1)]));
}

#[test]
fn unknown_columns_are_compared_one_by_one() {
    let place = place();
    let with = |extra: &str| {
        let mut row = row(1, "a");
        row.extra = extra.to_owned();
        row
    };
    place.apply(&[with("")], HOUR_SPAN, Accept, NOW);
    let first = place.apply(&[with(r#"{"A":1}"#)], HOUR_SPAN, Accept, NOW);
    assert_eq!(first, Applied { same: 1, ..Applied::default() });
    let second = place.apply(&[with(r#"{"A":2,"B":"x"}"#)], HOUR_SPAN, Accept, NOW);
    assert_eq!(second, Applied { changed: 1, ..Applied::default() });
    assert_eq!(counts(&place), BTreeMap::from([("A".to_owned(), 1)]));
    assert_eq!(place.live(), [with(r#"{"A":2,"B":"x"}"#)]);
}

#[test]
fn a_window_touches_nothing_outside() {
    let place = place();
    let rows = [row(1, "a"), row(10, "b"), row(20, "c")];
    place.apply(&rows, HOUR_SPAN, Accept, NOW);
    let window = Span::new(NOW.plus(10 * SECOND), NOW.plus(20 * SECOND));
    let applied = place.apply(&[row(1, "z"), row(20, "z")], window, Accept, NOW);
    assert_eq!(applied, Applied { withdrawn: 1, ..Applied::default() });
    assert_eq!(place.live(), [row(1, "a"), row(20, "c")]);
}

#[test]
fn old_clicks_are_history_and_the_backlog_is_dropped_after_a_week() {
    let place = place();
    let day = Tick(NOW.0 - 25 * HOUR).hour().span();
    place.apply(&[Row::new(day.from, "a", "ClickAllowed")], day, Accept, NOW);
    assert!(touches(&place).is_empty());
    place.apply(&[row(1, "a")], HOUR_SPAN, Accept, NOW);
    assert_eq!(touches(&place), [Cause::New]);
    // A week later there is news again: what was there is gone, or there would be two.
    let week = NOW.plus(169 * HOUR).hour().span();
    let now = NOW.plus(170 * HOUR);
    place.apply(&[Row::new(week.from, "b", "ClickAllowed")], week, Accept, now);
    assert_eq!(touches(&place), [Cause::New]);
}

#[test]
fn filters_find_what_they_name() {
    let place = place();
    let rows = [
        row(1, "a"),
        row(2, "b").with(Text::AccountUpn, "BOB@contoso.example"),
        Row::new(NOW.plus(3 * SECOND), "a", "ClickBlockedByTenantPolicy"),
        row(3, "b"),
    ];
    place.apply(&rows, HOUR_SPAN, Accept, NOW);
    let found = |narrow: &dyn Fn(&mut clickwarden::store::ClickFilter)| {
        let rows = place.find(narrow);
        rows.into_iter().map(|(row, ..)| row).collect::<Vec<_>>()
    };
    assert_eq!(found(&|f| f.selection.urls.add("a")), [rows[2].clone(), rows[0].clone()]);
    assert_eq!(found(&|f| f.selection.users.add("bob@CONTOSO.example")), [rows[1].clone()]);
    assert_eq!(
        found(&|f| f.selection.actions.0.push("clickblockedbytenantpolicy".into())),
        [rows[2].clone()]
    );
    assert!(found(&|f| f.selection.actions.0.push("ClickBlocked".into())).is_empty());
    assert!(found(&|f| f.selection.urls.add("a/A")).is_empty());
    let span = Span::new(NOW.plus(2 * SECOND), NOW.plus(3 * SECOND));
    assert_eq!(found(&|f| f.span = span), [rows[1].clone()]);
}
