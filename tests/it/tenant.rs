//! The simulated tenant over real HTTP.

use std::time::Duration;

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span, Tick};
use clickwarden::demo::{Fault, QuotaKind, RetryHint, Tenant, TenantSettings};
use clickwarden::kql::{self, Column, Kind, Table, Value};
use reqwest::{Client, Response};
use serde_json::{Value as Json, json};

fn now() -> Tick {
    Tick::parse("2026-11-22T05:00:00Z").unwrap()
}

fn from(from: Tick) -> Span {
    Span::new(from, Tick(i64::MAX))
}

/// Three rows, a second apart, from just before now: null, true and false.
fn table() -> Table {
    let mut table = kql::click_table(30 * DAY);
    for (place, through) in [Value::Null, Value::Bool(true), Value::Bool(false)].iter().enumerate()
    {
        let at = now().plus(place as i64 * SECOND - HOUR + 1_200);
        let mut cells = [Value::Text(""); 9];
        cells[0] = Value::Text("https://a.example/\"\\\u{1}ä");
        cells[1] = Value::Text("ClickBlocked");
        cells[8] = *through;
        table.add(at, from(at), &cells);
    }
    table
}

struct Caller {
    tenant: Tenant,
    http: Client,
    token: String,
    clock: Clock,
}

impl Caller {
    async fn with(change: impl FnOnce(&mut TenantSettings)) -> Self {
        let clock = Clock::manual(now());
        let mut settings = TenantSettings::new(clock.clone());
        change(&mut settings);
        let tenant = Tenant::start(settings, table()).await.unwrap();
        let http = Client::builder().no_proxy().build().unwrap();
        let mut caller = Self { tenant, http, token: String::new(), clock };
        let answer: Json = caller.sign_in(&[]).await.json().await.unwrap();
        assert_eq!(answer["expires_in"], 3_599);
        caller.token = answer["access_token"].as_str().unwrap().to_owned();
        caller
    }

    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn sign_in(&self, changes: &[(&str, &str)]) -> Response {
        let settings = self.tenant.settings();
        let mut form = std::collections::BTreeMap::from([
            ("grant_type", "client_credentials"),
            ("scope", "https://graph.microsoft.com/.default"),
            ("client_id", &settings.client_id),
            ("client_secret", &settings.client_secret),
            ("tenant", &settings.tenant_id),
        ]);
        form.extend(changes.iter().copied());
        let tenant = form.remove("tenant").unwrap();
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.tenant.url());
        form.retain(|_, value| !value.is_empty());
        self.http.post(url).form(&form).send().await.unwrap()
    }

    async fn ask(&self, query: &str) -> Result<Response, reqwest::Error> {
        let url = format!("{}/v1.0/security/runHuntingQuery", self.tenant.url());
        let body = json!({ "Query": query });
        self.http.post(url).bearer_auth(&self.token).json(&body).send().await
    }

    async fn answer(&self, query: &str) -> (u16, Json) {
        let response = self.ask(query).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn rows(&self, query: &str) -> usize {
        let (status, body) = self.answer(query).await;
        assert_eq!(status, 200, "{body}");
        body["results"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn signs_in_with_the_right_secret_only() {
    let caller = Caller::new().await;
    for (change, status, code) in [
        (("client_secret", "wrong"), 401, 7_000_215),
        (("client_secret", ""), 401, 7_000_218),
        (("client_id", "other"), 400, 700_016),
        (("tenant", "other"), 400, 90_002),
        (("scope", "openid"), 400, 70_011),
        (("grant_type", "password"), 400, 70_003),
    ] {
        let response = caller.sign_in(&[change]).await;
        assert_eq!(response.status(), status);
        let body: Json = response.json().await.unwrap();
        assert_eq!(body["error_codes"], json!([code]));
        let text = body["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
    }
    caller.tenant.refuse_sign_ins([7_000_222]);
    assert_eq!(caller.sign_in(&[]).await.status(), 401);
    assert_eq!(caller.sign_in(&[]).await.status(), 200);
    assert_eq!(caller.tenant.sign_ins(), 9);
}

#[tokio::test]
async fn answers_only_while_the_token_is_good() {
    let mut caller = Caller::new().await;
    assert_eq!(caller.rows("UrlClickEvents").await, 3);
    caller.clock.advance(Duration::from_hours(1));
    assert_eq!(caller.ask("UrlClickEvents").await.unwrap().status(), 401);
    caller.token = "other".to_owned();
    assert_eq!(caller.ask("UrlClickEvents").await.unwrap().status(), 401);
    assert_eq!(caller.tenant.queries(), 1);
}

#[tokio::test]
async fn an_answer_has_the_shape_that_graph_gives_it() {
    let caller = Caller::new().await;
    let response = caller.ask("UrlClickEvents | project Timestamp, Url, IsClickedThrough").await;
    let response = response.unwrap();
    assert_eq!(response.headers()["date"], "Sun, 22 Nov 2026 05:00:00 GMT");
    assert!(response.headers().contains_key("request-id"));
    insta::assert_snapshot!(response.text().await.unwrap());
    let counts = "UrlClickEvents | extend Late = Timestamp >= datetime(2026-11-22T04:00:01Z) \
                  | summarize Rows = count(), Last = max(Timestamp) by Late";
    let response = caller.ask(counts).await.unwrap();
    insta::assert_snapshot!(response.text().await.unwrap());
}

#[tokio::test]
async fn a_row_is_shown_in_its_time_only() {
    let caller = Caller::new().await;
    let late = now().plus(5 * MINUTE);
    let id = caller
        .tenant
        .write(|table| table.add(now(), from(late), &[Value::Text("https://late.example/")]));
    assert_eq!(caller.rows("UrlClickEvents").await, 3);
    caller.clock.advance(Duration::from_mins(5));
    assert_eq!(caller.rows("UrlClickEvents").await, 4);
    caller.tenant.write(|table| table.show(id, Span::new(late, late.plus(1))));
    caller.clock.advance(Duration::from_nanos(100));
    assert_eq!(caller.rows("UrlClickEvents").await, 3);
}

#[tokio::test]
async fn rows_older_than_thirty_days_are_forgotten() {
    let caller =
        Caller::with(|settings| settings.token_lifetime = Duration::from_secs(3_599)).await;
    caller.tenant.write(|table| {
        let gone = now().plus(-30 * DAY - 1);
        table.add(gone, from(gone), &[]);
        table.add(gone.plus(1), from(gone), &[])
    });
    assert_eq!(caller.rows("UrlClickEvents").await, 4);
    caller.clock.advance(Duration::from_nanos(100));
    assert_eq!(caller.rows("UrlClickEvents").await, 3);
}

#[tokio::test]
async fn columns_come_and_go() {
    let caller = Caller::new().await;
    caller.tenant.write(|table| {
        table.add_column(Column { shown: from(now().plus(1)), ..Column::new("Score", Kind::Long) });
        table.add_column(Column::new("Tags", Kind::Dynamic));
        let mut cells = [Value::Null; 16];
        (cells[14], cells[15]) = (Value::Long(7), Value::Json("[\"a\"]"));
        table.add(now(), from(now()), &cells);
    });
    let query = "UrlClickEvents | where Timestamp >= datetime(2026-11-22T05:00:00Z)";
    let (_, body) = caller.answer(query).await;
    assert_eq!(body["results"][0].get("Score"), None);
    assert_eq!(body["results"][0]["Tags"], json!(["a"]));
    caller.clock.advance(Duration::from_nanos(100));
    assert_eq!(caller.answer(query).await.1["results"][0]["Score"], 7);
    let of_old = caller.answer("UrlClickEvents | take 1").await.1;
    assert_eq!(of_old["results"][0]["Score"], json!({}));
    caller.tenant.write(|table| table.show_column("Url", Span::new(Tick(0), now())));
    let (status, body) = caller.answer("UrlClickEvents | summarize count() by Url").await;
    assert_eq!(status, 400);
    assert_eq!(
        body["error"]["message"],
        "'summarize' operator: Failed to resolve scalar expression named 'Url'. Fix semantic errors in your query."
    );
}

#[tokio::test]
async fn wrong_queries_get_kustos_words() {
    let caller = Caller::new().await;
    for (query, words) in [
        ("Other | take 1", "Failed to resolve table or column expression named 'Other'"),
        ("UrlClickEvents | where X == 1", "Failed to resolve scalar expression named 'X'"),
        ("UrlClickEvents | bake 1", "Syntax error"),
        ("UrlClickEvents | summarize sum(strlen(IsClickedThrough))", "expected to be a string"),
    ] {
        let (status, body) = caller.answer(query).await;
        assert_eq!((status, &body["error"]["code"]), (400, &json!("BadRequest")));
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn faults_come_as_they_are_told() {
    let caller = Caller::new().await;
    let seconds = RetryHint::Seconds(733);
    for (fault, status, code) in [
        (Fault::Throttled(QuotaKind::Rate, seconds), 429, "TooManyRequests"),
        (Fault::Throttled(QuotaKind::Cpu, seconds), 429, "CpuQuotaExceeded"),
        (Fault::Unavailable(seconds), 503, "ServiceUnavailable"),
        (Fault::Timeout, 504, "UnknownError"),
        (Fault::Preempted, 400, "BadRequest"),
        (Fault::TooBigAbove(2), 400, "BadRequest"),
        (Fault::Unauthorized, 401, "InvalidAuthenticationToken"),
        (Fault::Forbidden, 403, "Forbidden"),
        (Fault::BadRequest, 400, "BadRequest"),
    ] {
        caller.tenant.expect_faults([Some(fault)]);
        let response = caller.ask("UrlClickEvents").await.unwrap();
        assert_eq!(response.status(), status, "{fault:?}");
        let retry = response.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(retry.is_some(), matches!(status, 429 | 503));
        let body: Json = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], code);
        assert!(body["error"]["innerError"]["request-id"].is_string());
        assert_eq!(caller.tenant.received().last().unwrap().status, status);
    }
    assert_eq!(caller.rows("UrlClickEvents").await, 3);
}

#[tokio::test]
async fn bodies_are_damaged_as_told() {
    let caller = Caller::new().await;
    let queue = [Fault::Cut(1), Fault::Missing(0), Fault::TooBigAbove(3)];
    caller.tenant.expect_faults(queue.map(Some));
    assert_eq!(caller.rows("UrlClickEvents").await, 1);
    assert_eq!(caller.rows("UrlClickEvents").await, 2);
    assert_eq!(caller.rows("UrlClickEvents").await, 3);

    caller.tenant.expect_faults([Some(Fault::NullResults), Some(Fault::Html)]);
    assert_eq!(caller.answer("UrlClickEvents").await.1["results"], Json::Null);
    let page = caller.ask("UrlClickEvents").await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().starts_with("<!DOCTYPE html>"));

    caller.tenant.expect_faults([Some(Fault::Half), None, Some(Fault::Reset)]);
    let half = caller.ask("UrlClickEvents").await.unwrap().text().await.unwrap();
    assert!(serde_json::from_str::<Json>(&half).unwrap_err().is_eof());
    assert_eq!(caller.rows("UrlClickEvents").await, 3);
    // A body as small as this one may be lost whole.
    if let Ok(response) = caller.ask("UrlClickEvents").await {
        assert!(response.text().await.is_err());
    }
}

#[tokio::test]
async fn a_script_sees_the_query_and_the_table() {
    let caller = Caller::new().await;
    caller.tenant.script_faults(|asked, table| {
        if asked.query.ends_with("take 3") {
            table.add(now().plus(-1), from(now()), &[Value::Text("between")]);
        }
        (asked.query.ends_with("take 2") && asked.at == now()).then_some(Fault::Timeout)
    });
    assert_eq!(caller.ask("UrlClickEvents | take 2").await.unwrap().status(), 504);
    assert_eq!(caller.rows("UrlClickEvents | take 1").await, 1);
    assert_eq!(caller.rows("UrlClickEvents | take 3").await, 3);
    assert_eq!(caller.rows("UrlClickEvents").await, 4);
    caller.tenant.behave();
    assert_eq!(caller.rows("UrlClickEvents | take 2").await, 2);
}

#[tokio::test]
async fn the_words_of_a_throttle_can_hold_its_length() {
    let caller = Caller::new().await;
    caller.tenant.expect_faults([
        Some(Fault::Throttled(QuotaKind::Cpu, RetryHint::InMessage(2_871))),
        Some(Fault::Throttled(QuotaKind::Rate, RetryHint::Date(now().plus(MINUTE)))),
    ]);
    let (_, body) = caller.answer("UrlClickEvents").await;
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.ends_with("You can run queries again in 2871 seconds"), "{message}");
    let response = caller.ask("UrlClickEvents").await.unwrap();
    assert_eq!(response.headers()["retry-after"], "Sun, 22 Nov 2026 05:01:00 GMT");
}

#[tokio::test]
async fn more_calls_a_minute_than_allowed_are_throttled() {
    let caller = Caller::with(|settings| settings.calls_per_minute = Some(2)).await;
    for status in [200, 200, 429] {
        assert_eq!(caller.ask("UrlClickEvents").await.unwrap().status(), status);
    }
    caller.clock.advance(Duration::from_mins(1));
    assert_eq!(caller.rows("UrlClickEvents").await, 3);
}

#[tokio::test]
async fn answers_too_big_are_cut_or_refused() {
    let caller = Caller::with(|settings| settings.most_rows = 2).await;
    assert_eq!(caller.rows("UrlClickEvents").await, 2);
    let caller = Caller::with(|settings| settings.most_bytes = 1_600).await;
    assert_eq!(caller.ask("UrlClickEvents").await.unwrap().status(), 400);
    assert_eq!(caller.rows("UrlClickEvents | take 1").await, 1);
}
