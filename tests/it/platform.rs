//! Managed identities: what the platforms are asked, exactly, and what becomes of their answers. A
//! server on loopback stands in for them.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use clickwarden::auth::{AuthError, SharedAuth, SignIn, SignInClients, Tokens};
use clickwarden::clock::Clock;
use clickwarden::config::Config;
use clickwarden::network::Network;
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::{any, header, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::program::{Program, Ran};
use crate::tenants::{CLIENT_ID, file, tokens_of};

const OTHER: &str = "99999999-8888-7777-6666-555555555555";
const GRAPH: &str = "https://graph.microsoft.com";
/// What App Service wants to see.
const HEADER: &str = "canary-Qz7-header";

/// A sign-in configured by these lines of a tenant and by the environment.
fn configured(lines: &str, env: &[(&str, &str)]) -> SignIn {
    let folder = TempDir::new().unwrap();
    let text = format!("[[tenant]]\nname = \"contoso\"\ntenant_id = \"contoso.example\"\n{lines}");
    let config = file(&folder, "c.toml", &text, 0o600);
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let config = Config::load(Some(&config), env).unwrap_or_else(|why| panic!("{why:?}"));
    SignIn { pauses: &[Duration::ZERO; 4], ..SignIn::of(&config.tenants[0]) }
}

fn imds(server: &MockServer, more: &str) -> SignIn {
    let url = format!("{}/metadata/identity/oauth2/token", server.uri());
    configured(&format!("managed_identity = true\nmanaged_identity_url = {url:?}\n{more}"), &[])
}

fn token(text: &str) -> Value {
    json!({ "access_token": text, "expires_in": "3599", "expires_on": "1506484173",
            "resource": GRAPH, "token_type": "Bearer" })
}

async fn bearer(sign_in: &SignIn) -> Result<String, AuthError> {
    let bearer = tokens_of(sign_in.clone(), &Clock::System).bearer().await?;
    Ok(bearer.expose().to_owned())
}

async fn serving(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn good() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(token("from-the-platform"))
}

/// What the one request asked, in order.
fn query(request: &Request) -> Vec<(String, String)> {
    request.url.query_pairs().into_owned().collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn header_of<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn imds_is_asked_as_it_wants() {
    let server = serving(good()).await;
    assert_eq!(bearer(&imds(&server, "")).await.unwrap(), "from-the-platform");
    let chosen = imds(&server, &format!("client_id = {OTHER:?}\ncloud = \"dod\""));
    bearer(&chosen).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let version = ("api-version", "2018-02-01");
    assert_eq!(query(&requests[0]), pairs(&[version, ("resource", GRAPH)]));
    let dod = ("resource", "https://dod-graph.microsoft.us");
    assert_eq!(query(&requests[1]), pairs(&[version, dod, ("client_id", OTHER)]));
    for request in &requests {
        assert_eq!((request.method.as_str(), request.body.len()), ("GET", 0));
        assert_eq!(request.url.path(), "/metadata/identity/oauth2/token");
        assert_eq!(header_of(request, "metadata"), Some("true"));
        assert_eq!(header_of(request, "x-identity-header"), None);
    }
}

#[tokio::test]
async fn app_service_is_asked_as_it_wants_and_tells_the_end_only() {
    let now = Clock::System.now();
    let end = now.unix_seconds() + 7_200;
    let body = json!({ "access_token": "t", "expires_on": end.to_string(), "resource": GRAPH });
    let server = serving(ResponseTemplate::new(200).set_body_json(body)).await;
    let endpoint = format!("{}/msi/token", server.uri());
    let env = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", HEADER)];
    let sign_in = configured("managed_identity = true", &env);
    let clock = Clock::manual(now);
    let tokens = tokens_of(sign_in, &clock);
    tokens.bearer().await.unwrap();
    // Good for two hours, renewed five minutes before its end.
    clock.advance(Duration::from_secs(7_200 - 300 - 30));
    tokens.bearer().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let wanted = [("api-version", "2019-08-01"), ("resource", GRAPH)];
    assert_eq!((requests[0].url.path(), query(&requests[0])), ("/msi/token", pairs(&wanted)));
    assert_eq!(header_of(&requests[0], "x-identity-header"), Some(HEADER));
    assert_eq!(header_of(&requests[0], "metadata"), None);
    clock.advance(Duration::from_mins(1));
    tokens.bearer().await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

/// An Arc agent that names `key` in its challenge, and a sign-in that looks for keys in `folder`.
async fn arc(folder: &Path, key: &str) -> (MockServer, SignIn) {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Basic the-agents-key"))
        .respond_with(good())
        .mount(&server)
        .await;
    let challenge = format!("Basic realm={key}");
    let refusal = ResponseTemplate::new(401).insert_header("www-authenticate", challenge);
    Mock::given(any()).respond_with(refusal).with_priority(9).mount(&server).await;
    let lines = format!(
        "managed_identity = true\nmanaged_identity_kind = \"arc\"\n\
         managed_identity_url = \"{}/arc\"\nmanaged_identity_key_folder = {folder:?}\n",
        server.uri()
    );
    (server, configured(&lines, &[]))
}

#[tokio::test]
async fn the_arc_agent_is_shown_its_key() {
    let folder = TempDir::new().unwrap();
    let key = file(&folder, "1.key", "the-agents-key\n", 0o440);
    for challenge in [format!("{}", key.display()), format!("\"{}\"", key.display())] {
        let (server, sign_in) = arc(folder.path(), &challenge).await;
        assert_eq!(bearer(&sign_in).await.unwrap(), "from-the-platform");
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len(), 2);
        for request in &requests {
            let wanted = [("api-version", "2020-06-01"), ("resource", GRAPH)];
            assert_eq!(query(request), pairs(&wanted));
            assert_eq!(header_of(request, "metadata"), Some("true"));
        }
        assert_eq!(header_of(&requests[0], "authorization"), None);
    }
}

#[tokio::test]
async fn the_arc_agent_gets_no_other_file() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let key = |name: &str, text: &str| file(&folder, name, text, 0o440).display().to_string();
    let outside = file(&other, "1.key", "the-agents-key", 0o440);
    let link = folder.path().join("link.key");
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    std::fs::create_dir(folder.path().join("folder.key")).unwrap();
    let inside = folder.path().display();
    for (named, words) in [
        (outside.display().to_string(), "names no key file in"),
        (key("1.txt", "the-agents-key"), "names no key file in"),
        (format!("{inside}/../{}/1.key", other.path().display()), "names no key file in"),
        (format!("{inside}/x/../1.key"), "names no key file in"),
        (String::new(), "names no key file in"),
        (link.display().to_string(), "cannot be read"),
        (format!("{inside}/none.key"), "cannot be read: entity not found"),
        (format!("{inside}/folder.key"), "is no regular file"),
        (key("large.key", &"x".repeat(4_097)), "is larger than 4 KiB"),
    ] {
        let (server, sign_in) = arc(folder.path(), &named).await;
        let AuthError::Refused(refusal) = bearer(&sign_in).await.unwrap_err() else {
            panic!("{named}")
        };
        assert!(refusal.sentence.contains(words), "{named}: {refusal}");
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "nothing was shown to it");
    }
    // One that refuses the key as well is not asked for ever.
    let (server, sign_in) = arc(folder.path(), &key("2.key", "another-key")).await;
    assert!(matches!(bearer(&sign_in).await, Err(AuthError::Refused(_))));
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_managed_identity_vouches_for_an_app() {
    let server = MockServer::start().await;
    let exchange = "api://AzureADTokenExchange";
    Mock::given(path("/imds"))
        .and(query_param("resource", exchange))
        .and(query_param("client_id", OTHER))
        .respond_with(ResponseTemplate::new(200).set_body_json(token("voucher")))
        .expect(1)
        .mount(&server)
        .await;
    let answer = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "for-graph" });
    Mock::given(method("POST"))
        .and(path("/contoso.example/oauth2/v2.0/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(&server)
        .await;
    let uri = server.uri();
    let sign_in = configured(
        &format!(
            "client_id = {CLIENT_ID:?}\nfederated_managed_identity = true\n\
             managed_identity_client_id = {OTHER:?}\nmanaged_identity_url = \"{uri}/imds\"\n\
             login_url = {uri:?}\n"
        ),
        &[],
    );
    assert_eq!(bearer(&sign_in).await.unwrap(), "for-graph");
    let requests = server.received_requests().await.unwrap();
    let mut form: Vec<_> = url::form_urlencoded::parse(&requests[1].body).into_owned().collect();
    form.sort();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let wanted = [
        ("client_assertion", "voucher"),
        ("client_assertion_type", kind),
        ("client_id", CLIENT_ID),
        ("grant_type", "client_credentials"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    assert_eq!(form, pairs(&wanted));
}

/// A sign-in of the app to tenant `n`, vouched for by the machine's identity.
fn vouched_for(uri: &str, n: usize) -> SignIn {
    let sign_in = configured(
        &format!(
            "client_id = {CLIENT_ID:?}\nfederated_managed_identity = true\n\
             managed_identity_url = \"{uri}/imds\"\nlogin_url = {uri:?}\n"
        ),
        &[],
    );
    SignIn { tenant_id: format!("t{n}.example"), ..sign_in }
}

#[tokio::test]
async fn one_token_of_a_platform_vouches_in_all_tenants() {
    let server = MockServer::start().await;
    let answer = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "for-graph" });
    let refusal = json!({ "error": "invalid_client", "error_codes": [700_027] });
    Mock::given(path("/imds")).respond_with(good()).mount(&server).await;
    Mock::given(path("/t0.example/oauth2/v2.0/token"))
        .respond_with(ResponseTemplate::new(401).set_body_json(refusal))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .with_priority(9)
        .mount(&server)
        .await;
    let auth = SharedAuth::default();
    let tokens: Vec<Arc<Tokens>> = (0..50)
        .map(|n| {
            let sign_in = vouched_for(&server.uri(), n);
            let clients = SignInClients::of(&sign_in, &Network::default(), &auth).unwrap();
            Arc::new(Tokens::new(sign_in, clients, Clock::System))
        })
        .collect();
    let of_platform = async || {
        let requests = server.received_requests().await.unwrap();
        requests.iter().filter(|request| request.url.path() == "/imds").count()
    };
    let mut all = tokio::task::JoinSet::new();
    for tokens in &tokens[1..] {
        let tokens = Arc::clone(tokens);
        all.spawn(async move { tokens.bearer().await.map(|bearer| bearer.expose().to_owned()) });
    }
    for bearer in all.join_all().await {
        assert_eq!(bearer.unwrap(), "for-graph");
    }
    assert_eq!(of_platform().await, 1);
    // One that Entra finds fault with is not shown again.
    for asked in [1, 2] {
        assert!(matches!(tokens[0].bearer().await, Err(AuthError::Refused(_))));
        assert_eq!(of_platform().await, asked);
    }
}

#[tokio::test]
async fn a_machines_identity_serves_its_own_tenant_only() {
    let claims = json!({ "tid": OTHER, "roles": ["ThreatHunting.Read.All"] }).to_string();
    let jwt = format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims));
    let server = serving(ResponseTemplate::new(200).set_body_json(token(&jwt))).await;
    let of = |tenant_id: &str| SignIn { tenant_id: tenant_id.to_owned(), ..imds(&server, "") };
    assert_eq!(bearer(&of(OTHER)).await.unwrap(), jwt);
    assert_eq!(bearer(&of("contoso.example")).await.unwrap(), jwt);
    let error = bearer(&of(CLIENT_ID)).await.unwrap_err();
    let AuthError::Refused(refusal) = error else { panic!("{error:?}") };
    let words = format!("belongs to tenant {OTHER}, not to {CLIENT_ID}");
    assert!(refusal.sentence.contains(&words), "{refusal}");
    assert!(refusal.remedy.contains("federated_managed_identity"), "{refusal}");
}

