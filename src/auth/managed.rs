//! Tokens of a managed identity, from the platform that this machine runs on ("How to use managed
//! identities for Azure resources on an Azure VM", "… for App Service", "… with Azure Arc").

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::gates::ThrottledEndpoint;
use super::secret_header::sensitive;
use super::sign_in::platform_endpoint;
use super::{AuthError, AuthRefusal, Bearer, SignIn, SignInClients, aadsts, arc};
use crate::clock::{Clock, Tick};
use crate::config::{Identity, ManagedIdentity, Platform};
use crate::network;
use crate::network::retry_after::{self, http_date};

/// A platform answers at once, or not at all.
const PLATFORM_DEADLINE: Duration = Duration::from_secs(10);
/// An answer is a few KiB.
const LARGEST_ANSWER: usize = 1 << 20;

/// What a platform gave.
struct Token {
    secret: SecretString,
    lifetime: Duration,
}

/// Any answer.
pub(super) struct PlatformAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why there is none.
enum Failed {
    /// The platform says that it may have one soon.
    Soon(AuthError),
    /// It asks to be left alone, and may say for how long.
    TooMuch(Option<Duration>),
    Now(AuthError),
}

/// A token of `identity` for `resource`.
pub(super) async fn token(
    identity: &ManagedIdentity,
    resource: &str,
    sign_in: &SignIn,
    clients: &SignInClients,
    clock: &Clock,
) -> Result<Bearer, AuthError> {
    let (gates, endpoint) = (&clients.shared_auth.gates, platform_endpoint(identity));
    gates.enter(std::slice::from_ref(&endpoint), clock).await?;
    let mut pauses = sign_in.pauses.iter();
    loop {
        let failed = match ask(identity, resource, sign_in, &clients.platform).await {
            Ok(answer) => read(identity, resource, sign_in, &answer, clock.now()),
            Err(error) => Err(Failed::Now(error)),
        };
        match (failed, pauses.next()) {
            (Ok(token), _) => {
                gates.answered(&[endpoint]).await;
                return Ok(Bearer::new(token.secret, token.lifetime, clock.moment()));
            }
            (Err(Failed::TooMuch(named)), _) => {
                return Err(gates.close(ThrottledEndpoint { endpoint, named }, clock).await);
            }
            // Whoever is to stop drops this future.
            (Err(Failed::Soon(_)), Some(pause)) => tokio::time::sleep(*pause).await,
            (Err(Failed::Soon(error) | Failed::Now(error)), _) => return Err(error),
        }
    }
}

async fn ask(
    identity: &ManagedIdentity,
    resource: &str,
    sign_in: &SignIn,
    http: &Client,
) -> Result<PlatformAnswer, AuthError> {
    let request = || request(identity, resource, http);
    let answer = send(request(), identity, sign_in).await?;
    let Platform::Arc { key_folder } = &identity.platform else { return Ok(answer) };
    if answer.status != 401 {
        return Ok(answer);
    }
    let key = arc::key(&answer.headers, key_folder)?;
    send(request().header("authorization", key), identity, sign_in).await
}

/// The request as the platform wants it. It takes a resource, where Entra takes a scope.
fn request(identity: &ManagedIdentity, resource: &str, http: &Client) -> RequestBuilder {
    let version = match identity.platform {
        Platform::Imds => "2018-02-01",
        Platform::AppService { .. } => "2019-08-01",
        Platform::Arc { .. } => "2020-06-01",
    };
    let mut url = identity.url.clone();
    url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", resource);
    if let Some(id) = &identity.client_id {
        url.query_pairs_mut().append_pair("client_id", id);
    }
    match &identity.platform {
        Platform::AppService { header } => {
            http.get(url).header("X-IDENTITY-HEADER", sensitive(header.expose()))
        }
        Platform::Imds | Platform::Arc { .. } => http.get(url).header("Metadata", "true"),
    }
}

