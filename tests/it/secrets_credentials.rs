//! Keys, assertions and tokens of every credential stay where they belong, as secrets do.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use clickwarden::clock::Clock;
use clickwarden::demo::{TenantSettings, invented_table};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::certificates::{certificate, pkcs8};
use crate::secrets::{assert_absent, assert_files_are_clean, shapes};
use crate::stand::{Stand, signal};
use crate::tenants::file;

const HEADER: &str = "canary+Qz7~/header=";

/// What stands before the simulated tenant, which knows secrets only: it takes every assertion and
/// is every platform, notes what it was shown, and fetches the token with the tenant's secret.
#[derive(Clone)]
struct Front {
    tenant: String,
    settings: TenantSettings,
    /// Whatever was shown to it.
    shown: Arc<Mutex<Vec<String>>>,
    /// Refusals still to give.
    refusals: Arc<Mutex<u32>>,
}

impl Front {
    async fn start(stand: &Stand) -> (MockServer, Self) {
        let server = MockServer::start().await;
        let front = Self {
            tenant: stand.tenant.url().replace("http://", ""),
            settings: stand.tenant.settings().clone(),
            shown: Arc::default(),
            refusals: Arc::new(Mutex::new(1)),
        };
        Mock::given(any()).respond_with(front.clone()).mount(&server).await;
        (server, front)
    }

    /// A token of the simulated tenant.
    fn token(&self) -> String {
        let TenantSettings { tenant_id, client_id, client_secret, .. } = &self.settings;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", "x/.default")
            .append_pair("client_id", client_id)
            .append_pair("client_secret", client_secret)
            .finish();
        let mut stream = TcpStream::connect(&self.tenant).unwrap();
        write!(
            stream,
            "POST /{tenant_id}/oauth2/v2.0/token HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }
}

impl Respond for Front {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let form: Vec<(String, String)> =
            url::form_urlencoded::parse(&request.body).into_owned().collect();
        let assertion = form.into_iter().find(|(key, _)| key == "client_assertion");
        let header = request.headers.get("x-identity-header").map(|v| v.to_str().unwrap());
        let shown = assertion.map(|(_, value)| value).or(header.map(str::to_owned)).unwrap();
        self.shown.lock().unwrap().push(shown.clone());
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            let body = json!({ "error": "temporarily_unavailable", "error_codes": [90_033],
                "error_description": format!("AADSTS90033: try again, {shown}.\r\n{shown}") });
            return ResponseTemplate::new(500).set_body_json(body);
        }
        let token = self.token();
        self.shown.lock().unwrap().push(token.clone());
        let body = json!({ "access_token": token, "expires_in": "3599", "token_type": "Bearer" });
        ResponseTemplate::new(200).set_body_json(body)
    }
}