#[tokio::test]
async fn a_platform_that_repeats_its_header_is_not_repeated() {
    for (status, error) in [(400, "invalid_request"), (500, "unknown")] {
        let body = json!({ "error": error, "error_description": format!("not {HEADER}!") });
        let server = serving(ResponseTemplate::new(status).set_body_json(body)).await;
        let endpoint = format!("{}/msi/token", server.uri());
        let env = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", HEADER)];
        let said = bearer(&configured("managed_identity = true", &env)).await.unwrap_err();
        assert!(said.to_string().contains("not …"), "{said}");
        assert!(!said.to_string().contains(HEADER), "{said}");
    }
}

#[tokio::test]
async fn what_passes_is_tried_five_times_and_a_refusal_once() {
    for (status, tries) in [(404, 5), (410, 5), (500, 5), (400, 1), (403, 1)] {
        let server = serving(ResponseTemplate::new(status)).await;
        let error = bearer(&imds(&server, "")).await.unwrap_err();
        assert_eq!(server.received_requests().await.unwrap().len(), tries, "{status}");
        assert_eq!(matches!(error, AuthError::Transport(_)), tries == 5, "{error:?}");
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
    // What asks to be left alone is not tried again at once.
    for (status, header, seconds) in
        [(429, None, 5..=10), (503, None, 5..=10), (429, Some("70"), 70..=70)]
    {
        let mut answer = ResponseTemplate::new(status);
        if let Some(header) = header {
            answer = answer.insert_header("retry-after", header);
        }
        let server = serving(answer).await;
        let Err(AuthError::Throttled { wait }) = bearer(&imds(&server, "")).await else {
            panic!("{status}")
        };
        assert_eq!(server.received_requests().await.unwrap().len(), 1, "{status}");
        assert!(seconds.contains(&(wait.as_secs_f64().ceil() as u64)), "{wait:?}");
    }
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(410))
        .up_to_n_times(4)
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(good()).mount(&server).await;
    assert_eq!(bearer(&imds(&server, "")).await.unwrap(), "from-the-platform");
}

