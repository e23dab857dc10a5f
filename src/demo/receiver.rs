//! The far end of a Teams workflow and of a signed webhook, on one loopback port. A browser can look
//! there at what came.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{MethodRouter, post};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::inbox::{Inbox, LastMessages, Posted};
use super::key::{Signed, WebhookKey, random};
use super::pages;
use crate::clock::Clock;
use crate::web::accept;

/// The largest body that is taken.
const LARGEST_REQUEST: usize = 4 << 20;
const TEAMS: &str = "/teams";
const ALERTS: &str = "/alerts";
const SOAR: &str = "/soar";

/// A running receiver; it stops when it is dropped.
pub struct Receiver {
    shared: Arc<Shared>,
    address: SocketAddr,
    _stop: DropGuard,
}

struct Shared {
    inbox: Inbox,
    key: WebhookKey,
    clock: Clock,
    /// What makes the addresses secrets.
    secret: String,
}

impl Receiver {
    /// Starts one on a free port of 127.0.0.1, with a signing key and addresses that are new. Must be
    /// called within a tokio runtime.
    pub async fn start(inbox: Inbox, clock: Clock) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let secret = format!("{:032x}", u128::from_be_bytes(random()?));
        let key = WebhookKey::fresh()?;
        let shared = Arc::new(Shared { inbox: inbox.clone(), key, clock, secret });
        let app = Router::new()
            .route(&format!("{TEAMS}/{{secret}}"), workflow(TEAMS, |kept| &mut kept.card))
            .route(&format!("{ALERTS}/{{secret}}"), workflow(ALERTS, |kept| &mut kept.alert))
            .route(&format!("{SOAR}/{{secret}}"), post(webhook))
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
            .with_state(shared.clone())
            .merge(pages::router(inbox, address));
        let stop = CancellationToken::new();
        tokio::spawn(accept::serve(listener, app, stop.clone()));
        Ok(Self { shared, address, _stop: stop.drop_guard() })
    }

    /// Where a browser can look at what came.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Where cards are posted to: a secret.
    pub fn teams_url(&self) -> String {
        format!("http://{}{TEAMS}/{}", self.address, self.shared.secret)
    }

    /// Where cards of alerts are posted to: a secret.
    pub fn alerts_url(&self) -> String {
        format!("http://{}{ALERTS}/{}", self.address, self.shared.secret)
    }

    /// Where events are posted to: a secret.
    pub fn soar_url(&self) -> String {
        format!("http://{}{SOAR}/{}", self.address, self.shared.secret)
    }

    /// The key that events must be signed with, as it stands in a file: a secret.
    pub fn signing_key(&self) -> &str {
        self.shared.key.text()
    }
}

/// A refusal, with what is wrong.
type Rejection = (StatusCode, &'static str);

impl Shared {
    fn read(
        &self,
        path: &'static str,
        secret: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Posted, Rejection> {
        if secret != self.secret {
            return Err((StatusCode::NOT_FOUND, "nobody is here"));
        }
        Posted::read(path, headers, body).ok_or((StatusCode::BAD_REQUEST, "this is no JSON"))
    }
}

/// Takes a card where `kept` keeps it, and answers as a workflow does.
fn workflow(
    path: &'static str,
    kept: fn(&mut LastMessages) -> &mut Option<Arc<Posted>>,
) -> MethodRouter<Arc<Shared>> {
    let take = move |shared: &Shared, secret: &str, headers: &HeaderMap, body: &[u8]| {
        let posted = shared.read(path, secret, headers, body)?;
        shared.inbox.put(|all| *kept(all) = Some(Arc::new(posted)));
        Ok::<_, Rejection>(StatusCode::ACCEPTED)
    };
    post(
        async move |State(shared): State<Arc<Shared>>,
                    Path(secret): Path<String>,
                    headers: HeaderMap,
                    body: Bytes| take(&shared, &secret, &headers, &body),
    )
}

async fn webhook(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Rejection> {
    let posted = shared.read(SOAR, &secret, &headers, &body)?;
    let signed = Signed {
        id: posted.header("webhook-id"),
        timestamp: posted.header("webhook-timestamp"),
        signatures: posted.header("webhook-signature"),
        body: &body,
    };
    let verified = shared.key.verify(&signed, shared.clock.now());
    verified.map_err(|why| (StatusCode::UNAUTHORIZED, why))?;
    shared.inbox.put(|kept| kept.webhook = Some(Arc::new(posted)));
    Ok(StatusCode::NO_CONTENT)
}
