//! A credential for a token: the OAuth 2.0 client credentials grant of the Microsoft identity
//! platform ("OAuth 2.0 client credentials flow").

use std::pin::Pin;

use oauth2::basic::BasicClient;
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse,
    RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};

use super::gates::ThrottledEndpoint;
use super::proof::Proof;
use super::{AuthError, Bearer, SignIn, SignInClients, aadsts, credential, managed};
use crate::clock::{Clock, MINUTE, Tick};
use crate::config::{Credential, Identity};
use crate::network;
use crate::network::retry_after;

/// A token's answer is a few KiB.
const LARGEST_ANSWER: usize = 1 << 20;
/// What a client assertion is (RFC 7523, 2.2).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Clocks that differ by more than this may be why an assertion is refused.
const WRONG_CLOCK: i64 = MINUTE;

/// A future that is plain to the compiler: may move between threads, borrows nothing.
type Boxed<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// One sign-in.
pub(super) fn sign_in(
    sign_in: &SignIn,
    clients: &SignInClients,
    clock: &Clock,
) -> Boxed<Bearer, AuthError> {
    let (sign_in, clients, clock) = (sign_in.clone(), clients.clone(), clock.clone());
    Box::pin(async move {
        match &sign_in.identity {
            Identity::App { client_id, credential } => {
                let (gates, endpoints) = (&clients.shared_auth.gates, app_endpoints(&sign_in));
                gates.enter(&endpoints, &clock).await?;
                let signed_in = as_app(client_id, credential, &sign_in, &clients, &clock).await;
                match signed_in {
                    Ok(bearer) => {
                        gates.answered(&endpoints).await;
                        Ok(bearer)
                    }
                    Err(Failed { refused: Some(refused), .. }) => {
                        Err(gates.close(*refused, &clock).await)
                    }
                    Err(failed) => Err(failed.error),
                }
            }
            Identity::Managed(identity) => {
                managed::token(identity, &sign_in.resource(), &sign_in, &clients, &clock).await
            }
        }
    })
}

fn app_endpoints(sign_in: &SignIn) -> [String; 2] {
    [sign_in.tenants_endpoint(), sign_in.apps_endpoint()]
}

async fn as_app(
    client_id: &str,
    credential: &Credential,
    sign_in: &SignIn,
    clients: &SignInClients,
    clock: &Clock,
) -> Result<Bearer, Failed> {
    let now = clock.now();
    let proof = credential::proof(credential, client_id, sign_in, clients, (now, clock)).await?;
    let failed = match exchange_proof(client_id, &proof, sign_in, &clients.login, clock).await {
        Ok(bearer) => return Ok(bearer),
        Err(failed) => failed,
    };
    match (credential, &failed) {
        // An assertion is good for minutes, by the clock of whoever reads it: we may be wrong.
        (
            Credential::Certificate(_),
            Failed { error: AuthError::Refused(_), date: Some(date), .. },
        ) if date.since(now).abs() > WRONG_CLOCK => {
            let proof =
                credential::proof(credential, client_id, sign_in, clients, (*date, clock)).await?;
            exchange_proof(client_id, &proof, sign_in, &clients.login, clock).await
        }
        (_, Failed { error: AuthError::Refused(refusal), .. }) if refusal.faults_assertion() => {
            if let Proof::Vouched { token, token_cache } = &proof {
                token_cache.drop_token(token).await;
            }
            Err(failed)
        }
        _ => Err(failed),
    }
}

