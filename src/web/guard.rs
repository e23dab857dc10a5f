//! What every request must be, and what every answer carries.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What an answer forbids a browser to do with it, unless it says so itself.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The names that this listener has, with its port.
#[derive(Clone, Debug)]
pub(crate) struct OwnHosts([String; 3]);

impl OwnHosts {
    pub(crate) fn of(address: SocketAddr) -> Self {
        let port = address.port();
        Self(["127.0.0.1", "[::1]", "localhost"].map(|name| format!("{name}:{port}")))
    }

    /// Whether a request means us: one `Host`, exactly ours, and no other in the request line.
    fn are_meant(&self, request: &Request) -> bool {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        request.uri().authority().is_none()
            && self.0.iter().any(|own| own.as_bytes() == host.as_bytes())
    }
}

/// Lets requests through that mean us and only ask.
pub(crate) async fn check(State(hosts): State<OwnHosts>, request: Request, next: Next) -> Response {
    let mut response = if !hosts.are_meant(&request) {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    } else if ![Method::GET, Method::HEAD].contains(request.method()) {
        (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response()
    } else {
        next.run(request).await
    };
    shut_in(response.headers_mut());
    response
}

fn shut_in(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
