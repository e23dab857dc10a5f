//! `graph-mail`: a mail sent through Graph as MIME (`user: sendMail`; "Send Outlook messages from
//! another user"), since its JSON form can set neither `List-Id` nor `Auto-Submitted`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;
use reqwest::StatusCode;
use url::Url;

use super::http::{Answer, Http};
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
        let mail = mail.map_err(|told| Outcome::Refused { told })?.formatted();
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
        let sign_in = self.tokens.sign_in();
        match answer.status.as_u16() {
            403 => Outcome::Broken {
                told: format!(
                    "{}: the app may not send as {}; {}, and let it into this mailbox with RBAC for \
                     Applications",
                    answer.in_words(),
                    self.from.email,
                    sign_in.permission_remedy()
                ),
            },
            404 => Outcome::Broken {
                told: format!("{}: there is no mailbox {}", answer.in_words(), self.from.email),
            },
            _ => answer.outcome(),
        }
    }
}
