//! A credential for a token: the OAuth 2.0 client credentials grant of the Microsoft identity
//! platform ("OAuth 2.0 client credentials flow").

use std::pin::Pin;
use std::time::Duration;

use oauth2::basic::BasicClient;
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse,
    RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{AuthError, Bearer, Refusal, aadsts};
use crate::clock::Clock;
use crate::config::secret::{self, SecretProblem};
use crate::config::{Credential, Tenant};
use crate::network;
use crate::retry_after;

/// A token's answer is a few KiB.
const LARGEST_ANSWER: usize = 1 << 20;
/// A sign-in takes less than a second as a rule.
const DEADLINE: Duration = Duration::from_secs(30);
/// The wait when the service asks for one and names none.
const DEFAULT_WAIT: Duration = Duration::from_mins(1);

/// What is needed to sign in to one tenant.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The sign-in service, such as `https://login.microsoftonline.com`.
    pub login_url: Url,
    /// The tenant: a GUID or a domain.
    pub tenant_id: String,
    /// The app's id.
    pub client_id: String,
    /// What the token is for: the Graph host of the cloud and `/.default`.
    pub scope: String,
    /// How the app proves who it is.
    pub credential: Credential,
    /// A sign-in must be done within this.
    pub deadline: Duration,
}

impl SignIn {
    /// The sign-in to a configured tenant.
    pub fn of(tenant: &Tenant) -> Self {
        Self {
            login_url: tenant.login_url.clone(),
            tenant_id: tenant.tenant_id.clone(),
            client_id: tenant.client_id.clone(),
            scope: tenant.cloud.scope(),
            credential: tenant.credential.clone(),
            deadline: DEADLINE,
        }
    }
}

/// A future that is plain to the compiler: may move between threads, borrows nothing.
type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, AuthError>> + Send>>;

/// One sign-in.
pub(super) fn sign_in(sign_in: &SignIn, http: &Client, clock: &Clock) -> Boxed<Bearer> {
    let (sign_in, http, clock) = (sign_in.clone(), http.clone(), clock.clone());
    Box::pin(async move { exchange_credential(&sign_in, &http, &clock).await })
}

async fn exchange_credential(
    sign_in: &SignIn,
    http: &Client,
    clock: &Clock,
) -> Result<Bearer, AuthError> {
    let Credential::SecretFile(file) = &sign_in.credential;
    let secret = secret::read(file).map_err(unusable)?;
    let token_url = TokenUrl::new(sign_in.token_url())
        .map_err(|error| AuthError::Transport(format!("login_url is no address: {error}")))?;
    let client = BasicClient::new(ClientId::new(sign_in.client_id.clone()))
        .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(token_url);
    let sender = Sender { sign_in: sign_in.clone(), http: http.clone(), clock: clock.clone() };
    let grant = client.exchange_client_credentials().add_scope(Scope::new(sign_in.scope.clone()));
    let token = grant.request_async(&sender).await.map_err(|error| match error {
        RequestTokenError::Request(error) => error,
        // Nothing of the body is shown: it may hold a token.
        _ => AuthError::Transport(format!("{} answered 200 without a token", host(sign_in))),
    })?;
    let lifetime = token.expires_in().unwrap_or_default();
    let secret = SecretString::from(token.access_token().secret().as_str());
    Ok(Bearer::new(secret, lifetime, clock.now()))
}

/// Our own HTTP client as the oauth2 crate wants it. A type of its own, not a closure: through a
/// closure the compiler cannot see that the whole future may move between threads.
struct Sender {
    sign_in: SignIn,
    http: Client,
    clock: Clock,
}

impl<'c> AsyncHttpClient<'c> for Sender {
    type Error = AuthError;
    type Future = Boxed<HttpResponse>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let (sign_in, http, clock) = (self.sign_in.clone(), self.http.clone(), self.clock.clone());
        Box::pin(async move { send(&sign_in, &http, &clock, request).await })
    }
}

fn unusable(problem: SecretProblem) -> AuthError {
    AuthError::Refused(Refusal {
        sentence: format!("the client secret cannot be used: {}", problem.what),
        remedy: problem.remedy,
        code: None,
        trace_id: None,
    })
}

/// Sends the request that the oauth2 crate made, and lets it see only a good answer: of any other
/// it would keep too little.
async fn send(
    sign_in: &SignIn,
    http: &Client,
    clock: &Clock,
    request: HttpRequest,
) -> Result<HttpResponse, AuthError> {
    let answer = tokio::time::timeout(sign_in.deadline, exchange(sign_in, http, clock, request));
    answer.await.unwrap_or_else(|_| {
        let (host, limit) = (host(sign_in), sign_in.deadline.as_secs());
        Err(AuthError::Transport(format!("{host} did not answer within {limit} s")))
    })
}

async fn exchange(
    sign_in: &SignIn,
    http: &Client,
    clock: &Clock,
    request: HttpRequest,
) -> Result<HttpResponse, AuthError> {
    let failed = |error| {
        AuthError::Transport(format!(
            "cannot reach {}: {}",
            host(sign_in),
            network::in_words(error)
        ))
    };
    let request = request.try_into().map_err(failed)?;
    let response = http.execute(request).await.map_err(failed)?;
    let status = response.status();
    let headers = response.headers().clone();
    let body = network::beginning(response, LARGEST_ANSWER).await;
    if status == reqwest::StatusCode::OK {
        let mut answer = HttpResponse::new(aadsts::with_numeric_lifetime(body));
        *answer.headers_mut() = headers;
        return Ok(answer);
    }
    let retry_after = headers.get("retry-after").and_then(|value| value.to_str().ok());
    let date = headers.get("date").and_then(|value| retry_after::http_date(value.to_str().ok()?));
    let now = date.unwrap_or_else(|| clock.now());
    let wait = retry_after.map(|header| retry_after::parse(header, now).unwrap_or(DEFAULT_WAIT));
    Err(failure(sign_in, status.as_u16(), wait, &body))
}

/// What an answer other than 200 means. `wait` is set when the service asked for one.
fn failure(sign_in: &SignIn, status: u16, wait: Option<Duration>, body: &[u8]) -> AuthError {
    let error = aadsts::EntraError::parse(body);
    match (status, wait, error) {
        (300..=399, ..) => {
            AuthError::Transport(format!("{} {}", host(sign_in), network::redirect_words(status)))
        }
        (429, wait, _) => AuthError::Throttled { wait: wait.unwrap_or(DEFAULT_WAIT) },
        (500..=599, Some(wait), _) => AuthError::Throttled { wait },
        (400..=499, _, Some(error)) if !error.is_transient() => {
            AuthError::Refused(error.refusal(sign_in))
        }
        (_, _, Some(error)) => AuthError::Transport(format!(
            "{} cannot sign in just now: {}",
            host(sign_in),
            error.in_words()
        )),
        (_, _, None) => AuthError::Transport(format!(
            "{} answered {status}, not as a sign-in service does",
            host(sign_in)
        )),
    }
}

fn host(sign_in: &SignIn) -> &str {
    sign_in.login_url.host_str().unwrap_or("the sign-in host")
}