#[tokio::test]
async fn a_refusal_says_what_to_do() {
    let answer = |description: &str| {
        let body = json!({ "error": "invalid_request", "error_description": description });
        ResponseTemplate::new(400).set_body_json(body)
    };
    for (description, remedy) in [
        ("Identity not found", "assign a managed identity to this machine, and let client_id"),
        (
            "Multiple user assigned identities exist, please specify the clientId",
            "set client_id to the client id of one of them",
        ),
        ("Required metadata header not specified", "check client_id, managed_identity_kind"),
        (
            "AADSTS50001: The application named https://graph.microsoft.com was not found",
            "check cloud, which is global: the identity's tenant must know https://graph.micro",
        ),
    ] {
        let server = serving(answer(description)).await;
        let AuthError::Refused(refusal) = bearer(&imds(&server, "")).await.unwrap_err() else {
            panic!("{description}")
        };
        assert!(refusal.sentence.contains(description), "{refusal}");
        assert!(refusal.remedy.contains(remedy), "{refusal}");
    }
    let server = serving(ResponseTemplate::new(200).set_body_string("{}")).await;
    let error = bearer(&imds(&server, "")).await.unwrap_err();
    assert_eq!(error, AuthError::Transport("127.0.0.1 answered 200 without a token".to_owned()));
}

