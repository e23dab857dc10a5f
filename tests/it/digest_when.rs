//! When digests are made, and of which stretch of time: the stage by a clock that tests set.

use clickwarden::clock::{DAY, HOUR, MINUTE, Span};

use crate::reports::{Desk, Passes, at, daily};
use crate::support::Row;

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(from, until)| ((*from).to_owned(), (*until).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_digest_covers_a_whole_period_and_the_past_is_not_told() {
    let start = at("2026-11-20T14:30:00Z");
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &daily("")));
    desk.run_until(at("2026-11-21T07:09:00Z"), Passes::End).await;
    assert_eq!(desk.windows(), []);
    desk.run_until(at("2026-11-21T07:12:00Z"), Passes::End).await;
    let first = ("2026-11-20T07:00:00Z", "2026-11-21T07:00:00Z");
    assert_eq!(desk.windows(), pairs(&[first]));
    desk.run_until(at("2026-11-22T12:00:00Z"), Passes::End).await;
    assert_eq!(desk.windows(), pairs(&[first, ("2026-11-21T07:00:00Z", "2026-11-22T07:00:00Z")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_spring_and_autumn_nothing_is_missing_and_nothing_told_twice() {
    for (start, wanted) in [
        (
            "2026-03-28T06:00:00Z",
            ["2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z"],
        ),
        (
            "2026-10-24T05:00:00Z",
            ["2026-10-24T06:00:00Z", "2026-10-25T07:00:00Z", "2026-10-26T07:00:00Z"],
        ),
    ] {
        let start = at(start);
        let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &daily("")));
        desk.run_until(start.plus(2 * DAY + 3 * HOUR), Passes::End).await;
        let windows = desk.windows();
        let ends: Vec<&str> = windows.iter().map(|(_, until)| until.as_str()).collect();
        assert_eq!(ends, wanted);
        for pair in windows.windows(2) {
            assert_eq!(pair[0].1, pair[1].0);
        }
    }
    // What falls into the hour that is left out, or comes twice, is told once.
    for day in ["2026-03-28", "2026-10-24"] {
        let night = daily("").replace("0 8 * * *", "30 2 * * *");
        let start = at(&format!("{day}T12:00:00Z"));
        let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &night));
        desk.run_until(start.plus(DAY), Passes::End).await;
        assert_eq!(desk.windows().len(), 1, "{day}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_a_day_no_hour_is_left_out_whatever_the_clocks_do() {
    for (start, wanted) in [
        // 02:00 is left out on 29 March, so it is due at 03:00.
        (
            "2026-03-28T06:00:00Z",
            ["2026-03-28T13:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T12:00:00Z"],
        ),
        // 02:00 comes twice on 25 October, and it is 13 hours until 14:00.
        (
            "2026-10-24T06:00:00Z",
            ["2026-10-24T12:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T13:00:00Z"],
        ),
    ] {
        for window in ["", "window = \"12h\""] {
            let start = at(start);
            let twice = daily(window).replace("0 8 * * *", "0 2,14 * * *");
            let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &twice));
            desk.run_until(start.plus(DAY + 8 * HOUR), Passes::End).await;
            let windows = desk.windows();
            let ends: Vec<&str> = windows.iter().map(|(_, until)| until.as_str()).collect();
            assert_eq!(ends, wanted, "{window}");
            for pair in windows.windows(2) {
                // The next begins where the last one ended, or before.
                assert!(pair[1].0 <= pair[0].1, "{window}: {windows:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_three_days_off_one_digest_tells_of_all() {
    let start = at("2026-11-16T05:00:00Z");
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &daily("")));
    desk.run_until(at("2026-11-16T12:00:00Z"), Passes::End).await;
    assert_eq!(desk.windows().len(), 1);
    desk.clock.advance(std::time::Duration::from_hours(72));
    desk.restart();
    // There is time for a pass before it goes out.
    desk.run_until(at("2026-11-19T12:10:00Z"), Passes::Fail).await;
    assert_eq!(desk.windows().len(), 1);
    desk.run_until(at("2026-11-19T12:11:00Z"), Passes::End).await;
    let span = ("2026-11-16T07:00:00Z", "2026-11-19T07:00:00Z");
    assert_eq!(desk.windows()[1..], pairs(&[span]));
    desk.restart();
    desk.run_until(at("2026-11-20T06:00:00Z"), Passes::End).await;
    assert_eq!(desk.windows().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_months_off_it_looks_back_31_days() {
    let start = at("2026-03-01T05:00:00Z");
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &daily("")));
    desk.run_until(at("2026-03-01T06:00:00Z"), Passes::End).await;
    desk.clock.advance(std::time::Duration::from_hours(24 * 120));
    desk.restart();
    desk.run_until(at("2026-06-29T12:00:00Z"), Passes::End).await;
    assert_eq!(desk.windows(), pairs(&[("2026-05-29T06:00:00Z", "2026-06-29T06:00:00Z")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_a_pass_and_then_says_what_is_missing() {
    let start = at("2026-11-20T06:00:00Z");
    let two = daily("tenants = [\"contoso\", \"fabrikam\"]");
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso", "fabrikam"], start, &two));
    desk.run_until(at("2026-11-20T07:05:00Z"), Passes::Fail).await;
    // A pass that began too early does not know all; one of one tenant is not enough.
    tokio::task::block_in_place(|| {
        desk.passed("contoso", at("2026-11-20T07:10:00Z"));
        desk.passed("fabrikam", at("2026-11-20T07:09:59Z"));
    });
    desk.run_until(at("2026-11-20T07:19:59Z"), Passes::Fail).await;
    assert_eq!(desk.windows(), []);
    desk.run_until(at("2026-11-20T07:20:30Z"), Passes::Fail).await;
    let posted = desk.posted();
    assert_eq!(posted.len(), 1);
    let text = serde_json::to_string(&posted[0].content.blocks).unwrap();
    let said = "fabrikam: no pass has ended since 2026-11-20 08:00 CET; clicks that Defender shows late may be";
    assert!(text.contains(said), "{text}");
    assert_eq!(posted[0].content.data["coverage"]["no_pass_since"][0], "fabrikam");
    // With both it goes at once.
    tokio::task::block_in_place(|| {
        for tenant in ["contoso", "fabrikam"] {
            desk.passed(tenant, at("2026-11-21T07:10:00Z"));
        }
    });
    desk.run_until(at("2026-11-21T07:10:01Z"), Passes::Fail).await;
    assert_eq!(desk.posted().len(), 2);
    assert!(
        !serde_json::to_string(&desk.posted()[1].content)
            .unwrap()
            .contains("no pass has ended since")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_back_repeats_nothing() {
    let start = at("2026-11-20T06:00:00Z");
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &daily("")));
    desk.run_until(at("2026-11-20T08:00:00Z"), Passes::End).await;
    assert_eq!(desk.windows().len(), 1);
    for back in [2 * HOUR, 5 * HOUR, 20 * HOUR] {
        desk.clock.set_by(-back);
        let now = desk.clock.now();
        desk.run_until(now.plus(back), Passes::End).await;
        assert_eq!(desk.windows().len(), 1, "{back}");
    }
    // Far ahead, and right again: told once more when it is due, and never for the same time.
    desk.clock.set_by(40 * DAY);
    let now = desk.clock.now();
    desk.run_until(now.plus(DAY), Passes::End).await;
    let ahead = desk.windows().len();
    desk.clock.set_by(-40 * DAY);
    let now = desk.clock.now();
    desk.run_until(now.plus(2 * DAY), Passes::End).await;
    let windows = desk.windows();
    assert!(windows.len() > ahead, "{windows:?}");
    let mut ends: Vec<&String> = windows.iter().map(|(_, until)| until).collect();
    ends.sort();
    ends.dedup();
    assert_eq!(ends.len(), windows.len(), "{windows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_schedule_goes_on_from_the_last_digest() {
    let start = at("2026-11-20T06:00:00Z");
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &daily("")));
    desk.run_until(at("2026-11-20T15:00:00Z"), Passes::End).await;
    assert_eq!(desk.windows().len(), 1);
    tokio::task::block_in_place(|| desk.reconfigure("0 8 * * *", "0 10 * * *"));
    desk.run_until(at("2026-11-20T23:00:00Z"), Passes::End).await;
    assert_eq!(desk.windows().len(), 1, "nobody waited for ten o'clock of that day");
    desk.run_until(at("2026-11-21T12:00:00Z"), Passes::End).await;
    assert_eq!(desk.windows()[1..], pairs(&[("2026-11-20T07:00:00Z", "2026-11-21T09:00:00Z")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_window_each_looks_as_far_back() {
    let start = at("2026-11-20T06:00:00Z");
    let week = daily("window = \"7d\"");
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &week));
    desk.run_until(at("2026-11-21T12:00:00Z"), Passes::End).await;
    let wanted = [
        ("2026-11-13T07:00:00Z", "2026-11-20T07:00:00Z"),
        ("2026-11-14T07:00:00Z", "2026-11-21T07:00:00Z"),
    ];
    assert_eq!(desk.windows(), pairs(&wanted));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_due_every_five_minutes_is_told_every_five_minutes() {
    let start = at("2026-11-20T06:01:00Z");
    let often = daily("").replace("0 8 * * *", "*/5 * * * *");
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &often));
    desk.run_until(start.plus(HOUR), Passes::End).await;
    let windows = desk.windows();
    assert!(windows.len() >= 8, "{windows:?}");
    for pair in windows.windows(2) {
        assert_eq!(pair[0].1, pair[1].0);
    }
}

/// The process dies after the digest is written down and before it is delivered.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_down_survives_and_is_not_made_again() {
    let start = at("2026-11-20T06:00:00Z");
    let mail = "[[sink]]\nname = \"mail\"\ntype = \"email\"\nhost = \"mail.example\"\n\
                from = \"c@contoso.example\"\nto = [\"a@contoso.example\", \"b@contoso.example\"]\n";
    let sections = format!("{mail}{}", daily("").replace("[\"soc\"]", "[\"soc\", \"mail\"]"));
    let mut desk = tokio::task::block_in_place(|| Desk::new(&["contoso"], start, &sections));
    let row = Row::new(start.plus(-MINUTE), "https://a.example/", "ClickBlocked");
    tokio::task::block_in_place(|| {
        desk.fill("contoso", &[row], Span::new(start.plus(-DAY), start));
    });
    desk.run_until(at("2026-11-20T07:12:00Z"), Passes::End).await;
    let posted = desk.posted();
    let to: Vec<(&str, &str)> =
        posted.iter().map(|one| (one.sink.as_str(), one.recipient.as_str())).collect();
    let wanted = [("mail", "a@contoso.example"), ("mail", "b@contoso.example"), ("soc", "")];
    assert_eq!(to, wanted);
    assert_eq!(posted[0].id, posted[1].id);
    assert_ne!(posted[0].id, posted[2].id);
    assert!(posted.iter().all(|one| one.id.chars().all(|c| c.is_ascii_alphanumeric())));
    for _ in 0..3 {
        desk.restart();
        let now = desk.clock.now();
        desk.run_until(now.plus(HOUR), Passes::End).await;
    }
    assert_eq!(desk.posted(), posted);
}
