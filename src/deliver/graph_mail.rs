//! `graph-mail`: a mail sent through Graph as MIME (`user: sendMail`; "Send Outlook messages from
//! another user"), since its JSON form can set neither `List-Id` nor `Auto-Submitted`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;
use reqwest::StatusCode;
use url::Url;

use super::http::{Http, HttpResponse};
use super::mail;
use super::outcome::{Outcome, Outgoing, no_token};
use super::probe::{Reached, Unreached};
use crate::auth::Tokens;

/// Graph takes requests of 4 MB.
const LARGEST_MAIL: usize = 4_000_000;

/// A mailbox that an app may send from.
#[derive(Debug)]
pub struct GraphMail {
    pub(super) graph_url: Url,
    pub(super) tokens: Arc<Tokens>,
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) http: Http,
}

impl GraphMail {
    pub(super) async fn deliver(&self, outgoing: Outgoing<'_>) -> Result<Outcome, Outcome> {
        let body = mail::draw(outgoing, &self.from, &self.to);
        let body = STANDARD.encode(body.map_err(|detail| Outcome::Refused { detail })?);
        if body.len() > LARGEST_MAIL {
            let detail = format!("the mail has {} bytes, Graph takes {LARGEST_MAIL}", body.len());
            return Err(Outcome::TooBig { detail });
        }
        let url = self.address()?;
        let mut response = self.post(&url, &body).await?;
        if response.status == StatusCode::UNAUTHORIZED {
            response = self.post(&url, &body).await?;
        }
        Ok(self.outcome(&response))
    }

    /// Sends it once. A token that is refused is dropped, so that the next try has a new one.
    async fn post(&self, url: &Url, body: &str) -> Result<HttpResponse, Outcome> {
        let token = self.tokens.bearer().await.map_err(no_token)?;
        let sent = self.http.post(url, body.as_bytes().to_vec(), |request| {
            request.bearer_auth(token.expose()).header("content-type", "text/plain")
        });
        let response = sent.await?;
        if response.status == StatusCode::UNAUTHORIZED {
            self.tokens.drop_token(token).await;
        }
        Ok(response)
    }

    fn address(&self) -> Result<Url, Outcome> {
        let mut url = self.graph_url.clone();
        let user = self.from.email.to_string();
        let Ok(mut path) = url.path_segments_mut() else {
            return Err(Outcome::Broken { detail: "graph_url names no host".to_owned() });
        };
        path.pop_if_empty().extend(["v1.0", "users", &user, "sendMail"]);
        drop(path);
        Ok(url)
    }

    fn outcome(&self, response: &HttpResponse) -> Outcome {
        let (detail, from) = (response.in_words(), &self.from.email);
        match response.status.as_u16() {
            401 => {
                Outcome::Broken { detail: format!("{detail}: Graph takes no token of this app") }
            }
            403 => Outcome::Broken {
                detail: format!("{detail}: the app may not send as {from}; {}", self.remedy()),
            },
            404 => Outcome::Broken {
                detail: format!("{detail}: there is no mailbox {from}; correct from"),
            },
            _ => response.outcome(),
        }
    }

    /// The permission is given for every mailbox in Entra, or for some in Exchange ("Role Based
    /// Access Control for Applications in Exchange Online").
    fn remedy(&self) -> String {
        format!(
            "let it into this mailbox alone with RBAC for Applications in Exchange (the role \
             \"Application Mail.Send\"), or into every one: {}",
            self.tokens.sign_in().permission_remedy()
        )
    }

    /// Has a token, and comes as far as a request would begin. Whether the token is enough only a mail
    /// tells.
    pub(super) async fn probe(&self) -> Result<Reached, Unreached> {
        let bearer = self.tokens.bearer().await?;
        self.http.probe(&self.address()?).await?;
        let from = &self.from.email;
        if self.tokens.seem_to_lack_it(&bearer) {
            return Ok(Reached::Doubtful(format!(
                "Entra ID gave a token, in which Mail.Send is missing: it works only if Exchange lets the \
                 app send as {from}; if not, {}",
                self.remedy()
            )));
        }
        Ok(Reached::Good(format!("Entra ID gave a token with Mail.Send, to send as {from}")))
    }
}
