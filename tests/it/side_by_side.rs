//! Several tenants in one daemon: the trouble of one is not the others'.

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, Span};
use clickwarden::demo::{
    Fault, QuotaKind, RetryHint, Rhythm, Tenant, TenantSettings, invent_clicks,
};
use clickwarden::kql;
use clickwarden::store::Store;
use tokio::net::TcpListener;

use crate::stand::Stand;

/// A section for one more tenant at `url`.
pub fn section(name: &str, url: &str, stand: &Stand) -> String {
    let TenantSettings { tenant_id, client_id, .. } = stand.tenant.settings();
    let dir = stand.dir.path().display();
    format!(
        "\n[[tenant]]\nname = \"{name}\"\ntenant_id = \"{tenant_id}\"\nclient_id = \"{client_id}\"\n\
         client_secret_file = \"{dir}/secret\"\nlogin_url = \"{url}\"\ngraph_url = \"{url}\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_hang_are_throttled_or_refused_delay_nobody() {
    let now = Clock::System.now();
    let mut table = kql::click_table(30 * DAY);
    let past = Span::new(now.plus(-30 * DAY), now.plus(-2 * HOUR));
    invent_clicks(&mut table, 4, past, 1_000, Rhythm::OfficeHours);
    let stand = Stand::new(table.clone(), "").await;
    // One takes every connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hanging = format!("http://{}", silent.local_addr().unwrap());
    let throttled = Tenant::start(TenantSettings::new(Clock::System), table).await.unwrap();
    throttled
        .script_faults(|_, _| Some(Fault::Throttled(QuotaKind::Cpu, RetryHint::Seconds(3_600))));
    let refused =
        Tenant::start(TenantSettings::new(Clock::System), kql::click_table(DAY)).await.unwrap();
    refused.script_faults(|_, _| Some(Fault::Forbidden));
    // Another signs in, and hangs then.
    let half = section("half", &refused.url(), &stand).replace(
        &format!("graph_url = \"{}\"", refused.url()),
        &format!("graph_url = \"{hanging}/half\""),
    );
    let mut config = std::fs::read_to_string(stand.config()).unwrap();
    config += &section("hanging", &hanging, &stand);
    config += &half;
    config += &section("throttled", &throttled.url(), &stand);
    config += &section("refused", &refused.url(), &stand);
    std::fs::write(stand.config(), config).unwrap();
    let mut daemon = stand.start(&["run"]);
    let kept = Span::new(now.plus(HOUR - 30 * DAY).hour().end(), now.plus(-2 * HOUR));
    let truth = stand.truth(kept);
    let deadline = now.plus(MINUTE);
    let readable = || Store::open_read_only(&stand.database()).is_ok();
    let asked = || throttled.queries() > 0 && refused.queries() > 0;
    while !readable() || stand.copy(kept) != truth || !asked() {
        assert!(Clock::System.now() < deadline, "the sound tenant waits for the others");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(throttled.queries(), 1, "no call before the gate opens");
    assert_eq!(refused.queries(), 1, "no call for a quarter of an hour");
    std::process::Command::new("kill").arg(daemon.id().to_string()).status().unwrap();
    assert!(daemon.wait().unwrap().success());
}
