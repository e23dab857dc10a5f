//! Sign-in: what becomes of every answer that a sign-in service gives.

use std::time::Duration;

use clickwarden::auth::{AuthError, AuthRefusal};
use clickwarden::clock::{Clock, Tick};
use clickwarden::config::{Credential, Identity};
use serde_json::json;
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

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

async fn refusal(code: u32) -> AuthRefusal {
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

/// A service that gives one token, and then this.
async fn one_token_then(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let token = json!({ "token_type": "Bearer", "expires_in": 3_600, "access_token": "good" });
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_used_to_its_end() {
    let (server, folder) =
        (one_token_then(ResponseTemplate::new(500)).await, TempDir::new().unwrap());
    let (secret, clock) = (tenants::secret_file(&folder, SECRET), Clock::manual(now()));
    let tokens = tenants::tokens(&server.uri(), "any", &secret, &clock);
    let mut at = 0;
    for (second, sign_ins, good) in [
        (0, 1, true),
        (3_301, 2, true),
        (3_302, 2, true),
        (3_361, 3, true),
        (3_599, 4, true),
        (3_600, 5, false),
    ] {
        clock.advance(Duration::from_secs(second - at));
        at = second;
        assert_eq!(tokens.bearer().await.is_ok(), good, "{second}");
        assert_eq!(server.received_requests().await.unwrap().len(), sign_ins, "{second}");
    }
}

#[tokio::test]
async fn a_refusal_ends_a_token_that_was_to_be_renewed() {
    let body = json!({ "error": "invalid_client", "error_codes": [7_000_222] });
    let refusal = ResponseTemplate::new(401).set_body_json(body);
    let (server, folder) = (one_token_then(refusal).await, TempDir::new().unwrap());
    let (secret, clock) = (tenants::secret_file(&folder, SECRET), Clock::manual(now()));
    let tokens = tenants::tokens(&server.uri(), "any", &secret, &clock);
    tokens.bearer().await.unwrap();
    clock.advance(Duration::from_secs(3_301));
    assert!(matches!(tokens.bearer().await, Err(AuthError::Refused(_))));
}

/// A secret that a form writes otherwise.
#[tokio::test]
async fn a_service_that_repeats_the_secret_is_not_repeated() {
    let (secret, folder) = ("can+ary/Qz7~ä secret", TempDir::new().unwrap());
    let as_form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for (status, echo) in [(400, secret), (400, &as_form), (500, secret), (500, &as_form)] {
        let body = json!({ "error": "x", "trace_id": echo,
            "error_description": format!("no: client_secret={echo}&grant_type=x") });
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let file = tenants::secret_file(&folder, secret);
        let tokens = tenants::tokens(&server.uri(), "any", &file, &Clock::manual(now()));
        let said = tokens.bearer().await.unwrap_err().to_string();
        assert!(said.contains("no: ") && said.contains('…'), "{said}");
        assert!(!said.contains("Qz7"), "{said}");
    }
}

/// An issuer may write a new token any moment.
#[tokio::test]
async fn a_token_file_out_of_its_time_is_worth_a_retry() {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let token = tenants::file(&folder, "token", "e30.e30.e30", 0o600);
    let identity = Identity::App {
        client_id: tenants::CLIENT_ID.to_owned(),
        credential: Credential::TokenFile(token),
    };
    let sign_in =
        tenants::sign_in_as(&server.uri(), "token-aadsts-700024.example", identity.clone());
    let error = tenants::tokens_of(sign_in, &Clock::System).bearer().await.unwrap_err();
    let AuthError::Transport(words) = error else { panic!("{error:?}") };
    assert!(words.contains("federated_token_file (") && words.contains("AADSTS700024"), "{words}");
    // Its key and its subject are not.
    for code in [700_027, 700_213] {
        let tenant = format!("token-aadsts-{code}.example");
        let sign_in = tenants::sign_in_as(&server.uri(), &tenant, identity.clone());
        let error = tenants::tokens_of(sign_in, &Clock::System).bearer().await.unwrap_err();
        let AuthError::Refused(refusal) = error else { panic!("{error:?}") };
        assert!(refusal.sentence.contains("does not trust the token of federated"), "{refusal}");
    }
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

/// The same code as of a certificate that nobody uploaded.
#[tokio::test]
async fn a_certificate_that_microsoft_takes_for_expired_is_called_so() {
    let outcome = outcome("token-aadsts-700027-expired").await;
    let Err(AuthError::Refused(refusal)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(refusal.sentence, "Microsoft takes the certificate for expired");
    assert!(refusal.remedy.starts_with("make a new one, upload it under"), "{refusal}");
    assert_eq!(refusal.code, Some(700_027));
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
        (7_002_131, "does not trust the token", "subject 'system:serviceaccount:soc:clickwarden'"),
        (50_013, "signature of the client assertion", "upload the certificate"),
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
        "token-aadsts-90024",
        "token-page",
        "token-404",
        "token-without-token",
        "token-redirect",
    ] {
        let outcome = outcome(case).await;
        assert!(matches!(outcome, Err(AuthError::Transport(_))), "{case}: {outcome:?}");
    }
    for (case, seconds) in [("token-429", 7), ("token-503-wait", 30)] {
        let wait = Duration::from_secs(seconds);
        assert_eq!(outcome(case).await, Err(AuthError::Throttled { wait }), "{case}");
    }
    // One that names no time is left alone for five to ten seconds at first.
    for case in ["token-503", "token-aadsts-90012"] {
        let Err(AuthError::Throttled { wait }) = outcome(case).await else { panic!("{case}") };
        assert!((5..=10).contains(&wait.as_secs()), "{wait:?}");
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
