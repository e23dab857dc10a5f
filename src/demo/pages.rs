//! What came, for a browser on this machine: a list, and each message under a policy that lets
//! nothing in it live.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::inbox::{Inbox, LastMessages};
use crate::text::number::grouped;
use crate::web::guard;

/// The mail is shown as a mail program would: with its styles, and nothing else of it.
const MAIL_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The pages, for requests that mean `address` and only ask.
pub(super) fn router(inbox: Inbox, address: SocketAddr) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/mail", get(mail))
        .route("/card", get(card))
        .route("/alert", get(alert))
        .route("/webhook", get(webhook))
        .with_state(inbox)
        .layer(middleware::from_fn_with_state(guard::OwnHosts::of(address), guard::check))
}

/// Holds words and numbers of ours only.
async fn list(State(inbox): State<Inbox>) -> Html<String> {
    let LastMessages { card, mail, alert, webhook } = inbox.kept();
    let html = mail.as_ref().and_then(|mail| mail.part("text/html")).map(|part| part.text.len());
    let lines = [
        ("mail", "the mail as a mail program shows it", html),
        ("card", "the Teams card as JSON", card.map(|card| card.body.len())),
        ("webhook", "the webhook as text", webhook.map(|webhook| webhook.body.len())),
        ("alert", "the last alert as JSON", alert.map(|alert| alert.body.len())),
    ];
    let line = |(path, words, bytes): (&str, &str, Option<usize>)| match bytes {
        Some(bytes) => {
            let bytes = grouped(bytes as u64);
            format!("<li><a href=\"/{path}\">{words}</a>, {bytes} bytes</li>\n")
        }
        None => format!("<li>{words}: not yet</li>\n"),
    };
    let lines: String = lines.into_iter().map(line).collect();
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <title>clickwarden demo</title></head>\n<body>\n<h1>Messages delivered</h1>\n\
         <ul>\n{lines}</ul>\n</body>\n</html>\n"
    ))
}

async fn mail(State(inbox): State<Inbox>) -> Response {
    let mail = inbox.kept().mail;
    let html = mail.as_ref().and_then(|mail| mail.part("text/html"));
    let policy = [(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)];
    html.map_or_else(not_yet, |part| (policy, Html(part.text.clone())).into_response())
}

async fn card(State(inbox): State<Inbox>) -> Response {
    let card = inbox.kept().card.map(|card| card.body.clone());
    card.map_or_else(not_yet, |body| (media("application/json"), body).into_response())
}

async fn alert(State(inbox): State<Inbox>) -> Response {
    let alert = inbox.kept().alert.map(|alert| alert.body.clone());
    alert.map_or_else(not_yet, |body| (media("application/json"), body).into_response())
}

async fn webhook(State(inbox): State<Inbox>) -> Response {
    let webhook = inbox.kept().webhook.map(|webhook| webhook.text());
    let text = media("text/plain; charset=utf-8");
    webhook.map_or_else(not_yet, |webhook| (text, webhook).into_response())
}

const fn media(kind: &'static str) -> [(HeaderName, &'static str); 1] {
    [(header::CONTENT_TYPE, kind)]
}

fn not_yet() -> Response {
    (StatusCode::NOT_FOUND, "nothing has come yet\n").into_response()
}
