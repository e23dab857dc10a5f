//! The store against the plainest model: whatever answers come in whatever order, the live rows
//! are the model's, segments show exactly them, and a summary is a fold over them.

use std::collections::BTreeMap;

use clickwarden::click::{Present, Text};
use clickwarden::clock::{HOUR, Span, Tick};
use clickwarden::store::{Changes, FetchedAnswer, RowState};
use clickwarden::summary;
use clickwarden::sync_state::hour::Acceptance;
use proptest::prelude::*;

use crate::support::{NOW, Place, Row, clicks, place};

const STEP: i64 = HOUR / 8;

/// One answer.
#[derive(Clone, Debug)]
struct Answer {
    rows: Vec<Row>,
    window: Span,
    verdict: Acceptance,
}

fn row() -> impl Strategy<Value = Row> {
    let texts = (0..3i64, 0..2usize, 0..3usize, 0..3usize, any::<Option<bool>>());
    (0..16i64, texts).prop_map(|(time, (url, action, user, threat, clicked_through))| {
        let url = ["https://a.example/", "https://b.example/", ""][url as usize];
        let action = ["ClickBlocked", "ClickAllowed"][action];
        let mut row = Row::new(NOW.plus(time * STEP), url, action)
            .with(Text::AccountUpn, ["a@x", "A@X", ""][user])
            .with(Text::ThreatTypes, ["", "Phish", "Spam"][threat]);
        row.clicked_through = clicked_through;
        row
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    let window = (0..16i64, 1..17i64)
        .prop_map(|(from, len)| Span::new(NOW.plus(from * STEP), NOW.plus((from + len) * STEP)));
    let verdict = prop_oneof![3 => Just(Acceptance::Accept), 1 => Just(Acceptance::Keep)];
    (prop::collection::vec(row(), 0..12), window, verdict)
        .prop_map(|(rows, window, verdict)| Answer { rows, window, verdict })
}

/// What a row is, without its details.
fn identity(row: &Row) -> Row {
    let mut row = row.clone();
    for text in row.texts.iter_mut().skip(Text::IDENTITY) {
        text.clear();
    }
    row.extra.clear();
    row
}

/// How many rows of each identity were ever held, and which are live.
#[derive(Default)]
struct Model {
    ever: BTreeMap<Row, usize>,
    live: Vec<Row>,
}

impl Model {
    fn apply(&mut self, answer: &Answer) {
        let rows: Vec<&Row> = answer.rows.iter().filter(|r| answer.window.contains(r.at)).collect();
        match answer.verdict {
            Acceptance::Accept => {
                self.live.retain(|row| !answer.window.contains(row.at));
                self.live.extend(rows.iter().map(|row| (*row).clone()));
                let mut counts = BTreeMap::new();
                for row in rows {
                    *counts.entry(identity(row)).or_insert(0) += 1;
                }
                for (row, count) in counts {
                    let ever = self.ever.entry(row).or_default();
                    *ever = count.max(*ever);
                }
            }
            Acceptance::Keep => {
                for row in rows {
                    let one = identity(row);
                    if !self.live.iter().any(|live| identity(live) == one) {
                        self.ever.entry(one).or_insert(1);
                        self.live.push(row.clone());
                    }
                }
            }
        }
    }
}

fn sorted(rows: impl IntoIterator<Item = Row>) -> Vec<Row> {
    let mut rows: Vec<Row> = rows.into_iter().collect();
    rows.sort();
    rows
}

/// Each segment's clicks as rows without what segments leave out.
pub fn segments(place: &Place) -> Vec<(Tick, String, String, String, String, Option<bool>)> {
    let span = Span::new(NOW, NOW.plus(6 * HOUR));
    let mut rows = Vec::new();
    place
        .store
        .read(|snapshot| {
            snapshot.fold(place.tenant(), span, |slice| {
                let kinds: Vec<_> = slice.kinds().collect();
                for row in slice.rows() {
                    let kind = kinds[row.kind as usize];
                    rows.push((
                        row.tick,
                        snapshot.url(row.url)?,
                        snapshot.person(row.person)?,
                        snapshot.word(kind.action)?.to_string(),
                        snapshot.word(kind.threat)?.to_string(),
                        kind.clicked_through,
                    ));
                }
                Ok(())
            })
        })
        .unwrap();
    assert!(rows.is_sorted_by_key(|row| row.0));
    rows.sort();
    rows
}

fn check(place: &Place, model: &Model, answers: &[Answer]) -> Result<(), TestCaseError> {
    let live = place.live();
    let ids = |rows: &[Row]| sorted(rows.iter().map(identity));
    prop_assert_eq!(ids(&live), ids(&model.live), "live");
    if answers.iter().all(|answer| answer.verdict == Acceptance::Accept) {
        prop_assert_eq!(&live, &sorted(model.live.clone()), "details");
    }
    prop_assert_eq!(place.all().len(), model.ever.values().sum::<usize>(), "nothing is forgotten");
    let expect = live.iter().map(|row| {
        let text = |column| row.text(column).to_owned();
        let user = text(Text::AccountUpn).to_lowercase();
        let words = (text(Text::ActionType), text(Text::ThreatTypes));
        (row.at, text(Text::Url), user, words.0, words.1, row.clicked_through)
    });
    let mut expect: Vec<_> = expect.collect();
    expect.sort();
    prop_assert_eq!(segments(place), expect, "segments");
    let span = Span::new(NOW.plus(STEP), NOW.plus(13 * STEP));
    let query = crate::store_summary::query(vec![place.tenant()], span);
    let got = place.store.read(|snapshot| summary::compute(snapshot, &query)).unwrap();
    prop_assert_eq!(got, crate::store_summary::naive(&live, span), "summary");
    prop_assert_eq!(crate::db_check::damaged_parts(&place.store).unwrap(), [], "check");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_answers_in_any_order(answers in prop::collection::vec(answer(), 1..8)) {
        let place = place();
        let mut model = Model::default();
        for (n, answer) in answers.iter().enumerate() {
            let now = NOW.plus(n as i64);
            place.apply(&answer.rows, answer.window, answer.verdict, now);
            model.apply(answer);
            check(&place, &model, &answers[..=n])?;
        }
    }

    #[test]
    fn splitting_an_answer_into_windows_changes_nothing(
        rows in prop::collection::vec(row(), 0..20),
        cuts in prop::collection::btree_set(1..15i64, 0..5),
    ) {
        let (whole, parts) = (place(), place());
        let span = Span::new(NOW, NOW.plus(16 * STEP));
        whole.apply(&rows, span, Acceptance::Accept, NOW);
        let edges: Vec<i64> = [0].into_iter().chain(cuts).chain([16]).collect();
        for edge in edges.windows(2).rev() {
            let window = Span::new(NOW.plus(edge[0] * STEP), NOW.plus(edge[1] * STEP));
            parts.apply(&rows, window, Acceptance::Accept, NOW);
        }
        prop_assert_eq!(whole.live(), parts.live());
        prop_assert_eq!(segments(&whole), segments(&parts));
    }
}

#[test]
fn a_transaction_that_fails_leaves_nothing() {
    let place = place();
    let rows = [Row::new(NOW, "a", "ClickAllowed")];
    let batch = place.store.prepare(clicks(&rows), Present::ALL);
    place.store.release(&place.lease).unwrap();
    let window = NOW.hour().span();
    let failed = place.store.apply(
        &place.lease,
        &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
        &Changes::default(),
        NOW,
    );
    assert!(failed.is_err() && place.all().is_empty());
    let lease = crate::support::lease(&place.store, place.tenant());
    place
        .store
        .apply(
            &lease,
            &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
            &Changes::default(),
            NOW,
        )
        .unwrap();
    assert_eq!(place.all(), [(rows[0].clone(), RowState::Live, NOW)]);
}
