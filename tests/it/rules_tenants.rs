//! The real daemon with two customers: each one's alerts reach its own receivers only.

use std::collections::BTreeSet;

use clickwarden::clock::{Clock, DAY, Span, Tick};
use clickwarden::demo::{Tenant, TenantSettings};
use clickwarden::kql::{add_click, click_table};
use serde_json::Value;

use crate::alerting::{click, through};
use crate::delivering::until;
use crate::ledger::Receiver;
use crate::side_by_side::section;
use crate::stand::{Running, Stand};
use crate::tenants::file;

/// Three of each: no campaign, unless they are counted together.
const PEOPLE: usize = 3;

/// People of a customer go on past a block, all on one link, which is the same for every customer.
fn past_a_block(tenant: &Tenant, customer: &str, wave: usize) {
    let now = Clock::System.now();
    let url = format!("https://evil-{wave}.example/login");
    tenant.write(|table| {
        for number in 0..PEOPLE {
            let user = format!("u{wave}{number}@{customer}.example");
            let at = now.plus(2 * number as i64);
            let past = through(at.plus(1), &user, &url, "ClickBlocked");
            for row in [click(at, &user, &url, "ClickBlocked"), past] {
                add_click(table, &row.click(), Span::new(row.at, Tick(i64::MAX)));
            }
        }
    });
}

/// The messages that arrived, each of one tenant.
fn arrived(receiver: &Receiver) -> Vec<(String, Value)> {
    let body = |body: &str| -> Value { serde_json::from_str(body).unwrap() };
    let tenant = |body: &Value| body["data"]["content"]["tenant"].as_str().unwrap().to_owned();
    let bodies = receiver.arrived().into_iter().map(|one| body(&one.body));
    bodies.map(|body| (tenant(&body), body)).collect()
}

/// The rules and users of all alerts that arrived.
fn told(receiver: &Receiver) -> BTreeSet<(String, String)> {
    let text = |alert: &Value, key: &str| alert[key].as_str().unwrap_or_default().to_owned();
    let alerts = |body: &Value| body["data"]["content"]["alerts"].as_array().unwrap().clone();
    let all = arrived(receiver).into_iter().flat_map(|(_, body)| alerts(&body));
    all.map(|alert| (text(&alert, "Rule"), text(&alert, "User"))).collect()
}

fn expected(customers: &[&str], waves: usize) -> BTreeSet<(String, String)> {
    let users = customers.iter().flat_map(|customer| {
        let names = move |wave| (0..PEOPLE).map(move |n| format!("u{wave}{n}@{customer}.example"));
        (0..waves).flat_map(names)
    });
    users.map(|user| ("clicked-past-block".to_owned(), user)).collect()
}

/// A sink of each customer, and one of both.
fn sinks(stand: &Stand, receivers: &[Receiver]) -> String {
    let audiences = ["tenants = [\"contoso\"]", "tenants = [\"fabrikam\"]", "shared = true"];
    let sections = receivers.iter().zip(audiences).enumerate().map(|(place, (one, audience))| {
        let url = file(&stand.dir, &format!("url{place}"), &one.url, 0o600);
        format!(
            "[[sink]]\nname = \"s{place}\"\ntype = \"webhook\"\nurl_file = {url:?}\n{audience}\n"
        )
    });
    let alerts = "[alerts]\nsinks = [\"s0\", \"s1\", \"s2\"]\ngroup_interval = \"0s\"\n";
    sections.chain([alerts.to_owned()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_tells_each_customer_of_its_own_people_only() {
    let collect = "interval = \"1s\"";
    let stand = Stand::new(click_table(30 * DAY), collect).await;
    let settings = TenantSettings { calls_per_minute: None, ..TenantSettings::new(Clock::System) };
    let other = Tenant::start(settings, click_table(30 * DAY)).await.unwrap();
    let receivers = [(); 3].map(|()| Receiver::start("HTTP/1.1 204 No Content"));
    let tenants = stand.config_text(&stand.tenant.url(), collect);
    let other_one = section("fabrikam", &other.url(), &stand);
    std::fs::write(stand.config(), tenants + &other_one + &sinks(&stand, &receivers)).unwrap();
    let customers = [&["contoso"][..], &["fabrikam"], &["contoso", "fabrikam"]];
    // Clicks from before the first pass are history, and no news.
    assert!(stand.run(&["sync"]).status.success());
    tokio::task::block_in_place(|| {
        let log = stand.dir.path().join("log");
        let running = Running::start(stand.command(&["run"]), &log);
        // The second time there is a message of each already.
        for wave in 0..2 {
            past_a_block(&stand.tenant, "contoso", wave);
            past_a_block(&other, "fabrikam", wave);
            for (receiver, customers) in receivers.iter().zip(customers) {
                let all = expected(customers, wave + 1);
                let is_so = || told(receiver).is_superset(&all);
                until("all alerts", is_so, || std::fs::read_to_string(&log).unwrap_or_default());
            }
        }
        running.stop();
    });
    for (receiver, customers) in receivers.iter().zip(customers) {
        assert_eq!(told(receiver), expected(customers, 2));
        for (tenant, body) in arrived(receiver) {
            assert!(customers.contains(&tenant.as_str()), "{body}");
            let stranger = if tenant == "contoso" { "fabrikam" } else { "contoso" };
            assert!(!body.to_string().contains(stranger), "{body}");
        }
    }
}
