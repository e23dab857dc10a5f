//! The hunting client: what becomes of every answer that Graph gives.

use std::time::Duration;

use clickwarden::auth::SharedAuth;
use clickwarden::click::Text;
use clickwarden::clock::{Clock, Tick};
use clickwarden::config::Config;
use clickwarden::source::Limits;
use clickwarden::source::wire::{self, FetchAnswer, ResultsShape};
use clickwarden::source::{ExhaustedQuota, Hunting, HuntingReply, ReplyBudget, SourceError};
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fixtures;
use crate::tenants::{self, SECRET};

struct Source {
    server: MockServer,
    budget: ReplyBudget,
    hunting: Hunting,
    _folder: TempDir,
}

async fn source(case: &str, limits: Limits) -> Source {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let secret = tenants::secret_file(&folder, SECRET);
    let tokens = tenants::tokens(&server.uri(), case, &secret, &Clock::System);
    let budget = ReplyBudget::new(24 << 20);
    let hunting = tenants::hunting(&server.uri(), tokens, &budget, limits);
    Source { server, budget, hunting, _folder: folder }
}

async fn run(case: &str) -> Result<HuntingReply, SourceError> {
    source(case, Limits::default()).await.hunting.run("UrlClickEvents | take 0", 0).await
}

async fn clicks(case: &str) -> FetchAnswer {
    let reply = run(case).await.unwrap_or_else(|error| panic!("{case}: {error}"));
    wire::clicks(&reply.body, 1).unwrap_or_else(|error| panic!("{case}: {error}"))
}

#[tokio::test]
async fn the_request_is_that_of_the_reference() {
    let source = source("hunt-rows", Limits::default()).await;
    let reply = source.hunting.run("UrlClickEvents | take 0", 0).await.unwrap();
    assert_eq!(reply.request_id, "aaaaaaaa-0000-4000-8000-000000000001");
    let skew = reply.date.unwrap().since(Clock::System.now()).abs();
    assert!(skew < clickwarden::clock::MINUTE, "{:?}", reply.date);
    let requests = source.server.received_requests().await.unwrap();
    let request = &requests[1];
    assert_eq!(request.url.path(), "/v1.0/security/runHuntingQuery");
    let body: serde_json::Value = request.body_json().unwrap();
    assert_eq!(body, serde_json::json!({"Query": "UrlClickEvents | take 0"}));
    assert_eq!(request.headers["authorization"], "Bearer hunt-rows.example");
    assert_eq!(request.headers["client-request-id"].len(), 36);
    assert!(request.headers["accept-encoding"].to_str().unwrap().contains("gzip"));
}

