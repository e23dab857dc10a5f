//! Tenants share one connection to a host that speaks HTTP/2, as Graph does, and answers that are not
//! read hold up no other.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use clickwarden::auth::{SharedAuth, SignIn, SignInClients, Tokens};
use clickwarden::clock::Clock;
use clickwarden::network::Network;
use clickwarden::source::Limits;
use clickwarden::source::{GraphEndpoint, Hunting, ReplyBudget};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

use crate::tenants::{self, SECRET};
use crate::tls::certified;

const MIB: usize = 1 << 20;
/// What the token `large` is answered with: more than may be sent before it is read.
const LARGE: usize = 8 * MIB;
/// How many such answers are not read.
const UNREAD: usize = 8;
const HUNTING: &str = "/v1.0/security/runHuntingQuery";

/// Sign-in service and Graph of all tenants.
struct Host {
    url: Url,
    authority: String,
    connections: Arc<AtomicUsize>,
}

impl Host {
    async fn start() -> Self {
        let (authority, mut config) = certified("127.0.0.1");
        config.alpn_protocols = vec![b"h2".to_vec()];
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = Self {
            url: Url::parse(&format!("https://127.0.0.1:{port}")).unwrap(),
            authority,
            connections: Arc::default(),
        };
        let app = Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .route(HUNTING, post(hunt));
        let (acceptor, count) = (TlsAcceptor::from(Arc::new(config)), host.connections.clone());
        tokio::spawn(async move {
            loop {
                let stream = listener.accept().await.unwrap().0;
                let stream = acceptor.accept(stream).await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let service = TowerToHyperService::new(app.clone());
                let server = http2::Builder::new(TokioExecutor::new());
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
            }
        });
        host
    }
}

/// The token names the tenant.
async fn token(Path(tenant): Path<String>) -> Json<Value> {
    Json(json!({ "token_type": "Bearer", "expires_in": 3_600, "access_token": tenant }))
}

async fn hunt(headers: HeaderMap) -> Vec<u8> {
    let mut answer = json!({ "schema": [], "results": [] }).to_string().into_bytes();
    if headers["authorization"] == "Bearer large" {
        answer.resize(LARGE, b' ');
    }
    answer
}

/// Tenants of one process.
struct Process {
    auth: SharedAuth,
    network: Network,
    secret: PathBuf,
    url: Url,
}

impl Process {
    fn tenant(&self, name: &str, budget: &ReplyBudget) -> Hunting {
        let sign_in = SignIn {
            tenant_id: name.to_owned(),
            ..tenants::sign_in(self.url.as_str(), name, &self.secret)
        };
        let clients = SignInClients::of(&sign_in, &self.network, &self.auth).unwrap();
        let tokens = Arc::new(Tokens::new(sign_in, clients, Clock::System));
        let http = self.auth.clients.get(&self.network, &self.url).unwrap();
        let graph = GraphEndpoint { http, url: self.url.clone(), tokens };
        Hunting::new(graph, budget.clone(), Limits::default(), Clock::System)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_tenants_share_a_connection_beside_answers_that_are_not_read() {
    let (host, folder) = (Host::start().await, TempDir::new().unwrap());
    let ca_file = Some(tenants::file(&folder, "ca.pem", &host.authority, 0o644));
    let network = Network { ca_file };
    let secret = tenants::secret_file(&folder, SECRET);
    let process = Process { auth: SharedAuth::default(), network, secret, url: host.url.clone() };
    let client = process.auth.clients.get(&process.network, &process.url).unwrap();
    let mut unread = Vec::new();
    for _ in 0..UNREAD {
        let large = client.post(host.url.join(HUNTING).unwrap()).bearer_auth("large");
        unread.push(large.send().await.unwrap());
    }
    let budget = ReplyBudget::new(64 * MIB as u64);
    let mut all = tokio::task::JoinSet::new();
    for n in 0..20 {
        let tenant = process.tenant(&format!("t{n}"), &budget);
        all.spawn(async move { tenant.run("q", 0).await.map(|reply| reply.body.len()) });
    }
    for answer in all.join_all().await {
        assert!(answer.unwrap() < 100);
    }
    for answer in unread {
        assert_eq!(answer.bytes().await.unwrap().len(), LARGE);
    }
    assert_eq!(host.connections.load(Ordering::SeqCst), 1);
}
