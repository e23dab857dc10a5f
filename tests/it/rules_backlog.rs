//! More news than is looked at together: the same alerts open, wherever it is cut.

use clickwarden::clock::{HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::stage::Step;

use crate::alerting::{Post, SOC, click, monday, through};
use crate::support::Row;

/// So many touches are enough for one step.
const ENOUGH: usize = 50_000;

const RULE: &str = "[[rule]]\nname = \"both\"\nby = [\"url\"]\nover = \"24h\"\nseverity = \"high\"\n\
                    when = \"clicked_through > 0 && blocked > 0\"\n";

/// Clicks that no rule asks for, an hour long.
fn others(from: Tick) -> Vec<Row> {
    (0..ENOUGH as i64)
        .map(|n| click(from.plus(n * HOUR / ENOUGH as i64), "u", "https://o.example/", "Odd"))
        .collect()
}

#[test]
fn a_backlog_is_looked_at_in_steps_and_what_is_still_to_come_is_not_taken_for_known() {
    let sections = format!("{SOC}{RULE}");
    let mut post = Post::new(&["contoso"], &sections);
    let at = |minute: i64| monday().plus(-30 * HOUR + minute * MINUTE);
    let window = |minute: i64| Span::new(at(minute), at(minute).plus(MINUTE));
    let url = "https://a.example/";
    // Known: somebody went on, and nothing was blocked within a day.
    post.answer("contoso", &[through(at(90), "ann", url, "ClickAllowed")], window(90));
    post.pass("contoso", None);
    post.settle();
    let known = post.alerts().len();
    // Either of two blocks before it makes the alert; they are in different steps.
    let block = |minute: i64| [click(at(minute), "bob", url, "ClickBlocked")];
    post.answer("contoso", &block(10), window(10));
    post.answer("contoso", &others(at(20)), Span::new(at(20), at(80)));
    post.answer("contoso", &block(12), window(12));
    let tenant = post.store.tenant("contoso").unwrap();
    let news = |post: &Post| post.store.read(|snapshot| snapshot.touch_batch(tenant)).unwrap();
    let first = news(&post);
    assert_eq!((first.transactions, first.touches.len()), (2, ENOUGH + 1));
    assert_eq!(first.later, [at(12)]);
    post.pass("contoso", None);
    assert!(matches!(post.step(), Step::Worked));
    assert_eq!((news(&post).transactions, news(&post).later.len()), (1, 0));
    post.settle();
    assert_eq!(news(&post).transactions, 0);
    let opened: Vec<String> =
        post.alerts().into_iter().skip(known).map(|alert| alert.rule).collect();
    assert_eq!(opened.iter().filter(|rule| *rule == "both").count(), 1, "{opened:?}");
    // Later ones are of the same alert.
    post.clock.advance(std::time::Duration::from_secs(1));
    post.answer("contoso", &[click(at(11).plus(SECOND), "eve", url, "ClickBlocked")], window(11));
    post.pass("contoso", None);
    post.settle();
    assert_eq!(post.alerts().len() - known, opened.len());
}
