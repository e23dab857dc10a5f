//! What a mail server's refusal means, by what was said when it came. Its codes: RFC 5321, section
//! 4.2; RFC 4954, section 6; enhanced ones: RFC 3463.

use std::error::Error;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Mechanism;

use super::settings::{Email, Login};
use crate::config::Tls;
use crate::deliver::http::SLOW_RETRY;
use crate::deliver::outcome::Outcome;
use crate::text::escape::one_line;
use crate::text::redact::without_secret;

/// Where in the dialogue something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Before the server said what it can do.
    Greeting,
    /// When the connection was to turn to TLS.
    StartTls,
    /// When we said who we are.
    Login,
    /// When the sender was named.
    Sender,
    /// When the recipient was named.
    Recipient,
    /// When the mail itself was sent.
    Content,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SmtpFailure {
    stage: Stage,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// The server said no, with a code and in these words.
    Refused(u16, String),
    /// It said nothing that could be understood; these are the words of what failed.
    Broke(String),
    /// It cannot do what the settings ask of it: a whole sentence.
    Lacks(String),
}

/// A mail that is too big: for this mailbox or administrator, or for the system.
const MAIL_TOO_BIG: [&str; 2] = ["5.2.3", "5.3.4"];
/// A mailbox that is full.
const MAILBOX_FULL: &str = "5.2.2";
/// Exchange's words for a sender as whom the login may not write, said only after the whole mail
/// ("Fix NDR error 5.7.60").
const NOT_AS_SENDER: [&str; 2] = ["5.7.60", "SendAsDenied"];
/// What Exchange Online says when passwords, or SMTP sign-in as a whole, are off ("Deprecation of Basic
/// authentication in Exchange Online", "Enable or disable authenticated client SMTP submission").
const SWITCHED_OFF: [&str; 2] = ["5.7.30", "5.7.139"];

impl SmtpFailure {
    pub(super) fn of(stage: Stage, error: &SmtpError) -> Self {
        // The last of its causes says most.
        let top: &dyn Error = error;
        let cause = std::iter::successors(Some(top), |error| (*error).source()).last();
        let words = one_line(&cause.unwrap_or(top).to_string());
        let what = match error.status() {
            Some(code) => What::Refused(code.into(), words),
            None => What::Broke(words),
        };
        Self { stage, what }
    }

    /// The connection did not come up.
    pub(super) fn broke(stage: Stage, error: &std::io::Error) -> Self {
        Self { stage, what: What::Broke(one_line(&error.to_string())) }
    }

    /// The same without the login, which some servers repeat.
    pub(super) fn without(self, secret: &str) -> Self {
        let what = match self.what {
            What::Refused(code, words) => What::Refused(code, without_secret(&words, secret)),
            What::Broke(words) => What::Broke(without_secret(&words, secret)),
            What::Lacks(detail) => What::Lacks(detail),
        };
        Self { what, ..self }
    }

    pub(super) fn no_starttls() -> Self {
        let detail = "the server offers no STARTTLS: set tls = \"implicit\" and its port (465 as a \
                    rule), or use a server that does";
        Self { stage: Stage::StartTls, what: What::Lacks(detail.to_owned()) }
    }

    pub(super) fn no_login(wanted: &[Mechanism]) -> Self {
        let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        let detail = format!(
            "the server offers no login by {} on this port: mail that signs in goes to port 587 or 465",
            wanted.join(" or ")
        );
        Self { stage: Stage::Login, what: What::Lacks(detail) }
    }

    /// A token was not enough, and the server did not say why.
    pub(super) fn asked_again() -> Self {
        let words = "it asked again after the token".to_owned();
        Self { stage: Stage::Login, what: What::Refused(535, words) }
    }

    /// Whether the server read the login and would not have it.
    pub(super) const fn is_refused_login(&self) -> bool {
        matches!((self.stage, &self.what), (Stage::Login, What::Refused(500.., _)))
    }

