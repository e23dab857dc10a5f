//! Taking connections: few at once, each for a short time, so that nobody can use up what
//! collection needs; and where all are taken, the slowest client makes room.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::slots::{ConnectionSlot, ConnectionSlots};

/// Connections at once; for one more the slowest client's is closed, if there is one.
const CONNECTIONS: usize = 32;
/// How long a client may take to ask.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection lasts, whatever happens on it.
const CONNECTION_TIME: Duration = Duration::from_secs(30);
/// How long to rest when no connection can be taken, as when all file descriptors are in use.
const ACCEPT_REST: Duration = Duration::from_millis(100);
/// Bytes of a request's head.
const MOST_HEAD_BYTES: usize = 16 << 10;
const MOST_HEADERS: usize = 64;

/// Serves `app` until `stop`.
pub(crate) async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) {
    let (slots, tasks) = (ConnectionSlots::new(CONNECTIONS, &stop), TaskTracker::new());
    while let Some(taken) = stop.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _)) = taken else {
            tokio::time::sleep(ACCEPT_REST).await;
            continue;
        };
        let Some(slot) = slots.take().await else { continue };
        let app = app.clone();
        tasks.spawn(async move {
            let answer = answer(stream, app, slot.clone());
            slot.run(tokio::time::timeout(CONNECTION_TIME, answer)).await;
        });
    }
    tasks.close();
    tasks.wait().await;
}

/// One request, one answer. What goes wrong with it is the client's affair.
async fn answer(stream: TcpStream, app: Router, slot: Arc<ConnectionSlot>) {
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |request| {
        let (ours, answer) = (slot.ours(), app.call(request));
        async move {
            let answer = answer.await;
            drop(ours);
            answer
        }
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MOST_HEAD_BYTES)
        .max_headers(MOST_HEADERS)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
