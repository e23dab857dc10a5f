//! Comes as near to a host as a delivery does, through the same proxy and with the same trust, and
//! hangs up before a request.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// Makes of each connection that comes up the error [`CameUp`], so that nothing is said on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct HangUp;

/// A connector that hangs up.
#[derive(Clone, Debug)]
pub(super) struct HangingUp<S>(S);

/// A connection came up, TLS included.
#[derive(Debug)]
struct CameUp;

impl fmt::Display for CameUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection came up")
    }
}

impl Error for CameUp {}

impl<S> Layer<S> for HangUp {
    type Service = HangingUp<S>;

    fn layer(&self, connector: S) -> HangingUp<S> {
        HangingUp(connector)
    }
}

impl<S, R> Service<R> for HangingUp<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, host: R) -> Self::Future {
        let connection = self.0.call(host);
        Box::pin(async move {
            let connection = connection.await?;
            drop(connection);
            Err(CameUp.into())
        })
    }
}

/// Whether a request failed only because its connection was hung up.
pub(super) fn came_up(error: &reqwest::Error) -> bool {
    let error: &(dyn Error + 'static) = error;
    std::iter::successors(Some(error), |error| (*error).source()).any(<dyn Error>::is::<CameUp>)
}
