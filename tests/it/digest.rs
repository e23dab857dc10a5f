//! What digests tell: held against `summary`, over the real program and its stage.

use clickwarden::click::Text;
use clickwarden::clock::{DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::message::{Block, Content, Value as Part};
use serde_json::{Value, json};

use crate::alerting::{self, Post, SOC};
use crate::reports::{Desk, Passes, at, daily, file_sink};
use crate::support::Row;

const PHISH: &str = "Phish";

fn url(number: u64) -> String {
    format!("https://u{number}.example/p?token=secret{number}")
}

fn row(at: Tick, number: u64, action: &str, threat: &str, user: &str) -> Row {
    Row::new(at, &url(number), action).with(Text::ThreatTypes, threat).with(Text::AccountUpn, user)
}

fn through(mut row: Row) -> Row {
    row.clicked_through = Some(true);
    row
}

/// A digest of the day before `at("2026-11-20T07:00:00Z")`, with all that can be in one.
async fn told(rows: &[Row], sections: &str) -> Desk {
    let start = at("2026-11-20T06:00:00Z");
    let mut desk = tokio::task::block_in_place(|| {
        let desk = Desk::new(&["contoso"], start, sections);
        desk.fill("contoso", rows, Span::new(start.plus(-4 * DAY), start.plus(HOUR)));
        desk
    });
    desk.run_until(at("2026-11-20T07:12:00Z"), Passes::End).await;
    desk
}

/// The day that [`told`] tells of.
fn day() -> Tick {
    at("2026-11-19T07:00:00Z")
}

fn varied() -> Vec<Row> {
    let day = day();
    let (ann, bob) = ("Ann@contoso.example", "bob@contoso.example");
    let mut rows = vec![
        // Past a block: its own row says blocked.
        through(row(day.plus(MINUTE), 1, "ClickBlocked", PHISH, ann)),
        // Past a scan that was shown half an hour before.
        row(day.plus(2 * HOUR), 2, "UrlScanInProgress", "", bob),
        through(row(day.plus(2 * HOUR + 30 * MINUTE), 2, "ClickAllowed", "", bob)),
        // Let through although something was known.
        row(day.plus(3 * HOUR), 3, "ClickAllowed", "Malware, Phish", bob),
        row(day.plus(4 * HOUR), 4, "ClickBlocked", PHISH, bob),
        row(day.plus(5 * HOUR), 5, "ClickBlockedByTenantPolicy", "", bob),
        row(day.plus(6 * HOUR), 6, "UrlErrorPage", PHISH, ann),
        // Spam harms nobody.
        row(day.plus(7 * HOUR), 7, "ClickAllowed", "Spam", ann),
        row(day.plus(8 * HOUR), 8, "ClickAllowed", "", ann),
        // Known from two days before, and from before the window by a tick.
        row(day.plus(-2 * DAY), 4, "ClickAllowed", "", ann),
        row(day.plus(-1), 1, "ClickAllowed", "", ann),
    ];
    rows.extend((0..5).map(|n| row(day.plus(9 * HOUR + n * SECOND), 8, "ClickAllowed", "", bob)));
    rows
}

fn words(content: &Content) -> String {
    serde_json::to_string(&content.blocks).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_click_is_counted_where_it_belongs() {
    let desk = told(&varied(), &daily("")).await;
    let content = &desk.posted()[0].content;
    let totals = &content.data["totals"];
    let count = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(
        ["ClickedPastBlock", "ClickedPastScan", "AllowedWithThreat", "UsersAtRisk"].map(count),
        [1, 1, 1, 2]
    );
    assert_eq!(["Clicks", "Urls", "CleanUrls", "CleanClicks"].map(count), [14, 8, 2, 7]);
    let rows = content.data["rows"].as_array().unwrap();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let classes: Vec<_> = rows.iter().map(|row| (text(row, "Url"), text(row, "Class"))).collect();
    let wanted =
        [(1, "risky"), (3, "risky"), (4, "blocked"), (2, "risky"), (5, "blocked"), (6, "risky")];
    let wanted: Vec<_> = wanted.map(|(n, class)| (url(n), class.to_owned())).to_vec();
    assert_eq!(classes, wanted);
    let new: Vec<&Value> = rows.iter().map(|row| &row["New"]).collect();
    assert_eq!(new, [false, true, false, true, true, true]);
    // Three distinct URLs with a threat: neither of the two has those twice over.
    assert_eq!(content.data["repeat_users"], json!([]));
    let risk = &content.data["users_at_risk"];
    assert_eq!(
        (&risk[0]["User"], &risk[0]["ClickedPastBlock"]),
        (&json!("ann@contoso.example"), &json!(1))
    );
    assert_eq!(content.title, "clickwarden daily: ann and bob at risk; 2 of 14 clicks blocked");
    assert!(!format!("{}{}", content.title, content.preview).contains("example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_user_clicked_on_three_threats() {
    let blocked =
        |n: u64| row(day().plus(n as i64 * MINUTE), n, "ClickBlocked", PHISH, "eve@x.example");
    let mut rows: Vec<Row> = (1..=3).map(blocked).collect();
    rows.push(row(day().plus(HOUR), 1, "ClickBlocked", PHISH, "EVE@x.example"));
    // Nobody is nobody.
    rows.extend(
        (1..=3).map(|n| row(day().plus(2 * HOUR + n as i64), n, "ClickBlocked", PHISH, "")),
    );
    let desk = told(&rows, &daily("")).await;
    let content = &desk.posted()[0].content;
    let repeated = content.data["repeat_users"].as_array().unwrap();
    assert_eq!(repeated.len(), 1);
    assert_eq!((&repeated[0]["ThreatUrls"], &repeated[0]["ThreatClicks"]), (&json!(3), &json!(4)));
    assert!(words(content).contains("No user clicked past a warning"));
}

/// Headings in the order that was promised; nothing of a URL but in its own kind of value.
#[tokio::test(flavor = "multi_thread")]
async fn coverage_comes_first_and_the_rest_in_order() {
    let desk = told(&varied(), &daily("")).await;
    let content = &desk.posted()[0].content;
    let headings: Vec<&str> = content
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert!(words(content).contains("No alert is open."));
    assert_eq!(content.data["open_alerts"], json!([]));
    assert_eq!(
        headings,
        ["In numbers", "Open alerts", "Users at risk", "URLs", "Repeat users", "Corrections"]
    );
    let Block::Line { parts, .. } = &content.blocks[1] else { panic!("{:?}", content.blocks[1]) };
    let [Part::Words(coverage)] = parts.as_slice() else { panic!("{parts:?}") };
    assert!(coverage.starts_with("Copy "), "{coverage}");
    for block in &content.blocks {
        let Block::Table(table) = block else { continue };
        for cell in table.rows.iter().flatten() {
            if let Part::Words(words) = cell {
                assert!(!words.contains("example"), "{words}");
            }
        }
    }
    let csv = &content.attachment.as_ref().unwrap().csv;
    assert!(csv.contains("hxxps://u1[.]example/p?…") && !csv.contains("secret"), "{csv}");
    assert!(!csv.contains("u8[.]example"), "clean URLs are not attached");
}

#[test]
fn open_alerts_of_its_tenants_are_told() {
    let report = "[[report]]\nname = \"daily\"\nschedule = \"0 8 * * *\"\nsinks = [\"soc\"]\n\
                  tenants = [\"contoso\"]\ntop = 2\n";
    let mut post = Post::now(&["contoso", "fabrikam"], &format!("{SOC}{report}"));
    let at = post.clock.now().plus(-MINUTE);
    for tenant in ["contoso", "fabrikam"] {
        let past = |n: u64| {
            alerting::through(at, &format!("u{n}@{tenant}.example"), &url(n), "ClickBlocked")
        };
        for n in 1..=3 {
            post.bring(tenant, &[past(n)]);
            post.settle();
        }
    }
    post.program.run(&["alert", "close", "1", "--verdict", "tp"]);
    let send = |format: &str| {
        post.program.run(&["report", "send", "daily", "--dry-run", "--format", format])
    };
    let open = send("json").json()["open_alerts"].clone();
    let told: Vec<_> = open.as_array().unwrap().iter().map(|one| &one["Id"]).collect();
    assert_eq!(told, [3, 2]);
    assert_eq!((&open[0]["Url"], &open[0]["User"]), (&json!(url(3)), &json!("u3@contoso.example")));
    let keys = |alert: &Value| alert.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let sample = clickwarden::message::sample();
    assert_eq!(keys(&sample.data["open_alerts"][0]), keys(&open[0]), "the sample has its shape");
    let text = send("text").out;
    assert!(text.contains("Open alerts\n") && !text.contains("No alert is open"), "{text}");
    assert!(!text.contains("fabrikam") && !text.contains("secret3"), "{text}");
    assert_eq!(send("text").out.lines().nth(2), text.lines().nth(2));
    post.program.run(&["alert", "close", "2", "3", "--verdict", "tp"]);
    assert!(send("text").out.contains("No alert is open."));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_counts_are_those_of_the_summary() {
    let start = at("2026-11-20T06:00:00Z");
    let exclude = "[[exclude]]\nhosts = [\"u3.example\", \"u8.example\"]\n";
    for (more, args) in [("", None), (exclude, None), (exclude, Some("--include-excluded"))] {
        let sections = format!("{}window = \"24h\"\nattach = \"all\"\n{more}", daily(""));
        let desk = tokio::task::block_in_place(|| {
            let desk = Desk::new(&["contoso"], start, &sections);
            let now = clickwarden::clock::Clock::System.now();
            let mut random = fastrand::Rng::with_seed(7);
            let actions = [
                "ClickAllowed",
                "ClickBlocked",
                "UrlScanInProgress",
                "UrlErrorPage",
                "Odd",
                "ClickBlockedByTenantPolicy",
                "ClickBlocked,ClickAllowed",
            ];
            let rows: Vec<Row> = (0..900)
                .map(|_| {
                    let tick = now.plus(-random.i64(HOUR..30 * HOUR));
                    let user = format!("u{}@contoso.example", random.u8(..9));
                    let threat = ["", "", "Phish", "Spam"][random.usize(..4)];
                    let action = actions[random.usize(..actions.len())];
                    let mut row = row(tick, random.u64(..40), action, threat, &user);
                    row.clicked_through = [None, Some(false), Some(true)][random.usize(..3)];
                    row
                })
                .collect();
            desk.fill("contoso", &rows, Span::new(now.plus(-40 * HOUR), now));
            desk
        });
        if args.is_some() {
            desk.reconfigure(exclude, "");
        }
        let digest =
            desk.program.run(&["report", "send", "daily", "--dry-run", "--format", "json"]);
        let digest = digest.json();
        let until = digest["until"].as_str().unwrap();
        let mut command = vec!["summary", "--window", "24h", "--until", until, "--format", "json"];
        command.extend(args);
        let summary = desk.program.run(&command).json();
        assert_eq!(digest["from"], summary["from"]);
        assert_eq!(
            digest["excluded"],
            if args.is_some() { json!(0) } else { summary["excluded"].clone() }
        );
        assert_eq!(digest["excluded"].as_u64().unwrap() > 0, !more.is_empty() && args.is_none());
        let rows = summary["rows"].as_array().unwrap();
        let sum = |name: &str| rows.iter().map(|row| row[name].as_u64().unwrap()).sum::<u64>();
        let columns = [
            "Blocked",
            "Allowed",
            "PendingVerdict",
            "Error",
            "ClickedThrough",
            "BlockedByTenantPolicy",
            "Other",
        ];
        for name in columns {
            assert_eq!(digest["totals"][name].as_u64(), Some(sum(name)), "{name}");
        }
        assert_eq!(digest["totals"]["Urls"], json!(rows.len()));
        let told = digest["rows"].as_array().unwrap();
        assert!(told.len() > 10);
        for one in told {
            let same = rows.iter().find(|row| row["Url"] == one["Url"]).unwrap();
            for (name, value) in same.as_object().unwrap() {
                assert_eq!(&one[name], value, "{name} of {one}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_verdict_is_a_correction_and_told_once() {
    let clean = |n| row(day().plus(n * MINUTE), 9, "ClickAllowed", "", "ann@contoso.example");
    let blocked = row(day().plus(HOUR), 4, "ClickBlocked", PHISH, "ann@contoso.example");
    let named = row(day().plus(2 * HOUR), 9, "ClickBlocked", PHISH, "bob@contoso.example");
    let mut rows: Vec<Row> = (1..=3).map(clean).collect();
    rows.extend([blocked.clone(), named.clone()]);
    let mut desk = told(&rows, &daily("")).await;
    assert!(words(&desk.posted()[0].content).contains("There is no earlier digest to correct."));
    // Defender thinks again: the clicks that it allowed were on a known threat.
    let later: Vec<Row> = (1..=3).map(|n| clean(n).with(Text::ThreatTypes, PHISH)).collect();
    let all: Vec<Row> = later.into_iter().chain([blocked, named]).collect();
    tokio::task::block_in_place(|| {
        desk.fill("contoso", &all, Span::new(day(), day().plus(DAY)));
    });
    desk.run_until(at("2026-11-23T12:00:00Z"), Passes::End).await;
    let posted = desk.posted();
    assert_eq!(posted.len(), 4);
    let corrections = |n: usize| posted[n].content.data["corrections"].as_array().unwrap().clone();
    let [one] = corrections(1).try_into().unwrap();
    assert_eq!((&one["Url"], &one["Digest"]), (&json!(url(9)), &json!("2026-11-20T07:00:00Z")));
    let class = |which: &str| one[which]["Class"].as_str().unwrap().to_owned();
    assert_eq!((class("Before").as_str(), class("Now").as_str()), ("blocked", "risky"));
    assert!(words(&posted[1].content).contains("blocked → risky"));
    assert_eq!((corrections(2), corrections(3)), (vec![], vec![]));
    assert!(words(&posted[2].content).contains("need no correction"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_corrected_when_it_is_off_by_a_twentieth_and_two_rows() {
    let many = |n: i64| -> Vec<Row> {
        (0..n)
            .map(|n| row(day().plus(n * SECOND), 4, "ClickBlocked", PHISH, "a@x.example"))
            .collect()
    };
    let mut desk = told(&many(100), &daily("")).await;
    let fill = |desk: &Desk, n: i64| {
        tokio::task::block_in_place(|| {
            desk.fill("contoso", &many(n), Span::new(day(), day().plus(DAY)));
        });
    };
    // What is too little to be told is not forgotten: it is told with what follows.
    for (rows, until, wanted) in [
        (103, "2026-11-21", None),
        (104, "2026-11-22", None),
        (105, "2026-11-23", Some((100, 105))),
    ] {
        fill(&desk, rows);
        desk.run_until(at(&format!("{until}T12:00:00Z")), Passes::End).await;
        let posted = desk.posted();
        let told = &posted.last().unwrap().content.data["corrections"];
        let counts = told.as_array().unwrap().first().map(|one| {
            (one["Before"]["Blocked"].as_u64().unwrap(), one["Now"]["Blocked"].as_u64().unwrap())
        });
        assert_eq!(counts, wanted, "{rows}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_retention_removed_is_no_correction() {
    let rows = [row(day().plus(HOUR), 4, "ClickBlocked", PHISH, "a@x.example")];
    let mut desk = told(&rows, &daily("")).await;
    tokio::task::block_in_place(|| {
        let key = desk.store.tenant("contoso").unwrap();
        let edge = day().plus(DAY);
        let kept = clickwarden::store::KeptFrom { clicks: edge, hours: edge.plus(-40 * DAY) };
        for _ in 0..1_000 {
            if desk.store.retain(key, kept).unwrap().hour.is_none() {
                break;
            }
        }
        desk.fill("contoso", &[], Span::new(edge, edge.plus(HOUR)));
    });
    desk.run_until(at("2026-11-21T12:00:00Z"), Passes::End).await;
    assert_eq!(desk.posted()[1].content.data["corrections"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_one_tenant_reaches_a_sink_of_another() {
    let start = at("2026-11-20T06:00:00Z");
    let report = |name: &str, sinks: &str, tenants: &str| {
        format!(
            "[[report]]\nname = {name:?}\nschedule = \"0 7 * * *\"\nsinks = {sinks}\ntenants = {tenants}\n"
        )
    };
    let sections = [
        file_sink("ours", "tenants = [\"contoso\"]"),
        file_sink("theirs", "tenants = [\"fabrikam\"]"),
        file_sink("both", "shared = true"),
        report("ours", "[\"ours\", \"both\"]", "[\"contoso\"]"),
        report("theirs", "[\"theirs\"]", "[\"fabrikam\"]"),
        report("all", "[\"both\"]", "[]"),
    ]
    .concat();
    let mut desk = tokio::task::block_in_place(|| {
        let desk = Desk::new(&["contoso", "fabrikam"], start, &sections);
        for tenant in ["contoso", "fabrikam"] {
            let rows: Vec<Row> = (1..=4)
                .map(|n| {
                    let user = format!("ann@{tenant}.example");
                    let row = row(day().plus(n * HOUR), 0, "ClickBlocked", PHISH, &user);
                    through(row.with(Text::Url, &format!("https://{tenant}-{n}.example/")))
                })
                .collect();
            desk.fill(tenant, &rows, Span::new(start.plus(-4 * DAY), start.plus(HOUR)));
        }
        desk
    });
    desk.run_until(at("2026-11-20T07:12:00Z"), Passes::End).await;
    // The shared report is of one tenant only from now on; both tenants' clicks turn out otherwise.
    tokio::task::block_in_place(|| {
        desk.reconfigure(
            "sinks = [\"both\"]\ntenants = []",
            "sinks = [\"both\", \"theirs\"]\ntenants = [\"fabrikam\"]",
        );
        for tenant in ["contoso", "fabrikam"] {
            desk.fill(tenant, &[], Span::new(day(), day().plus(DAY)));
        }
    });
    desk.run_until(at("2026-11-21T12:00:00Z"), Passes::End).await;
    let posted = desk.posted();
    let of = |sink: &str| posted.iter().filter(|one| one.sink == sink).collect::<Vec<_>>();
    assert_eq!((of("ours").len(), of("theirs").len(), of("both").len()), (2, 3, 4));
    for one in of("ours") {
        assert_eq!(one.content.tenants, ["contoso"]);
        assert!(!serde_json::to_string(&one.content).unwrap().contains("fabrikam"));
    }
    for one in of("theirs") {
        assert!(!serde_json::to_string(&one.content).unwrap().contains("contoso"));
    }
    let last = of("theirs").last().unwrap().content.data["corrections"].as_array().unwrap().len();
    assert_eq!(last, 4, "the shared report's own corrections are told");
    let both = serde_json::to_string(&of("both")[1].content).unwrap();
    let shared = of("both").into_iter().find(|one| one.content.tenants.len() == 2).unwrap();
    let columns = shared.content.blocks.iter().find_map(|block| match block {
        Block::Table(table) if table.noun == "URLs" => Some(table.columns.clone()),
        _ => None,
    });
    assert_eq!(columns.unwrap().last().unwrap(), "Tenant", "{both}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attached_file_ends_where_a_mail_would_be_too_big() {
    let start = at("2026-11-20T06:00:00Z");
    let rows: Vec<Row> = (0..30_000)
        .map(|n| {
            let action = if n % 3 == 0 { "ClickBlocked" } else { "ClickAllowed" };
            let long = format!("https://h{n}.example/{}?secret={n}", "p".repeat(120));
            let row = row(day().plus(n * MINUTE / 60), 0, action, "", "=cmd@x.example");
            row.with(Text::Url, &long)
        })
        .collect();
    for (attach, least) in [("all", 2_490_000), ("risky", 1_000_000)] {
        let sections = daily(&format!("attach = {attach:?}"));
        let mut desk = tokio::task::block_in_place(|| {
            let desk = Desk::new(&["contoso"], start, &sections);
            desk.fill("contoso", &rows, Span::new(start.plus(-4 * DAY), start.plus(HOUR)));
            desk
        });
        desk.run_until(at("2026-11-20T07:12:00Z"), Passes::End).await;
        let csv = desk.posted().remove(0).content.attachment.unwrap().csv;
        assert!((least..=2_500_000).contains(&csv.len()), "{attach}: {}", csv.len());
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&csv.as_bytes()[3..]);
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        let blocked = records.iter().take(100).filter(|row| &row[1] == "1").count();
        assert_eq!(blocked, 100, "the riskiest stand first");
        let last = &records.last().unwrap()[0];
        if attach == "all" {
            let left_out = 30_000 - (records.len() - 1);
            let wanted = format!("{left_out} more URLs do not fit: these are the riskiest");
            assert_eq!(last, wanted);
            assert!(csv.contains("secret=") && !csv.contains("https://"));
        } else {
            assert_eq!(records.len(), 10_000);
            assert!(!csv.contains("secret="));
        }
    }
}
