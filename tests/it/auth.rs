//! Sign-in: what becomes of every answer that a sign-in service gives.

use std::time::Duration;

use clickwarden::auth::{AuthError, Refusal};
use clickwarden::clock::{Clock, Tick};
use tempfile::TempDir;

use crate::fixtures;
use crate::tenants::{self, SECRET};

fn now() -> Tick {
    Tick::parse("2026-07-19T17:02:06Z").unwrap()
}

async fn outcome(case: &str) -> Result<String, AuthError> {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let secret = tenants::secret_file(&folder, SECRET);
    let tokens = tenants::tokens(&server.uri(), case, &secret, &Clock::manual(now()));
    tokens.bearer().await.map(|bearer| bearer.expose().to_owned())
}

async fn refusal(code: u32) -> Refusal {
    match outcome(&format!("token-aadsts-{code}")).await {
        Err(AuthError::Refused(refusal)) => refusal,
        other => panic!("{code}: {other:?}"),
    }
}

#[tokio::test]
async fn the_request_is_that_of_the_grant() {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let secret = tenants::secret_file(&folder, "s&cr=t/ä\r\n");
    let tokens = tenants::tokens(&server.uri(), "any", &secret, &Clock::System);
    assert_eq!(tokens.bearer().await.unwrap().expose(), "any.example");
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.url.path(), "/any.example/oauth2/v2.0/token");
    let mut form: Vec<_> = url::form_urlencoded::parse(&request.body).collect();
    form.sort();
    assert_eq!(
        form.iter().map(|(k, v)| (k.as_ref(), v.as_ref())).collect::<Vec<_>>(),
        [
            ("client_id", tenants::CLIENT_ID),
            ("client_secret", "s&cr=t/ä"),
            ("grant_type", "client_credentials"),
            ("scope", "https://graph.microsoft.com/.default"),
        ]
    );
    assert!(request.headers.get("authorization").is_none());
}

#[tokio::test]
async fn a_token_is_kept_until_five_minutes_before_its_end() {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let (secret, clock) = (tenants::secret_file(&folder, SECRET), Clock::manual(now()));
    let tokens = tenants::tokens(&server.uri(), "any", &secret, &clock);
    let sign_ins = async || server.received_requests().await.unwrap().len();
    let first = tokens.bearer().await.unwrap();
    clock.advance(Duration::from_secs(3_599 - 300 - 1));
    tokens.bearer().await.unwrap();
    assert_eq!(sign_ins().await, 1);
    clock.advance(Duration::from_secs(1));
    let second = tokens.bearer().await.unwrap();
    assert_eq!(sign_ins().await, 2);
    // The first was renewed already: to drop it must not cost the second.
    tokens.drop_token(first.clone()).await;
    tokens.bearer().await.unwrap();
    assert_eq!(sign_ins().await, 2);
    tokens.drop_token(second.clone()).await;
    tokens.bearer().await.unwrap();
    assert_eq!(sign_ins().await, 3);
}

