//! `graph-mail`: a mail sent through Graph as MIME (`user: sendMail`; "Send Outlook messages from
//! another user"), since its JSON form can set neither `List-Id` nor `Auto-Submitted`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;
use reqwest::StatusCode;
use url::Url;

use super::http::{Answer, Http};
use super::reach::{Reached, Unreached};
use super::{Outcome, Parcel, mail, no_token};
use crate::auth::Tokens;

/// Graph takes requests of 4 MB.
const LARGEST: usize = 4_000_000;

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
    pub(super) async fn deliver(&self, parcel: Parcel<'_>) -> Result<Outcome, Outcome> {
        let mail = mail::draw(parcel, &self.from, &self.to);
        let mail = mail.map_err(|told| Outcome::Refused { told })?;
        let body = STANDARD.encode(mail);
        if body.len() > LARGEST {
            let told = format!("the mail has {} bytes, Graph takes {LARGEST}", body.len());
            return Err(Outcome::TooBig { told });
        }
        let url = self.address()?;
        let mut answer = self.post(&url, &body).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            answer = self.post(&url, &body).await?;
        }
        Ok(self.outcome(&answer))
    }

    /// Sends it once. A token that is refused is dropped, so that the next try has a new one.
    async fn post(&self, url: &Url, body: &str) -> Result<Answer, Outcome> {
        let token = self.tokens.bearer().await.map_err(no_token)?;
        let sent = self.http.post(url, body.as_bytes().to_vec(), |request| {
            request.bearer_auth(token.expose()).header("content-type", "text/plain")
        });
        let answer = sent.await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.tokens.drop_token(token).await;
        }
        Ok(answer)
    }

    fn address(&self) -> Result<Url, Outcome> {
        let mut url = self.graph_url.clone();
        let user = self.from.email.to_string();
        let Ok(mut path) = url.path_segments_mut() else {
            return Err(Outcome::Broken { told: "graph_url names no host".to_owned() });
        };
        path.pop_if_empty().extend(["v1.0", "users", &user, "sendMail"]);
        drop(path);
        Ok(url)
    }

    fn outcome(&self, answer: &Answer) -> Outcome {
        let (told, from) = (answer.in_words(), &self.from.email);
        match answer.status.as_u16() {
            401 => Outcome::Broken { told: format!("{told}: Graph takes no token of this app") },
            403 => Outcome::Broken {
                told: format!("{told}: the app may not send as {from}; {}", self.remedy()),
            },
            404 => Outcome::Broken {
                told: format!("{told}: there is no mailbox {from}; correct from"),
            },
            _ => answer.outcome(),
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
    pub(super) async fn reach(&self) -> Result<Reached, Unreached> {
        let bearer = self.tokens.bearer().await?;
        self.http.reach(&self.address()?).await?;
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
