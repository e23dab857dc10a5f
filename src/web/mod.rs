//! The web listener: `/livez`, `/readyz` and `/metrics`, for this machine only, off by default.
//!
//! Whoever can reach it may read it, so it tells nothing of any click, URL or user. Pages of other
//! sites are kept out by the exact check of `Host` (they could reach it under a name of theirs).

pub(crate) mod accept;
mod alerts;
mod gather;
pub(crate) mod guard;
mod metrics;
mod negotiate;
mod series;
mod slots;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::daemon::{DaemonHandle, Health, StoreHealth};
use gather::Gatherer;
use negotiate::{CLASSIC, OPEN_METRICS, wants_open};

/// How long a health check waits for the store.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// Answers on `listener` until `stop`.
pub async fn serve(listener: TcpListener, handle: DaemonHandle, stop: CancellationToken) {
    let Ok(address) = listener.local_addr() else { return };
    let gatherer = Arc::new(Gatherer::new(handle));
    let app = Router::new()
        .route("/livez", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(scraped))
        .with_state(gatherer)
        .layer(middleware::from_fn_with_state(guard::OwnHosts::of(address), guard::check));
    accept::serve(listener, app, stop).await;
}

/// The process lives, and no stage is stuck. A store that another process keeps busy is no reason
/// to end this one.
async fn alive(State(gatherer): State<Arc<Gatherer>>) -> Response {
    let late = gatherer.late();
    told(&Health { late, store: StoreHealth::Good })
}

/// The same, and the store is good, and has room. A sink that is paused is told of, but the program
/// is ready all the same: another start mends nothing, and everything else goes on.
async fn ready(State(gatherer): State<Arc<Gatherer>>) -> Response {
    if gatherer.is_paused() {
        return (StatusCode::SERVICE_UNAVAILABLE, "collection pauses: the disk is full\n")
            .into_response();
    }
    let health = gatherer.check(STORE_TIMEOUT).await;
    if !health.is_ready() {
        return told(&health);
    }
    let paused = gatherer.paused_sinks(STORE_TIMEOUT).await;
    let line = |sink: String| format!("sink {sink} is paused\n");
    format!("ok\n{}", paused.into_iter().map(line).collect::<String>()).into_response()
}

/// A line for each fault. Names of tenants are the operator's own and plain.
fn told(health: &Health) -> Response {
    if health.is_ready() {
        return "ok\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, health.faults().join("\n") + "\n").into_response()
}

async fn scraped(State(gatherer): State<Arc<Gatherer>>, headers: HeaderMap) -> Response {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    let accept: Vec<&str> = accept.collect();
    let snapshot = match gatherer.gather().await {
        Ok(snapshot) => snapshot,
        Err(why) => return (StatusCode::SERVICE_UNAVAILABLE, why + "\n").into_response(),
    };
    let (form, text) = if wants_open(&accept.join(",")) {
        (OPEN_METRICS, metrics::open(&snapshot))
    } else {
        (CLASSIC, metrics::classic(&snapshot))
    };
    ([(header::CONTENT_TYPE, form.content_type())], text).into_response()
}