/// Runs the daemon with `lines` for a credential, refuses it once, and looks everywhere for what it
/// showed to the front and for `more`. The platform's own environment is not ours to judge.
async fn look(lines: &str, env: &[(&str, &str)], more: &[Vec<u8>], secret_files: &[&str]) {
    let table = invented_table(43, Clock::System.now(), 300);
    let stand = Stand::new(table, "interval = \"1s\"").await;
    let (server, front) = Front::start(&stand).await;
    let at_front = |text: &str| text.replace("FRONT", &server.uri());
    let text = stand.config_text(&stand.tenant.url(), "interval = \"1s\"");
    let keep =
        |line: &&str| !line.starts_with("client_secret_file") && !line.starts_with("login_url");
    let kept: Vec<&str> = text.lines().filter(keep).collect();
    let client_id = format!("client_id = \"{}\"", stand.tenant.settings().client_id);
    let dir = stand.dir.path().display().to_string();
    let own = format!("{client_id}\n{}", at_front(lines).replace("DIR", &dir));
    fs::write(stand.config(), kept.join("\n").replace(&client_id, &own)).unwrap();
    file(&stand.dir, "key", &pkcs8(0), 0o600);
    file(&stand.dir, "crt", &certificate(0), 0o644);
    file(&stand.dir, "token", TOKEN, 0o600);
    let words = stand.dir.path().join("words");
    let mut daemon = stand.command(&["-vv", "run"]);
    daemon.envs(env.iter().map(|(name, value)| (name, at_front(value))));
    daemon.stdout(File::create(stand.dir.path().join("out")).unwrap());
    let mut daemon = daemon.stderr(File::create(&words).unwrap()).spawn().unwrap();
    let end = Instant::now() + Duration::from_mins(1);
    while stand.tenant.queries() < 4 {
        assert!(Instant::now() < end, "{}", fs::read_to_string(&words).unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let shown = front.shown.lock().unwrap().clone();
    assert!(shown.len() >= 3, "a refusal, another try, a token: {shown:?}");
    let mut all: Vec<Vec<u8>> =
        shown.iter().flat_map(|text| shapes(text)).map(String::into_bytes).collect();
    // Of a token also its parts.
    let parts = shown.iter().flat_map(|text| text.split('.')).filter(|part| part.len() > 30);
    all.extend(parts.flat_map(shapes).map(String::into_bytes));
    all.extend(more.iter().cloned());
    let of_process = ["cmdline", "comm", "environ"].iter().take(if env.is_empty() { 3 } else { 2 });
    for name in of_process {
        assert_absent(name, &fs::read(format!("/proc/{}/{name}", daemon.id())).unwrap(), &all);
    }
    let backup = stand.run(&["-vvv", "db", "backup", &format!("{dir}/backup.db")]);
    assert!(backup.status.success(), "{backup:?}");
    assert!(stand.dir.path().join("clicks.db-wal").exists(), "the log is looked at, too");
    assert_files_are_clean(stand.dir.path(), &all, secret_files);
    signal(&daemon, "TERM");
    assert!(daemon.wait().unwrap().success());
    assert!(fs::read_to_string(&words).unwrap().contains("AADSTS90033") || env.len() > 1);
    for arguments in [&["-vvv", "check"][..], &["config", "show"], &["-vvv", "status"]] {
        let mut command = stand.command(arguments);
        let output = command.envs(env.iter().map(|(name, value)| (name, at_front(value)))).output();
        let output = output.unwrap();
        assert_absent("stdout", &output.stdout, &all);
        assert_absent("stderr", &output.stderr, &all);
    }
    assert_files_are_clean(stand.dir.path(), &all, secret_files);
}

/// A token as an issuer writes it.
const TOKEN: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjYW5hcnktUXo3LWlzc3VlciJ9.Y2FuYXJ5LVF6Ny1zaWduYXR1cmU";

/// The key as its file writes it and as it is, in parts of a line.
fn parts_of_key() -> Vec<Vec<u8>> {
    let pem = pkcs8(0);
    let lines = pem.lines().filter(|line| !line.starts_with('-') && line.len() == 64);
    // The first lines hold the public part, which the certificate shows to anybody.
    lines
        .skip(7)
        .flat_map(|line| {
            let raw = BASE64_STANDARD.decode(line).unwrap();
            let mut all: Vec<_> = shapes(line).into_iter().map(String::into_bytes).collect();
            all.extend([BASE64_URL_SAFE_NO_PAD.encode(&raw).into_bytes(), raw]);
            all
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn key_and_assertion_show_nowhere() {
    let lines =
        "certificate_file = \"DIR/crt\"\nprivate_key_file = \"DIR/key\"\nlogin_url = \"FRONT\"";
    look(lines, &[], &parts_of_key(), &["key"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_federated_token_shows_nowhere() {
    let lines = "federated_token_file = \"DIR/token\"\nlogin_url = \"FRONT\"";
    look(lines, &[], &[], &["token", "key"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_platform_is_shown_shows_nowhere() {
    let env = [("IDENTITY_ENDPOINT", "FRONT/msi/token"), ("IDENTITY_HEADER", HEADER)];
    let more: Vec<Vec<u8>> = shapes(HEADER).into_iter().map(String::into_bytes).collect();
    look("managed_identity = true", &env, &more, &["key", "token"]).await;
}
