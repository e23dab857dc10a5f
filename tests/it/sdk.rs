//! Microsoft's own clients, set before the simulated tenant and the fixtures.

use std::path::Path;
use std::process::Command;

use clickwarden::clock::Clock;
use clickwarden::demo::{Tenant, TenantSettings, invented_table};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value as Json, json};

use crate::fixtures;
use crate::oracle;

/// Where msgraph-sdk posts to, and where Microsoft's examples and its client of JavaScript do.
const PATHS: [&str; 2] =
    ["/security/microsoft.graph.security.runHuntingQuery", "/security/runHuntingQuery"];
const QUERY: &str = "UrlClickEvents | where Timestamp >= datetime(2020-01-01) | take 7";

/// The tenant of the demo.
async fn tenant() -> Tenant {
    let clock = Clock::System;
    let table = invented_table(7, clock.now(), 500);
    Tenant::start(TenantSettings::new(clock), table).await.unwrap()
}

/// A form without a Content-Type, as msticpy 3.0.1 sends it (`data/drivers/odata_driver.py`).
async fn sign_in(url: &str, id: &str, form: &str) -> Json {
    let address = format!("{url}/{id}/oauth2/v2.0/token");
    let answer = client().post(address).body(form.to_owned()).send().await.unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

async fn token(tenant: &Tenant) -> String {
    let TenantSettings { tenant_id, client_id, client_secret, .. } = tenant.settings();
    let form = format!(
        "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&\
         client_id={client_id}&client_secret={client_secret}"
    );
    let answer = sign_in(&tenant.url(), tenant_id, &form).await;
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn microsofts_client_of_javascript_reads_the_tenant_and_the_fixtures() {
    if oracle::is_skipped() {
        return;
    }
    let tenant = tenant().await;
    let asked = json!({
        "url": tenant.url(), "token": token(&tenant).await, "paths": PATHS, "query": QUERY,
    });
    let answer = oracle::graph_client(asked).await;
    for posted in answer["posted"].as_array().unwrap() {
        assert_eq!(posted["rows"].as_array().map(Vec::len), Some(7), "{posted}");
        assert_eq!(posted["schema"][0], json!({ "name": "Timestamp", "type": "DateTime" }));
    }
    assert_eq!(answer["got"]["status"], 405);
    assert_eq!(answer["got"]["code"], "Request_BadRequest");

    let server = fixtures::serve().await;
    let id = "hunt-rows.example";
    let form = "grant_type=client_credentials&client_id=c&client_secret=s&scope=x%2F.default";
    let token = sign_in(&server.uri(), id, form).await["access_token"].clone();
    let paths = [PATHS[0], PATHS[1], "/security/nothing"];
    let asked = json!({ "url": server.uri(), "token": token, "paths": paths, "query": QUERY });
    let answer = oracle::graph_client(asked).await;
    for posted in &answer["posted"].as_array().unwrap()[..2] {
        assert!(posted["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "{posted}");
    }
    assert_eq!(answer["posted"][2]["status"], 404);
    assert_eq!(answer["posted"][2]["code"], "ResourceNotFound");
    assert_eq!(answer["got"]["status"], 405);
    assert_eq!(answer["got"]["code"], "Request_BadRequest");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_as_graph_says_it() {
    let tenant = tenant().await;
    for (method, path, status, code) in [
        (Method::POST, "/v1.0/security/nothing", StatusCode::NOT_FOUND, "ResourceNotFound"),
        (Method::GET, "/beta/me", StatusCode::NOT_FOUND, "ResourceNotFound"),
        (
            Method::GET,
            "/v1.0/security/runHuntingQuery",
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
        ),
    ] {
        let request = client().request(method, format!("{}{path}", tenant.url()));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let allowed = answer.headers().get("allow").map(|allow| allow.to_str().unwrap().to_owned());
        let body: Json = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body["error"]["code"], code, "{path}");
        assert!(body["error"]["innerError"]["request-id"].is_string(), "{body}");
        assert_eq!(allowed.as_deref(), (status == 405).then_some("POST"), "{path}");
    }
    let form = sign_in(&tenant.url(), &tenant.settings().tenant_id, "not a form").await;
    assert_eq!(form["error_codes"], json!([900_144]));
}

/// `tests/long sdks` runs it in a network of its own, where there is loopback and nothing else.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "long lane: tests/long sdks"]
async fn microsofts_sdks_of_python_read_the_tenant() {
    let tenant = tenant().await;
    let TenantSettings { tenant_id, client_id, client_secret, .. } = tenant.settings();
    let asked = json!({
        "url": tenant.url(), "token": token(&tenant).await, "query": QUERY,
        "tenant_id": tenant_id, "client_id": client_id, "client_secret": client_secret,
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new(root.join("target/oracle-sdks/venv/bin/python"));
    python.arg(root.join("tests/oracle/sdks.py"));
    let answer: Json =
        tokio::task::spawn_blocking(move || oracle::ask(&mut python, &asked)).await.unwrap();
    eprintln!("{answer}");
    assert_eq!(answer["msgraph"][0], 7);
    assert_eq!(answer["msgraph"][2][0], json!(["Timestamp", "DateTime"]));
    assert_eq!(answer["msgraph_refused"][0], 400);
    assert_eq!(answer["msgraph_missing"], json!([404, "ResourceNotFound"]));
    assert_eq!(answer["msticpy"][0], 7);
    assert_eq!(answer["msticpy"][1], answer["msgraph"][1]);
    let kind = answer["msticpy"][2].as_str().unwrap();
    assert!(kind.starts_with("datetime64[") && kind.ends_with(", UTC]"), "{kind}");
    assert!(
        tenant.received().iter().all(|asked| asked.status == 200 || asked.query.contains("< 1"))
    );
}
