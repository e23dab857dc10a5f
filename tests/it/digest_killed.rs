//! The real daemon is killed between writing a digest down and delivering it.

use std::fs;

use clickwarden::clock::{Clock, DAY, HOUR, Span, Tick};
use clickwarden::kql::{add_click, click_table};
use clickwarden::store::{ReportCursor, Store};
use serde_json::Value;

use crate::delivering::until;
use crate::stand::{Running, Stand};
use crate::support::Row;

/// The ids of the messages in the outbox, oldest first.
fn messages(stand: &Stand) -> Vec<String> {
    let store = Store::open_read_only(&stand.database()).unwrap();
    let ids = store.read(|snapshot| {
        let mut all = snapshot.messages(None)?;
        all.sort_by_key(|message| message.seq);
        Ok(all.into_iter().map(|message| message.message).collect())
    });
    ids.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_outlives_the_process_that_made_it_and_is_made_once() {
    let now = Clock::System.now();
    let mut table = click_table(30 * DAY);
    let clicked = Row::new(now.plus(-3 * HOUR), "https://a.example/", "ClickBlocked");
    add_click(&mut table, &clicked.click(), Span::new(clicked.at, Tick(i64::MAX)));
    let stand = Stand::new(table, "interval = \"2s\"").await;
    let folder = stand.dir.path().join("not there yet");
    let (path, log) = (folder.join("out.jsonl"), stand.dir.path().join("log"));
    let text = stand.config_text(&stand.tenant.url(), "interval = \"2s\"");
    let sections = format!(
        "[[sink]]\nname = \"siem\"\ntype = \"file\"\npath = {path:?}\n[[report]]\n\
         name = \"often\"\nschedule = \"* * * * *\"\nsinks = [\"siem\"]\n"
    );
    fs::write(stand.config(), format!("{text}{sections}")).unwrap();
    let reported_until = now.plus(-5 * HOUR);
    tokio::task::block_in_place(|| {
        let store = Store::open(&stand.database()).unwrap();
        let schedule = "* * * * * (UTC)".to_owned();
        let cursor = ReportCursor { schedule, since: now.plus(-DAY), reported_until };
        store.set_report_cursor("often", &cursor).unwrap();
        let said = || fs::read_to_string(&log).unwrap_or_default();
        // Nothing can be delivered; it is killed as soon as the digest is there.
        let mut running = Running::start(stand.command(&["run"]), &log);
        until("a digest is written down", || !messages(&stand).is_empty(), said);
        running.0.kill().unwrap();
        running.0.wait().unwrap();
        let before = messages(&stand);
        fs::create_dir(&folder).unwrap();
        let lines = || fs::read_to_string(&path).unwrap_or_default();
        let running = Running::start(stand.command(&["run"]), &log);
        until("it is delivered", || lines().contains('\n'), said);
        running.stop();
        let lines: Vec<Value> =
            lines().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["id"], before[0].as_str());
        let data = &lines[0]["data"]["content"];
        assert_eq!(data["from"], reported_until.to_string(), "{:#}", lines[0]);
        assert_eq!(data["totals"]["Blocked"], 1);
        let mut ids = messages(&stand);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), messages(&stand).len(), "none is made twice");
    });
}
