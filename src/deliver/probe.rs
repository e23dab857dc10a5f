//! Whether a channel can be reached: as near to a delivery as can be come without a message.

use super::outcome::Outcome;
use super::{Channel, address};
use crate::auth::AuthError;

/// What was found. Each is a sentence without any secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// All that can be tried without a message works.
    Good(String),
    /// It may work; somebody should look.
    Doubtful(String),
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// There is no token to sign in with.
    NoToken(AuthError),
    /// A message would end like this.
    WouldBe(Outcome),
}

impl From<AuthError> for Unreached {
    fn from(error: AuthError) -> Self {
        Self::NoToken(error)
    }
}

impl From<Outcome> for Unreached {
    fn from(outcome: Outcome) -> Self {
        Self::WouldBe(outcome)
    }
}

impl Channel {
    /// Tries it: names, addresses, TLS, logins and tokens. Sends no message, and to what takes
    /// messages over HTTP no request at all.
    pub async fn probe(&self) -> Result<Reached, Unreached> {
        let (url_file, http) = match self {
            Self::Email(email) => return email.probe().await,
            Self::GraphMail(mail) => return mail.probe().await,
            Self::File(file) => return file.probe(),
            Self::Chat(chat) => (&chat.room.url_file, &chat.http),
            Self::Webhook(webhook) => (&webhook.url_file, &webhook.http),
        };
        http.probe(&address::read(url_file)?).await?;
        Ok(Reached::Good(
            "its host answers; whether it takes messages only sink test tells".to_owned(),
        ))
    }
}
