//! Sign-in judged by a certified OAuth 2.0 server that is laid out as Entra's: what we send is good
//! or not by its word.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use clickwarden::auth::{AuthError, AuthRefusal};
use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, Tick};
use clickwarden::config::{Algorithm, Certificate, Credential, Identity};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::certificates::{self, certificate, certificate_for, pkcs8};
use crate::oracle;
use crate::program::{Program, Ran};
use crate::tenants::{SECRET, file, sign_in_as, tokens_of};

const TENANT: &str = "contoso.example";
const WITH_SECRET: &str = "00000000-0000-0000-0000-000000000001";
const WITH_CERTIFICATE: &str = "00000000-0000-0000-0000-000000000002";
const FEDERATED: &str = "00000000-0000-0000-0000-000000000003";
/// The server gives this one no role.
const WITHOUT_ROLE: &str = "00000000-0000-0000-0000-00000000000f";

/// The server; it ends with this.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// `None` where the engines that others wrote may be skipped.
    fn start(certificate: &str) -> Option<Self> {
        if oracle::is_skipped() {
            return None;
        }
        let mut process = oracle::certified_server()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let setup = json!({ "tenant": TENANT, "clients": [
            { "id": WITH_SECRET, "secret": SECRET },
            { "id": WITHOUT_ROLE, "secret": SECRET },
            { "id": WITH_CERTIFICATE, "key": certificate, "thumbprints": true },
            { "id": FEDERATED, "key": certificates::key(1).public_key_pem() },
        ]});
        writeln!(process.stdin.as_mut().unwrap(), "{setup}").unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = serde_json::from_str::<Value>(&line).unwrap()["url"].as_str().unwrap().to_owned();
        Some(Self { process, url })
    }

    async fn sign_in(&self, identity: &Identity, clock: &Clock) -> Result<String, AuthError> {
        let sign_in = sign_in_as(&self.url, TENANT, identity.clone());
        let bearer = tokens_of(sign_in, clock).bearer().await?;
        Ok(bearer.expose().to_owned())
    }

    async fn refusal(&self, identity: &Identity) -> AuthRefusal {
        match self.sign_in(identity, &Clock::System).await {
            Err(AuthError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

fn app(client_id: &str, credential: Credential) -> Identity {
    Identity::App { client_id: client_id.to_owned(), credential }
}

fn secret(folder: &TempDir, text: &str) -> Identity {
    let credential =
        Credential::Secret { file: file(folder, "secret", text, 0o600), expires: None };
    app(WITH_SECRET, credential)
}

fn pair(folder: &TempDir, certificate: &str, key: usize, algorithm: Algorithm) -> Identity {
    let certificate_file = file(folder, "crt", certificate, 0o644);
    let private_key_file = file(folder, "key", &pkcs8(key), 0o600);
    let files = Certificate { certificate_file, private_key_file, algorithm };
    app(WITH_CERTIFICATE, Credential::Certificate(files))
}

/// What is made of a token's claims.
type Change = fn(&mut Value);

/// A token of an issuer whom the server trusts, as `change` has it.
fn token(server: &Server, change: impl FnOnce(&mut Value)) -> String {
    signed(server, 1, change)
}

/// The same, signed by the key of this number.
fn signed(server: &Server, key: usize, change: impl FnOnce(&mut Value)) -> String {
    let now = Clock::System.now().unix_seconds();
    let mut claims = json!({
        "iss": FEDERATED, "sub": FEDERATED, "jti": format!("{:032x}", fastrand::u128(..)),
        "aud": format!("{}/{TENANT}/oauth2/v2.0/token", server.url),
        "nbf": now - 10, "iat": now, "exp": now + 300,
    });
    change(&mut claims);
    let key = EncodingKey::from_rsa_pem(pkcs8(key).as_bytes()).unwrap();
    jsonwebtoken::encode(&Header::new(jsonwebtoken::Algorithm::RS256), &claims, &key).unwrap()
}

fn federated(folder: &TempDir, token: &str) -> Identity {
    let path: PathBuf = file(folder, "token", token, 0o600);
    app(FEDERATED, Credential::TokenFile(path))
}

#[tokio::test]
async fn every_credential_is_accepted() {
    let good = certificate(0);
    let Some(server) = Server::start(&good) else { return };
    let folder = TempDir::new().unwrap();
    let chain = format!("{good}{}", certificate(1));
    for identity in [
        secret(&folder, SECRET),
        pair(&folder, &good, 0, Algorithm::Ps256),
        pair(&folder, &good, 0, Algorithm::Rs256),
        pair(&folder, &chain, 0, Algorithm::Ps256),
        federated(&folder, &token(&server, |_| ())),
    ] {
        let token = server.sign_in(&identity, &Clock::System).await;
        assert_eq!(
            token.unwrap_or_else(|error| panic!("{identity:?}: {error}")).matches('.').count(),
            2
        );
    }
}

#[tokio::test]
async fn no_assertion_is_used_twice() {
    let good = certificate(0);
    let Some(server) = Server::start(&good) else { return };
    let folder = TempDir::new().unwrap();
    let identity = pair(&folder, &good, 0, Algorithm::Ps256);
    // The server takes no assertion whose id it has seen.
    for _ in 0..3 {
        server.sign_in(&identity, &Clock::System).await.unwrap();
    }
    let identity = federated(&folder, &token(&server, |_| ()));
    server.sign_in(&identity, &Clock::System).await.unwrap();
    let refusal = server.refusal(&identity).await;
    assert!(refusal.sentence.contains("does not accept the credential of the app"), "{refusal}");
    assert!(refusal.sentence.contains("must only be used once"), "{refusal}");
    assert!(refusal.remedy.contains("federated_token_file ("), "{refusal}");
    // Its issuer writes another, and nobody has to be told.
    federated(&folder, &token(&server, |_| ()));
    server.sign_in(&identity, &Clock::System).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_what_to_do() {
    let good = certificate(0);
    let Some(server) = Server::start(&good) else { return };
    let folder = TempDir::new().unwrap();
    let refusal = server.refusal(&secret(&folder, "wrong")).await;
    assert_eq!(refusal.code, Some(7_000_215));
    assert!(refusal.remedy.contains("client_secret_file ("), "{refusal}");
    let now = Clock::System.now();
    let renewed = certificate_for(certificates::key(0), now.plus(-DAY), now.plus(DAY));
    for algorithm in [Algorithm::Ps256, Algorithm::Rs256] {
        // The certificate that is registered is another one, of the same key or not.
        for (certificate, key) in [(certificate(1), 1), (renewed.clone(), 0)] {
            let refusal = server.refusal(&pair(&folder, &certificate, key, algorithm)).await;
            assert_eq!(refusal.code, Some(700_027));
            assert!(refusal.sentence.contains("signature of the client assertion"), "{refusal}");
            assert!(refusal.remedy.contains("private_key_file ("), "{refusal}");
        }
    }
    let wrong: [(usize, Change, u32); 3] = [
        (1, |claims| claims["aud"] = json!("https://other.example/token"), 700_023),
        (1, |claims| claims["sub"] = json!("other"), 700_021),
        (0, |_| (), 700_027),
    ];
    for (key, change, code) in wrong {
        let refusal = server.refusal(&federated(&folder, &signed(&server, key, change))).await;
        assert_eq!(refusal.code, Some(code), "{refusal}");
        assert!(refusal.sentence.contains("does not trust the token of federated"), "{refusal}");
        assert!(refusal.remedy.contains("add a federated credential"), "{refusal}");
    }
    // Its issuer may have written a better one a moment later.
    let out_of_time: [Change; 2] =
        [|claims| claims["exp"] = json!(1), |claims| claims["nbf"] = json!(4_000_000_000_u64)];
    for change in out_of_time {
        let identity = federated(&folder, &token(&server, change));
        let error = server.sign_in(&identity, &Clock::System).await.unwrap_err();
        let AuthError::Transport(words) = error else { panic!("{error:?}") };
        assert!(words.contains("is not good at Microsoft's time: set this machine"), "{words}");
        assert!(
            words.contains("federated_token_file (") && words.contains("AADSTS700024"),
            "{words}"
        );
    }
}

#[tokio::test]
async fn an_assertion_is_for_the_address_that_it_is_sent_to() {
    let good = certificate(0);
    let Some(server) = Server::start(&good) else { return };
    let folder = TempDir::new().unwrap();
    let identity = pair(&folder, &good, 0, Algorithm::Ps256);
    // A gateway before the server knows of a path that the server does not.
    let sign_in = sign_in_as(&format!("{}/gateway", server.url), TENANT, identity);
    match tokens_of(sign_in, &Clock::System).bearer().await {
        Err(AuthError::Refused(refusal)) => {
            assert_eq!(refusal.code, Some(700_023), "{refusal}");
            assert!(refusal.remedy.contains("login_url"), "{refusal}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_clock_that_is_off_by_a_day_signs_in_all_the_same() {
    let now = Clock::System.now();
    let good = certificate_for(certificates::key(0), now.plus(-9 * DAY), now.plus(9 * DAY));
    let Some(server) = Server::start(&good) else { return };
    let folder = TempDir::new().unwrap();
    for off in [-DAY, -HOUR, HOUR, DAY] {
        let clock = Clock::manual(Clock::System.now().plus(off));
        let identity = pair(&folder, &good, 0, Algorithm::Ps256);
        let token = server.sign_in(&identity, &clock).await;
        assert!(token.is_ok(), "{off}: {token:?}");
    }
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_not_even_sent() {
    let folder = TempDir::new().unwrap();
    let now = Clock::System.now();
    let nobody = "http://127.0.0.1:9";
    let outcome = async |from: Tick, until: Tick| {
        let certificate = certificate_for(certificates::key(0), from, until);
        let identity = pair(&folder, &certificate, 0, Algorithm::Ps256);
        let sign_in = sign_in_as(nobody, TENANT, identity);
        tokens_of(sign_in, &Clock::System).bearer().await.unwrap_err()
    };
    for (from, until, words) in
        [(-HOUR, -MINUTE, "expired at"), (MINUTE, HOUR, "is good only from")]
    {
        let AuthError::Refused(refusal) = outcome(now.plus(from), now.plus(until)).await else {
            panic!("it was sent")
        };
        assert!(refusal.sentence.contains(words), "{refusal}");
        assert!(refusal.sentence.contains("certificate_file ("), "{refusal}");
        assert!(refusal.remedy.contains(WITH_CERTIFICATE), "{refusal}");
    }
    // And one in its time is.
    assert!(matches!(outcome(now.plus(-MINUTE), now.plus(HOUR)).await, AuthError::Transport(_)));
}

/// The program, configured for the server and the one credential.
fn program(server: &Server, credential: &str) -> Program {
    let program = Program::offline();
    let url = &server.url;
    program.configure(&format!(
        "[store]\npath = {:?}\n[[tenant]]\nname = \"contoso\"\ntenant_id = {TENANT:?}\n\
         login_url = {url:?}\ngraph_url = \"http://127.0.0.1:9\"\n{credential}",
        program.store_path()
    ));
    program
}

fn check(program: &Program) -> Ran {
    program.command(&["check"]).output().unwrap().into()
}

#[test]
fn the_program_signs_in_with_a_certificate_and_warns_of_its_end() {
    let now = Clock::System.now();
    let good = certificate_for(certificates::key(0), now.plus(-DAY), now.plus(5 * DAY));
    let Some(server) = Server::start(&good) else { return };
    let folder = TempDir::new().unwrap();
    let certificate = file(&folder, "crt", &good, 0o644);
    let key = file(&folder, "key", &certificates::pkcs1(0), 0o600);
    let lines = format!(
        "client_id = {WITH_CERTIFICATE:?}\ncertificate_file = {certificate:?}\nprivate_key_file = {key:?}\n"
    );
    let program = program(&server, &lines);
    let ran = check(&program);
    assert!(
        ran.out.contains("warning  contoso: credentials: the certificate expires on"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("ok       contoso: sign-in: Entra ID gave a token"), "{}", ran.out);
    assert_eq!((ran.code, ran.err.as_str()), (Some(75), ""), "{}", ran.out);
    // Rotation: the next sign-in takes the new ones.
    let expired = certificate_for(certificates::key(0), now.plus(-5 * DAY), now.plus(-DAY));
    file(&folder, "crt", &expired, 0o644);
    let ran = check(&program);
    assert_eq!(ran.code, Some(77), "{}", ran.out);
    assert!(
        ran.out.contains("failed   contoso: credentials: the certificate expired on"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("failed   contoso: sign-in: the certificate in certificate_file ("),
        "{}",
        ran.out
    );
    file(&folder, "crt", &certificates::certificate(1), 0o644);
    for arguments in [&["check"][..], &["sync"], &["run"]] {
        let ran = Ran::from(program.command(arguments).output().unwrap());
        assert_eq!(ran.code, Some(78), "{} {}", ran.out, ran.err);
        let words = "tenant[0].private_key_file: ";
        assert!(ran.out.contains(words) || ran.err.contains(words), "{} {}", ran.out, ran.err);
    }
}

#[test]
fn a_missing_role_is_hinted_at_once() {
    let Some(server) = Server::start(&certificate(0)) else { return };
    let folder = TempDir::new().unwrap();
    let secret = file(&folder, "secret", SECRET, 0o600);
    let lines = format!("client_id = {WITHOUT_ROLE:?}\nclient_secret_file = {secret:?}\n");
    let ran = check(&program(&server, &lines));
    assert_eq!(ran.err.matches("seems to lack ThreatHunting.Read.All").count(), 1, "{}", ran.err);
    assert!(ran.err.contains("/adminconsent?client_id="), "{}", ran.err);
    assert!(ran.out.contains("ok       contoso: sign-in"), "{}", ran.out);
}

#[test]
fn a_token_file_that_vanishes_is_waited_for() {
    let Some(server) = Server::start(&certificate(0)) else { return };
    let folder = TempDir::new().unwrap();
    let identity = federated(&folder, &token(&server, |_| ()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tokens = tokens_of(sign_in_as(&server.url, TENANT, identity), &Clock::System);
    for (text, words) in [
        (None, "cannot be read: entity not found"),
        (Some(""), "is empty"),
        (Some("half.a"), "holds no JSON Web Token"),
        (Some("e30.e30.?"), "holds no JSON Web Token"),
    ] {
        std::fs::remove_file(folder.path().join("token")).unwrap_or_default();
        if let Some(text) = text {
            file(&folder, "token", text, 0o600);
        }
        let error = runtime.block_on(tokens.bearer()).unwrap_err();
        assert!(matches!(error, AuthError::Transport(_)), "{error:?}");
        let shown = error.to_string();
        assert!(shown.starts_with("federated_token_file: ") && shown.contains(words), "{shown}");
    }
    federated(&folder, &token(&server, |_| ()));
    runtime.block_on(tokens.bearer()).unwrap();
}

/// After a start of the machine its issuer may come later than we.
#[test]
fn a_token_file_that_is_not_there_yet_stops_nothing() {
    let Some(server) = Server::start(&certificate(0)) else { return };
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("token");
    let program =
        program(&server, &format!("client_id = {FEDERATED:?}\nfederated_token_file = {path:?}\n"));
    let words = "federated_token_file: ";
    let ran = check(&program);
    assert_eq!(ran.code, Some(78), "{}", ran.out);
    assert!(
        ran.out.contains("failed   contoso: credentials: ") && ran.out.contains(words),
        "{}",
        ran.out
    );
    let ran = program.run(&["sync"]);
    assert_eq!(ran.code, Some(75), "{} {}", ran.out, ran.err);
    assert!(ran.out.contains(words) && ran.out.contains("cannot be read"), "{}", ran.out);
    // The token is there, and Graph is not.
    federated(&folder, &token(&server, |_| ()));
    let ran = program.run(&["sync"]);
    assert!(ran.out.contains("cannot reach 127.0.0.1"), "{} {}", ran.out, ran.err);
}
