//! What a mail server answers to which command: pure.

use std::borrow::Cow;

use super::limits::LARGEST_MAIL;
use super::lines::SmtpLine;
use crate::demo::mail::MailEnvelope;

/// Recipients of a mail.
const MOST_RECIPIENTS: usize = 100;
/// Mistakes after which nobody listens any more.
const MOST_MISTAKES: u32 = 20;

/// A dialogue, and how far it has come.
#[derive(Debug, Default)]
pub(super) struct Dialogue {
    is_greeted: bool,
    /// `None` between two mails.
    envelope: Option<MailEnvelope>,
    mistakes: u32,
}

/// An answer.
#[derive(Debug)]
pub(super) struct SmtpReply {
    /// Without its end.
    pub text: Cow<'static, str>,
    /// What comes next.
    pub then: Then,
}

/// What comes after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Another command.
    Listen,
    /// A mail.
    Mail,
    /// Nothing.
    Leave,
}

impl Dialogue {
    /// Answers a command.
    pub(super) fn answer(&mut self, line: &SmtpLine) -> SmtpReply {
        let reply = match line {
            SmtpLine::Whole(line) => self.obey(&String::from_utf8_lossy(line)),
            SmtpLine::TooLong => said("500 5.5.2 The line is too long"),
            SmtpLine::Bare => said("500 5.5.2 The line does not end with CR LF"),
        };
        if reply.text.starts_with('5') {
            self.mistakes += 1;
        }
        if self.mistakes > MOST_MISTAKES {
            return SmtpReply { text: "421 4.7.0 Too many mistakes".into(), then: Then::Leave };
        }
        reply
    }

    /// Who sends the mail that came, and to whom; the next one has an envelope of its own.
    pub(super) fn take_envelope(&mut self) -> MailEnvelope {
        self.envelope.take().unwrap_or_default()
    }

    fn obey(&mut self, command: &str) -> SmtpReply {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.greet(format!("250-clickwarden-demo\r\n250 SIZE {LARGEST_MAIL}").into()),
            "HELO" => self.greet("250 clickwarden-demo".into()),
            "MAIL" => self.sender(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => self.data(),
            "RSET" => {
                self.envelope = None;
                said("250 2.0.0 Forgotten")
            }
            "NOOP" => said("250 2.0.0 Yes"),
            "QUIT" => SmtpReply { text: "221 2.0.0 Bye".into(), then: Then::Leave },
            "VRFY" | "EXPN" | "HELP" | "AUTH" | "STARTTLS" => said("502 5.5.1 Not done here"),
            _ => said("500 5.5.2 No such command"),
        }
    }

    fn greet(&mut self, text: Cow<'static, str>) -> SmtpReply {
        (self.is_greeted, self.envelope) = (true, None);
        SmtpReply { text, then: Then::Listen }
    }

    fn sender(&mut self, rest: &str) -> SmtpReply {
        if !self.is_greeted || self.envelope.is_some() {
            return said("503 5.5.1 Not now");
        }
        let Some((from, more)) = path(rest, "FROM:") else {
            return said("501 5.5.4 MAIL FROM:<address>");
        };
        match more.split_once('=') {
            None if more.is_empty() => {}
            Some((name, size)) if name.eq_ignore_ascii_case("SIZE") => match size.parse() {
                Ok(0..=LARGEST_MAIL) => {}
                _ => return said("552 5.3.4 The mail is too big"),
            },
            _ => return said("555 5.5.4 No such parameter"),
        }
        self.envelope = Some(MailEnvelope { from, to: Vec::new() });
        said("250 2.1.0 Go on")
    }

    fn recipient(&mut self, rest: &str) -> SmtpReply {
        let Some(envelope) = &mut self.envelope else { return said("503 5.5.1 MAIL first") };
        match path(rest, "TO:") {
            Some((to, "")) if to.contains('@') => {
                if envelope.to.len() == MOST_RECIPIENTS {
                    return said("452 4.5.3 Too many recipients");
                }
                envelope.to.push(to);
                said("250 2.1.5 Go on")
            }
            Some((_, more)) if !more.is_empty() => said("555 5.5.4 No such parameter"),
            _ => said("501 5.5.4 RCPT TO:<address>"),
        }
    }

    fn data(&self) -> SmtpReply {
        match &self.envelope {
            Some(envelope) if !envelope.to.is_empty() => {
                SmtpReply { text: "354 Go on, and end with a dot".into(), then: Then::Mail }
            }
            _ => said("503 5.5.1 RCPT first"),
        }
    }
}

const fn said(text: &'static str) -> SmtpReply {
    SmtpReply { text: Cow::Borrowed(text), then: Then::Listen }
}

/// The address that stands between angle brackets after `keyword`, and what follows it.
fn path<'r>(rest: &'r str, keyword: &str) -> Option<(String, &'r str)> {
    let (before, after) = rest.split_once('<')?;
    let (address, more) = after.split_once('>')?;
    let is_it = before.trim_end().eq_ignore_ascii_case(keyword);
    is_it.then(|| (address.to_owned(), more.trim()))
}