async fn send(
    request: RequestBuilder,
    identity: &ManagedIdentity,
    sign_in: &SignIn,
) -> Result<PlatformAnswer, AuthError> {
    let limit = sign_in.deadline.min(PLATFORM_DEADLINE);
    let answer = async {
        let response = request.send().await.map_err(network::in_words)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = network::beginning(response, LARGEST_ANSWER).await;
        Ok(PlatformAnswer { status, headers, body })
    };
    let answer = tokio::time::timeout(limit, answer).await;
    let late = || Err(format!("no answer within {} s", limit.as_secs()));
    answer.unwrap_or_else(|_| late()).map_err(|why: String| nobody(&identity.url, &why))
}

fn nobody(url: &Url, why: &str) -> AuthError {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default());
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    AuthError::Transport(format!(
        "nobody gives out tokens of a managed identity at {host}{port} ({why}): give this machine \
         a managed identity, or set managed_identity_url and managed_identity_kind"
    ))
}

fn read(
    identity: &ManagedIdentity,
    resource: &str,
    sign_in: &SignIn,
    answer: &PlatformAnswer,
    now: Tick,
) -> Result<Token, Failed> {
    let PlatformAnswer { status, headers, body } = answer;
    match status {
        200 => {
            let date = headers.get("date").and_then(|date| http_date(date.to_str().ok()?));
            parse(body, date.unwrap_or(now)).ok_or_else(|| {
                // Nothing of the body is shown: it may hold a token.
                let host = identity.url.host_str().unwrap_or_default();
                Failed::Now(AuthError::Transport(format!("{host} answered 200 without a token")))
            })
        }
        429 | 503 => Err(Failed::TooMuch(named_wait(headers, now))),
        500..=599 if headers.contains_key("retry-after") => {
            Err(Failed::TooMuch(named_wait(headers, now)))
        }
        404 | 410 | 500..=599 => Err(Failed::Soon(AuthError::Transport(format!(
            "the platform has no token of a managed identity just now ({status}{})",
            words(identity, body)
        )))),
        _ => {
            let said = words(identity, body);
            Err(Failed::Now(AuthError::Refused(refusal(resource, sign_in, *status, &said))))
        }
    }
}

fn named_wait(headers: &HeaderMap, now: Tick) -> Option<Duration> {
    retry_after::parse(headers.get("retry-after")?.to_str().ok()?, now)
}

/// Numbers are texts here; App Service tells only the end.
fn parse(body: &[u8], now: Tick) -> Option<Token> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let secret = answer.get("access_token")?.as_str().filter(|token| !token.is_empty())?;
    let seconds = aadsts::seconds(answer.get("expires_in")).or_else(|| {
        let end = aadsts::seconds(answer.get("expires_on"))?;
        Some(end - now.unix_seconds() as f64)
    });
    let lifetime = Duration::from_secs(seconds.unwrap_or(0.0).max(0.0) as u64);
    Some(Token { secret: SecretString::from(secret), lifetime })
}

/// What the platform says, without what App Service was shown.
fn words(identity: &ManagedIdentity, body: &[u8]) -> String {
    let secret = match &identity.platform {
        Platform::AppService { header } => header.expose(),
        Platform::Imds | Platform::Arc { .. } => "",
    };
    aadsts::EntraError::parse(body, &[secret])
        .map(|error| format!(": {}", error.in_words()))
        .unwrap_or_default()
}

fn refusal(resource: &str, sign_in: &SignIn, status: u16, said: &str) -> AuthRefusal {
    let key = match sign_in.identity {
        Identity::Managed(_) => "client_id",
        Identity::App { .. } => "managed_identity_client_id",
    };
    let remedy = if said.contains("Identity not found") {
        format!(
            "assign a managed identity to this machine, and let {key} name it if it is user-assigned"
        )
    } else if said.contains("Multiple user assigned") {
        format!("set {key} to the client id of one of them")
    } else if ["AADSTS50001", "AADSTS500011"].iter().any(|code| said.contains(code)) {
        let cloud = sign_in.cloud.name();
        format!("check cloud, which is {cloud}: the identity's tenant must know {resource}")
    } else {
        format!("check {key}, managed_identity_kind and managed_identity_url")
    };
    let sentence = format!("the platform refuses a token of a managed identity ({status}{said})");
    AuthRefusal::ours(sentence, remedy)
}