async fn exchange_proof(
    client_id: &str,
    proof: &Proof,
    sign_in: &SignIn,
    http: &Client,
    clock: &Clock,
) -> Result<Bearer, Failed> {
    let token_url = TokenUrl::new(sign_in.token_url()).map_err(|error| {
        Failed::from(AuthError::Transport(format!("login_url is no address: {error}")))
    })?;
    let mut client = BasicClient::new(ClientId::new(client_id.to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(token_url);
    if let Proof::Secret(_) = proof {
        client = client.set_client_secret(ClientSecret::new(proof.expose().to_owned()));
    }
    let sender = Sender {
        sign_in: sign_in.clone(),
        http: http.clone(),
        clock: clock.clone(),
        secret: SecretString::from(proof.expose()),
    };
    let scope = Scope::new(sign_in.scope());
    let mut grant = client.exchange_client_credentials().add_scope(scope);
    if let Proof::Assertion(_) | Proof::Vouched { .. } = proof {
        grant = grant
            .add_extra_param("client_assertion_type", ASSERTION)
            .add_extra_param("client_assertion", proof.expose());
    }
    let token = grant.request_async(&sender).await.map_err(|error| match error {
        RequestTokenError::Request(error) => error,
        // Nothing of the body is shown: it may hold a token.
        _ => {
            AuthError::Transport(format!("{} answered 200 without a token", sign_in.host())).into()
        }
    })?;
    let lifetime = token.expires_in().unwrap_or_default();
    let secret = SecretString::from(token.access_token().secret().as_str());
    Ok(Bearer::new(secret, lifetime, clock.moment()))
}

/// Why an exchange failed, the service's clock when it said so, and whether it asks to wait.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
struct Failed {
    error: AuthError,
    date: Option<Tick>,
    refused: Option<Box<ThrottledEndpoint>>,
}

impl From<AuthError> for Failed {
    fn from(error: AuthError) -> Self {
        Self { error, date: None, refused: None }
    }
}

/// Our own HTTP client as the oauth2 crate wants it. A type of its own, not a closure: through a
/// closure the compiler cannot see that the whole future may move between threads.
#[derive(Clone)]
struct Sender {
    sign_in: SignIn,
    http: Client,
    clock: Clock,
    /// What the request proves who we are with, which no answer may have us show.
    secret: SecretString,
}

impl<'c> AsyncHttpClient<'c> for Sender {
    type Error = Failed;
    type Future = Boxed<HttpResponse, Failed>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let sender = self.clone();
        Box::pin(async move { sender.send(request).await })
    }
}

impl Sender {
    /// Sends the request that the oauth2 crate made, and lets it see only a good answer: of any other
    /// it would keep too little.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failed> {
        let answer = tokio::time::timeout(self.sign_in.deadline, self.exchange(request));
        answer.await.unwrap_or_else(|_| {
            let (host, limit) = (self.sign_in.host(), self.sign_in.deadline.as_secs());
            Err(AuthError::Transport(format!("{host} did not answer within {limit} s")).into())
        })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Failed> {
        let failed = |error| {
            let (host, words) = (self.sign_in.host(), network::in_words(error));
            Failed::from(AuthError::Transport(format!("cannot reach {host}: {words}")))
        };
        let request = request.try_into().map_err(failed)?;
        let response = self.http.execute(request).await.map_err(failed)?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = network::beginning(response, LARGEST_ANSWER).await;
        if status == reqwest::StatusCode::OK {
            let mut answer = HttpResponse::new(aadsts::with_numeric_lifetime(body));
            *answer.headers_mut() = headers;
            return Ok(answer);
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let date = header("date").and_then(retry_after::http_date);
        let now = date.unwrap_or_else(|| self.clock.now());
        let error = aadsts::EntraError::parse(&body, &[self.secret.expose_secret()]);
        let refused = self.refused(status.as_u16(), (header("retry-after"), now), error.as_ref());
        Err(Failed { error: self.failure(status.as_u16(), error), date, refused })
    }

    /// Whether an answer asks to wait: all tenants of the app where it is the app that asks too often.
    /// A wait that it names may be none that can be read.
    fn refused(
        &self,
        status: u16,
        (wait, now): (Option<&str>, Tick),
        error: Option<&aadsts::EntraError>,
    ) -> Option<Box<ThrottledEndpoint>> {
        let endpoint = match status {
            429 => self.sign_in.apps_endpoint(),
            _ if error.is_some_and(aadsts::EntraError::is_a_loop) => self.sign_in.apps_endpoint(),
            503 => self.sign_in.tenants_endpoint(),
            500..=599 if wait.is_some() => self.sign_in.tenants_endpoint(),
            _ => return None,
        };
        let named = wait.and_then(|wait| retry_after::parse(wait, now));
        Some(Box::new(ThrottledEndpoint { endpoint, named }))
    }

    /// What an answer other than 200 means, apart from that.
    fn failure(&self, status: u16, error: Option<aadsts::EntraError>) -> AuthError {
        let host = self.sign_in.host();
        match (status, error) {
            (300..=399, _) => {
                AuthError::Transport(format!("{host} {}", network::redirect_words(status)))
            }
            (400..=499, Some(error)) if !error.may_pass(&self.sign_in) => {
                AuthError::Refused(error.refusal(&self.sign_in))
            }
            (_, Some(error)) => AuthError::Transport(error.for_now(&self.sign_in)),
            (_, None) => AuthError::Transport(format!(
                "{host} answered {status}, not as a sign-in service does"
            )),
        }
    }
}