    /// What it means for the message and the sink.
    pub(super) fn outcome(self, email: &Email) -> Outcome {
        let of_message = matches!(self.stage, Stage::Recipient | Stage::Content);
        match self.what {
            What::Lacks(detail) => Outcome::Broken { detail },
            What::Broke(words) => broke(self.stage, &words, email),
            What::Refused(code, words) => {
                let detail = in_one_sentence(self.stage, code, &words, email);
                match code {
                    421 => Outcome::SinkLater { wait: None, detail },
                    ..=499 if of_message => Outcome::MessageLater { wait: None, detail },
                    ..=499 => Outcome::SinkLater { wait: None, detail },
                    _ if is_too_big(self.stage, code, &words) => Outcome::TooBig { detail },
                    530 => Outcome::Broken { detail },
                    _ if of_message && !says(&words, &NOT_AS_SENDER) => Outcome::Refused { detail },
                    _ => Outcome::Broken { detail },
                }
            }
        }
    }
}

fn says(words: &str, any: &[&str]) -> bool {
    any.iter().any(|some| words.contains(some))
}

/// A full mailbox has the same code when the recipient is named; less mail would not help it.
fn is_too_big(stage: Stage, code: u16, words: &str) -> bool {
    let at_size = matches!(stage, Stage::Sender | Stage::Content);
    says(words, &MAIL_TOO_BIG)
        || at_size && matches!(code, 523 | 552) && !words.contains(MAILBOX_FULL)
}

/// The connection did not come up, or went.
fn broke(stage: Stage, words: &str, email: &Email) -> Outcome {
    let of_tls = says(words, &["certificate", "corrupt message", "TLS"]);
    if stage == Stage::StartTls || stage == Stage::Greeting && of_tls {
        let hint = match email.tls {
            Tls::Implicit if words.contains("corrupt message") => {
                "; this port wants tls = \"starttls\", it seems"
            }
            _ if words.contains("UnknownIssuer") => {
                "; ca_file can name the certificate that issued the server's"
            }
            _ => "",
        };
        let detail = format!("TLS with {} fails: {words}{hint}", email.host);
        return Outcome::SinkLater { wait: Some(SLOW_RETRY), detail };
    }
    let detail = match stage {
        Stage::Greeting => format!("cannot be reached: {words}"),
        _ => format!("the connection broke off: {words}"),
    };
    Outcome::SinkLater { wait: None, detail }
}

/// One sentence: what is refused, in the server's words, and what to do.
fn in_one_sentence(stage: Stage, code: u16, words: &str, email: &Email) -> String {
    let what = match stage {
        Stage::Greeting => "our connection".to_owned(),
        Stage::StartTls => "STARTTLS".to_owned(),
        Stage::Login => format!("the login of {}", username(&email.login)),
        Stage::Sender => format!("the sender {}", email.from.email),
        Stage::Recipient => "the recipient".to_owned(),
        Stage::Content => "the mail".to_owned(),
    };
    if code < 500 {
        return format!("the server puts {what} off: {code} {words}");
    }
    let remedy = remedy(stage, code, words, &email.login).map(|remedy| format!("; {remedy}"));
    format!("the server refuses {what}: {code} {words}{}", remedy.unwrap_or_default())
}

fn remedy(stage: Stage, code: u16, words: &str, login: &Login) -> Option<String> {
    const MAY_WRITE: &str = "set from to an address as which this login may write";
    Some(match (stage, login) {
        (Stage::Sender | Stage::Recipient, Login::Nobody) if code == 530 => {
            "set username with password_file, or with oauth = true".to_owned()
        }
        (Stage::Login, Login::Password { .. }) if says(words, &SWITCHED_OFF) => {
            "passwords or SMTP sign-in are switched off there: use graph-mail, or oauth = true where \
             the mailbox has authenticated SMTP switched on"
                .to_owned()
        }
        (Stage::Login, Login::Password { file, .. }) => {
            format!("correct username, or the password in {}", file.display())
        }
        (Stage::Login, Login::Token { tokens, .. }) => format!(
            "{}; register the app in Exchange (New-ServicePrincipal) and let it into the mailbox \
             (Add-MailboxPermission)",
            tokens.sign_in().permission_remedy()
        ),
        (Stage::Sender, _) => MAY_WRITE.to_owned(),
        _ if says(words, &NOT_AS_SENDER) => MAY_WRITE.to_owned(),
        _ => return None,
    })
}

const fn username(login: &Login) -> &str {
    match login {
        Login::Nobody => "nobody",
        Login::Password { username, .. } | Login::Token { username, .. } => username.as_str(),
    }
}