#[tokio::test]
async fn every_encoding_is_read() {
    assert_eq!(clicks("hunt-rows").await.clicks.len(), 2);
    let answer = clicks("hunt-booleans").await;
    let found: Vec<_> = answer.clicks.iter().map(|click| click.is_clicked_through).collect();
    let (no, yes) = (Some(false), Some(true));
    assert_eq!(found, [no, yes, no, yes, no, yes, no, yes, None, None, None]);
    let answer = clicks("hunt-digits").await;
    let base = Tick::parse("2026-07-19T17:02:06Z").unwrap();
    let found: Vec<_> = answer.clicks.iter().map(|click| click.timestamp.since(base)).collect();
    let digits = [0, 1_000_000, 1_200_000, 1_230_000, 1_234_000, 1_234_500, 1_234_560, 1_234_567];
    assert_eq!(found, digits);
    for click in clicks("hunt-nulls").await.clicks.iter() {
        assert_eq!((click.texts, click.is_clicked_through), ([""; Text::COUNT], None));
    }
    let answer = clicks("hunt-not-strings").await;
    let click = answer.clicks.get(0).unwrap();
    assert_eq!(click.text(Text::Url), "7");
    assert_eq!(click.text(Text::ThreatTypes), r#"["Phish","Malware"]"#);
    assert_eq!(click.text(Text::DetectionMethods), r#"{"Phish":["URL detonation reputation"]}"#);
    assert_eq!(click.text(Text::UrlChain), r#"["https://a.example/","https://b.example/"]"#);
    let answer = clicks("hunt-unknown-columns").await;
    let extra = r#"{"Gone":null,"Note":"","RiskScore":7,"Tags":["b","a"]}"#;
    assert_eq!(answer.clicks.get(0).unwrap().extra, extra);
    let answer = clicks("hunt-camel-case").await;
    let click = answer.clicks.get(0).unwrap();
    assert_eq!((click.text(Text::Url), click.is_clicked_through), ("https://a.example/", yes));
    assert!(answer.present.has(Text::ReportId) && !answer.present.extra);
    let answer = clicks("hunt-unreadable-time").await;
    assert_eq!((answer.clicks.len(), answer.unreadable), (1, 2));
}

#[tokio::test]
async fn no_rows_and_no_answer_are_told_apart() {
    assert_eq!(clicks("hunt-empty").await.results, ResultsShape::Array);
    for case in ["hunt-results-null", "hunt-results-missing"] {
        let reply = run(case).await.unwrap();
        assert_eq!(wire::clicks(&reply.body, 0).unwrap().results, ResultsShape::Null);
        assert_eq!(wire::counts(&reply.body).unwrap().rows, None);
    }
    let reply = run("hunt-count").await.unwrap();
    let rows = wire::counts(&reply.body).unwrap().rows.unwrap();
    assert_eq!(rows.iter().map(|row| row.fingerprint.rows()).collect::<Vec<_>>(), [7, 1]);
    let reply = run("hunt-columns").await.unwrap();
    assert_eq!(wire::columns(&reply.body).unwrap().len(), 13);
    let reply = run("hunt-200-error").await.unwrap();
    let error: SourceError = wire::clicks(&reply.body, 0).unwrap_err().into();
    assert!(matches!(error, SourceError::Transport(_)));
}

#[tokio::test]
async fn every_failure_has_its_class() {
    for case in ["hunt-400-preempted", "hunt-504"] {
        assert_eq!(run(case).await.unwrap_err(), SourceError::Slow, "{case}");
    }
    assert_eq!(run("hunt-400-size").await.unwrap_err(), SourceError::TooBig);
    for case in ["hunt-400-column", "hunt-400-table"] {
        let error = run(case).await.unwrap_err();
        assert!(matches!(&error, SourceError::Schema(m) if m.contains("named '")), "{error}");
    }
    for case in ["hunt-400-syntax", "hunt-404"] {
        let error = run(case).await.unwrap_err();
        assert!(matches!(error, SourceError::Rejected(_)), "{case}: {error}");
    }
    for case in
        ["hunt-200-page", "hunt-200-nothing", "hunt-204", "hunt-302", "hunt-307", "hunt-502"]
    {
        let error = run(case).await.unwrap_err();
        assert!(matches!(error, SourceError::Transport(_)), "{case}: {error}");
    }
    // An error in Graph's own words is no fault of network or proxy.
    for case in ["hunt-500", "hunt-507"] {
        let error = run(case).await.unwrap_err();
        assert!(matches!(error, SourceError::Unwell(_)), "{case}: {error}");
    }
    let error = run("hunt-503").await.unwrap_err();
    assert!(matches!(error, SourceError::Away(_)), "{error}");
    let words = run("hunt-302").await.unwrap_err().to_string();
    assert!(words.contains("302, a redirect, which is never followed"), "{words}");
}

#[tokio::test]
async fn every_throttle_has_its_wait() {
    let cpu_boundary = || {
        let left = 900 - Clock::System.now().unix_seconds() % 900;
        (left - 2..=left + 2).map(|s| s.rem_euclid(900) as u64).collect::<Vec<_>>()
    };
    for (case, quota, seconds) in [
        ("hunt-429-seconds", ExhaustedQuota::Cpu, vec![733]),
        ("hunt-429-date", ExhaustedQuota::Rate, (118..=121).collect()),
        ("hunt-429-text", ExhaustedQuota::Cpu, vec![2_871]),
        ("hunt-429-cpu", ExhaustedQuota::Cpu, cpu_boundary()),
        ("hunt-429-again", ExhaustedQuota::Rate, vec![8]),
        ("hunt-429-rate", ExhaustedQuota::Rate, vec![60]),
        // A quota for an hour, used up by others: when there is room again is not said.
        ("hunt-429-hour", ExhaustedQuota::Rate, vec![60]),
        ("hunt-429-graph", ExhaustedQuota::Rate, vec![10]),
        ("hunt-429-zero", ExhaustedQuota::Rate, vec![60]),
        ("hunt-429-negative", ExhaustedQuota::Rate, vec![60]),
        ("hunt-429-garbage", ExhaustedQuota::Rate, vec![60]),
        ("hunt-429-past", ExhaustedQuota::Rate, vec![60]),
        ("hunt-429-page", ExhaustedQuota::Rate, vec![60]),
        ("hunt-429-huge", ExhaustedQuota::Rate, vec![86_400]),
        ("hunt-503-wait", ExhaustedQuota::Rate, vec![20]),
    ] {
        match run(case).await {
            Err(SourceError::Throttled { quota: found, wait }) => {
                assert_eq!(found, quota, "{case}");
                assert!(seconds.contains(&(wait.as_secs() % 86_401)), "{case}: {wait:?}");
            }
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let source = source("hunt-401-once", Limits::default()).await;
    source.hunting.run("q", 0).await.unwrap();
    source.hunting.run("q", 0).await.unwrap();
    let requests = source.server.received_requests().await.unwrap();
    let paths: Vec<_> = requests.iter().map(|r| r.url.path().ends_with("/token")).collect();
    assert_eq!(paths, [true, false, true, false, false]);

    // Each call is one request: the first says that it may be made again.
    let source = self::source("hunt-401", Limits::default()).await;
    let ask = async || source.hunting.ask("q", source.hunting.ready(0).await.unwrap()).await;
    assert_eq!(ask().await.unwrap_err(), SourceError::TokenRefused);
    assert_eq!(source.server.received_requests().await.unwrap().len(), 2);
    let error = ask().await.unwrap_err();
    assert!(matches!(&error, SourceError::Refused(r) if r.sentence.contains("not even a new one")));
    assert_eq!(source.server.received_requests().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_missing_permission_says_where_to_consent() {
    let source = source("hunt-403", Limits::default()).await;
    let SourceError::Refused(refusal) = source.hunting.run("q", 0).await.unwrap_err() else {
        panic!("not refused")
    };
    assert!(refusal.remedy.contains("ThreatHunting.Read.All"), "{refusal}");
    let address = format!(
        "{}/hunt-403.example/adminconsent?client_id={}",
        source.server.uri(),
        tenants::CLIENT_ID
    );
    assert!(refusal.remedy.ends_with(&address), "{refusal}");
    assert_eq!(refusal.trace_id.as_deref(), Some("bbbbbbbb-0000-4000-8000-000000000002"));
}

#[tokio::test]
async fn a_refused_sign_in_is_passed_on() {
    let error = run("token-aadsts-7000222").await.unwrap_err();
    assert!(matches!(&error, SourceError::Refused(r) if r.code == Some(7_000_222)), "{error}");
    let wait = Duration::from_secs(7);
    let throttled = SourceError::Throttled { quota: ExhaustedQuota::SignIns, wait };
    assert_eq!(run("token-429").await.unwrap_err(), throttled);
}

#[tokio::test]
async fn neither_secret_nor_token_is_shown() {
    let source = source("hunt-403", Limits::default()).await;
    let error = source.hunting.run("q", 0).await.unwrap_err();
    let shown = format!("{:?} {error:?} {error}", source.hunting);
    assert!(shown.contains("REDACTED"), "{shown}");
    assert!(!shown.contains(SECRET) && !shown.contains("Bearer hunt"), "{shown}");
}

#[tokio::test]
async fn a_configured_tenant_is_asked_at_its_addresses() {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let secret = tenants::secret_file(&folder, SECRET);
    let env = [
        ("NAME", "contoso"),
        ("TENANT_ID", "hunt-empty.example"),
        ("CLIENT_ID", tenants::CLIENT_ID),
        ("CLIENT_SECRET_FILE", secret.to_str().unwrap()),
        ("LOGIN_URL", &server.uri()),
        ("GRAPH_URL", &format!("{}/behind/a/gateway/", server.uri())),
    ];
    let env = env.map(|(key, value)| (format!("CLICKWARDEN__TENANT__0__{key}"), value.to_owned()));
    let config = Config::load(None, env).unwrap();
    let budget = ReplyBudget::new(1 << 20);
    let hunting =
        Hunting::of(&config.tenants[0], &SharedAuth::default(), &budget, &Clock::System).unwrap();
    // The fixtures know no gateway.
    assert!(matches!(hunting.run("q", 0).await, Err(SourceError::Rejected(_))));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests[1].url.path(), "/behind/a/gateway/v1.0/security/runHuntingQuery");
}

#[tokio::test]
async fn after_the_wait_it_answers() {
    let source = source("hunt-429-then-rows", Limits::default()).await;
    let error = source.hunting.run("q", 0).await.unwrap_err();
    let wait = Duration::from_secs(1);
    assert_eq!(error, SourceError::Throttled { quota: ExhaustedQuota::Rate, wait });
    assert!(source.hunting.run("q", 0).await.is_ok());
}

#[tokio::test]
async fn replies_are_held_within_the_budget() {
    let source = source("hunt-rows", Limits::default()).await;
    let all = source.budget.free();
    let reply = source.hunting.run("q", 5 << 20).await.unwrap();
    // What was set aside and not needed is free again; the rest is, once the reply is dropped.
    assert_eq!(source.budget.free(), all - (256 << 10));
    drop(reply);
    assert_eq!(source.budget.free(), all);
    // A reply that is expected to be larger than its share takes that, and no more.
    let ready = source.hunting.ready(u64::MAX).await.unwrap();
    assert_eq!(source.budget.free(), all - (7 << 20));
    source.hunting.ask("q", ready).await.unwrap();
    assert_eq!(source.budget.free(), all);
    let small = Limits { largest_reply: 1_000, ..Limits::default() };
    let source = self::source("hunt-rows", small).await;
    assert_eq!(source.hunting.run("q", 0).await.unwrap_err(), SourceError::TooBig);
    assert_eq!(source.budget.free(), all);
}

#[test]
fn plain_http_stays_on_this_machine() {
    use clickwarden::network::{Network, client};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = url::Url::parse("https://graph.microsoft.com").unwrap();
        let http = client(&Network::default(), &url).unwrap();
        let error = http.get("http://127.0.0.1:1/").send().await.unwrap_err();
        assert!(error.is_builder(), "{error:?}");
    });
}

/// Whoever answers for Graph may show what it was shown.
#[tokio::test]
async fn a_source_that_repeats_the_token_is_not_repeated() {
    for status in [400, 401, 403, 404, 502] {
        let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
        let source = MockServer::start().await;
        let echo = move |request: &wiremock::Request| {
            let shown = request.headers["authorization"].to_str().unwrap().to_owned();
            let message = format!("not good: {shown}, at all");
            let body = serde_json::json!({ "error": { "code": shown, "message": message } });
            ResponseTemplate::new(status).insert_header("request-id", shown).set_body_json(body)
        };
        Mock::given(any()).respond_with(echo).mount(&source).await;
        let secret = tenants::secret_file(&folder, SECRET);
        let tokens = tenants::tokens(&server.uri(), "any", &secret, &Clock::System);
        let budget = ReplyBudget::new(1 << 20);
        let hunting = tenants::hunting(&source.uri(), tokens, &budget, Limits::default());
        let said = hunting.run("q", 0).await.unwrap_err().to_string();
        assert!(said.contains("not good: Bearer …, at all"), "{said}");
        assert!(!said.contains("Bearer any"), "{said}");
    }
}