#[tokio::test]
async fn nobody_there_is_one_clear_sentence() {
    // One listens and never answers, one does not even listen.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (address, words) in
        [(mute.local_addr().unwrap(), "no answer within 0 s"), (closed, "refused")]
    {
        let url = format!("http://{address}/token");
        let lines = format!("managed_identity = true\nmanaged_identity_url = {url:?}");
        let sign_in = SignIn { deadline: Duration::from_millis(300), ..configured(&lines, &[]) };
        let AuthError::Transport(words_given) = bearer(&sign_in).await.unwrap_err() else {
            panic!("{address}")
        };
        let start = format!("nobody gives out tokens of a managed identity at {address} (");
        assert!(words_given.starts_with(&start) && words_given.contains(words), "{words_given}");
        assert!(words_given.contains("set managed_identity_url"), "{words_given}");
    }
}

/// The program with these lines of a tenant.
fn program(lines: &str) -> Program {
    let program = Program::offline();
    let store: PathBuf = program.store_path();
    program.configure(&format!(
        "[store]\npath = {store:?}\n[[tenant]]\nname = \"contoso\"\ntenant_id = \"contoso.example\"\n{lines}"
    ));
    program
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_uses_what_the_environment_names_and_no_proxy() {
    let server = MockServer::start().await;
    Mock::given(path("/msi/token"))
        .and(header("x-identity-header", HEADER))
        .respond_with(good())
        .mount(&server)
        .await;
    let forbidden = json!({ "error": { "code": "Forbidden", "message": "no role" } });
    Mock::given(method("POST"))
        .and(header("authorization", "Bearer from-the-platform"))
        .respond_with(ResponseTemplate::new(403).set_body_json(forbidden))
        .mount(&server)
        .await;
    let program = program(&format!("managed_identity = true\ngraph_url = {:?}\n", server.uri()));
    let dead = "http://127.0.0.1:9";
    let mut command = program.command(&["check"]);
    command
        .env("IDENTITY_ENDPOINT", format!("{}/msi/token", server.uri()))
        .env("IDENTITY_HEADER", HEADER)
        .envs(["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].map(|name| (name, dead)));
    let ran = Ran::from(command.output().unwrap());
    assert!(
        ran.out.contains("credentials: the machine's managed identity, by app-service"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("ok       contoso: sign-in"), "{}", ran.out);
    let refused = "failed   contoso: hunting: Graph forbids hunting to this app";
    assert!(ran.out.contains(refused), "{}", ran.out);
    assert!(ran.out.contains("New-MgServicePrincipalAppRoleAssignment"), "{}", ran.out);
    assert!(!ran.out.contains("adminconsent"), "{}", ran.out);
    assert_eq!(ran.code, Some(77));
    assert!(!format!("{}{}", ran.out, ran.err).contains(HEADER));
}

#[test]
fn a_machine_without_an_identity_is_tried_again_later() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let program = program(&format!(
        "managed_identity = true\nmanaged_identity_url = \"http://{closed}/token\"\n\
         graph_url = \"http://{closed}\"\n"
    ));
    for arguments in [["check"], ["sync"]] {
        let ran = program.run(&arguments);
        assert_eq!(ran.code, Some(75), "{} {}", ran.out, ran.err);
        let words = "nobody gives out tokens of a managed identity at 127.0.0.1:";
        assert!(ran.out.contains(words), "{} {}", ran.out, ran.err);
    }
}
