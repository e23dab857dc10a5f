//! The real program against the simulated tenant, over real HTTP.

use std::time::Duration;

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::demo::{Fault, Quota, Retry, Rhythm, invent_clicks, invented_table};
use clickwarden::kql;

use crate::stand::Stand;

fn now() -> Tick {
    Clock::System.now()
}

/// What both sides are sure to keep while a test runs.
fn kept() -> Span {
    Span::new(now().plus(HOUR - 30 * DAY).hour().end(), now().plus(-2 * HOUR))
}

/// A table whose rows are all there from the start.
fn settled_table(count: usize) -> kql::Table {
    let mut table = kql::click_table(30 * DAY);
    let span = Span::new(now().plus(-30 * DAY), now().plus(-2 * HOUR));
    invent_clicks(&mut table, 11, span, count, Rhythm::OfficeHours);
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sync_makes_the_copy_equal_the_source() {
    let stand = Stand::new(invented_table(3, now(), 3_000), "").await;
    let output = stand.run(&["sync", "--format", "json"]);
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let tenant = &report["tenants"][0];
    assert_eq!(tenant["gaps"].as_array().unwrap().len(), 0, "{report}");
    // The hour before this one is provisional until it has been over for half an hour.
    let number = |name: &str| tenant[name].as_u64().unwrap();
    assert!(number("hours") - number("settled") <= 1, "{report}");
    assert!(tenant["calls"].as_u64().unwrap() <= 10, "{report}");
    let copy = stand.copy(kept());
    assert!(copy.len() > 2_000);
    assert_eq!(copy, stand.truth(kept()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_asks_nothing_before_its_time() {
    let stand = Stand::new(settled_table(200), "").await;
    let output = stand.run(&["sync"]);
    assert!(output.status.success(), "{output:?}");
    let asked = stand.tenant.queries();
    let output = stand.run(&["sync"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stand.tenant.queries(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_is_made_before_the_gate_opens() {
    let stand = Stand::new(settled_table(200), "").await;
    for retry in [Retry::Seconds(3_000), Retry::Date(now().plus(DAY / 2)), Retry::InMessage(2_871)]
    {
        let fault = Some(Fault::Throttled(Quota::Cpu, retry));
        stand.tenant.expect_faults([fault]);
        let asked = stand.tenant.queries();
        let first = stand.run(&["sync"]);
        assert_eq!(first.status.code(), Some(75), "{first:?}");
        assert_eq!(stand.tenant.queries(), asked + 1);
        let second = stand.run(&["sync"]);
        assert_eq!(second.status.code(), Some(75));
        assert!(String::from_utf8_lossy(&second.stdout).contains("gate"), "{second:?}");
        assert_eq!(stand.tenant.queries(), asked + 1);
        std::fs::remove_file(stand.database()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_to_do() {
    let stand = Stand::new(settled_table(10), "").await;
    stand.write_secret("wrong");
    let output = stand.run(&["sync"]);
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("AADSTS7000215"), "{output:?}");
}

/// Kills the daemon again and again while everything else goes wrong too; once the source behaves,
/// the copy equals it.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_copy_converges() {
    let collect = "interval = \"1s\"\nfetch_rows = 150";
    let stand = Stand::new(settled_table(4_000), collect).await;
    let mut random = fastrand::Rng::with_seed(5);
    let mut dice = random.fork();
    stand.tenant.script_faults(move |_, _| {
        let faults = [
            Fault::Unavailable(Retry::Unsaid),
            Fault::Timeout,
            Fault::TooBigAbove(dice.usize(20..100)),
            Fault::Missing(0),
            Fault::Reset,
            Fault::Half,
            Fault::Html,
            Fault::NullResults,
            Fault::Unauthorized,
        ];
        (dice.u8(..) < 60).then(|| faults[dice.usize(..faults.len())])
    });
    let met = || stand.tenant.asked().iter().filter(|asked| asked.fault.is_some()).count();
    let mut kills = 0;
    while kills < 30 || met() <= 20 {
        assert!(kills < 200, "only {} faults were met", met());
        let mut daemon = stand.start(&["run"]);
        tokio::time::sleep(Duration::from_millis(random.u64(30..400))).await;
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        kills += 1;
    }
    stand.tenant.behave();
    let mut daemon = stand.start(&["run"]);
    let truth = stand.truth(kept());
    let deadline = now().plus(MINUTE);
    while stand.copy(kept()) != truth {
        assert!(now() < deadline, "the copy does not converge");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let asked_to_stop = now();
    std::process::Command::new("kill").arg(daemon.id().to_string()).status().unwrap();
    assert!(daemon.wait().unwrap().success());
    assert!(now().since(asked_to_stop) < 10 * SECOND);
}