#[tokio::test]
async fn one_sign_in_is_in_flight() {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let secret = tenants::secret_file(&folder, SECRET);
    for (case, good) in [("any", true), ("token-aadsts-7000215", false)] {
        let tokens = tenants::tokens(&server.uri(), case, &secret, &Clock::manual(now()));
        let (a, b, c) = tokio::join!(tokens.bearer(), tokens.bearer(), tokens.bearer());
        assert_eq!([a.is_ok(), b.is_ok(), c.is_ok()], [good; 3]);
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_new_secret_works_at_once() {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let secret = tenants::secret_file(&folder, "old");
    let tokens =
        tenants::tokens(&server.uri(), "token-lifetime-zero", &secret, &Clock::manual(now()));
    tokens.bearer().await.unwrap();
    tenants::secret_file(&folder, "new");
    tokens.bearer().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let body = |place: usize| String::from_utf8(requests[place].body.clone()).unwrap();
    assert!(body(0).contains("client_secret=old") && body(1).contains("client_secret=new"));
}

#[tokio::test]
async fn any_lifetime_is_read() {
    for case in ["text", "negative", "zero", "absent", "garbage"] {
        let case = format!("token-lifetime-{case}");
        assert_eq!(outcome(&case).await.unwrap(), format!("{case}.example"));
    }
}

#[tokio::test]
async fn each_code_says_what_to_do() {
    for (code, sentence, remedy) in [
        (7_000_215, "the client secret is wrong", "\"Secret ID\" is not it"),
        (7_000_222, "the client secret has expired", "make a new one"),
        (700_027, "signature of the client assertion", "upload the certificate"),
        (7_000_218, "carried no credential", "holds it"),
        (700_016, "does not know the app 00000000", "/adminconsent?client_id=00000000-0000-0000"),
        (90_002, "there is no tenant token-aadsts-90002.example", "check tenant_id, and cloud"),
        (700_021, "another app", "check client_id"),
        (700_023, "another audience", "check client_id"),
        (70_011, "the scope https://graph.microsoft.com/.default", "check cloud"),
        (500_011, "does not know the resource", "check cloud"),
        (50_001, "does not know the resource", "check cloud"),
        (700_025, "public client", "an app of its own"),
        (700_024, "not good at Microsoft's time", "set this machine's clock"),
        (50_027, "cannot read the client assertion", "what its issuer gave"),
        (70_021, "does not trust the token", "Subject: 'system:serviceaccount:soc:clickwarden'"),
        (700_211, "does not trust the token", "issuer 'https://issuer.example'"),
        (700_212, "does not trust the token", "audience 'api://elsewhere'"),
        (700_213, "does not trust the token", "subject 'system:serviceaccount:soc:clickwarden'"),
        (90_038, "another of Microsoft's clouds", "set cloud, which is global now"),
        (900_381, "another of Microsoft's clouds", "set cloud"),
        (900_382, "another of Microsoft's clouds", "set cloud"),
        (53_003, "blocked by Conditional Access", "look the code up"),
    ] {
        let refusal = refusal(code).await;
        assert!(refusal.sentence.contains(sentence), "{code}: {refusal}");
        assert!(refusal.remedy.contains(remedy), "{code}: {refusal}");
        assert_eq!(refusal.code, Some(code));
        let shown = refusal.to_string();
        assert!(shown.ends_with("trace id 0a0b0c0d-0000-4000-8000-00000000abcd)"), "{shown}");
        assert!(!shown.contains(SECRET) && !shown.contains('\n'), "{shown}");
    }
}

#[tokio::test]
async fn what_may_pass_is_worth_a_retry() {
    for case in [
        "token-aadsts-90006",
        "token-aadsts-90012",
        "token-aadsts-90024",
        "token-page",
        "token-404",
        "token-without-token",
        "token-503",
        "token-redirect",
    ] {
        let outcome = outcome(case).await;
        assert!(matches!(outcome, Err(AuthError::Transport(_))), "{case}: {outcome:?}");
    }
    for (case, seconds) in [("token-429", 7), ("token-503-wait", 30)] {
        let wait = Duration::from_secs(seconds);
        assert_eq!(outcome(case).await, Err(AuthError::Throttled { wait }), "{case}");
    }
}

#[tokio::test]
async fn an_unreachable_host_is_named() {
    let folder = TempDir::new().unwrap();
    let secret = tenants::secret_file(&folder, SECRET);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let tokens = tenants::tokens(&format!("http://{closed}"), "any", &secret, &Clock::System);
    let error = tokens.bearer().await.unwrap_err().to_string();
    assert!(error.starts_with("cannot reach 127.0.0.1: ") && error.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_is_not_sent() {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let path = tenants::file(&folder, "open", SECRET, 0o644);
    let tokens = tenants::tokens(&server.uri(), "any", &path, &Clock::System);
    let error = tokens.bearer().await.unwrap_err().to_string();
    assert!(error.contains("can be read by others (mode 0644)"), "{error}");
    assert!(error.contains("chmod 600") && !error.contains(SECRET), "{error}");
    assert!(server.received_requests().await.unwrap().is_empty());
}
