//! A sink's part of the check: its files, and whether a message would get through.

use super::line::{CheckLine, CheckStatus};
use super::{Clock, Config, Exit};
use crate::auth::{AuthError, SharedAuth};
use crate::config::{ChatKind, Sink, SinkKind};
use crate::deliver::{Channel, ChannelContext, Outcome, Reached, Unreached};
use crate::message::sample;

/// A sink to be looked at.
pub(super) struct SinkProbe {
    sink: Sink,
    channel: Result<Channel, Vec<String>>,
}

/// One for each sink. Speaks to nobody.
pub(super) fn probes(config: &Config, auth: &SharedAuth, clock: &Clock) -> Vec<SinkProbe> {
    let sample = sample();
    let context = ChannelContext { tenants: &config.tenants, auth, clock, sample: &sample };
    let probe =
        |sink: &Sink| SinkProbe { sink: sink.clone(), channel: Channel::checked(sink, context) };
    config.sinks.iter().map(probe).collect()
}

impl SinkProbe {
    fn line(&self, what: &str, status: CheckStatus, words: impl Into<String>) -> CheckLine {
        CheckLine::new(format!("sink {}: {what}", self.sink.name), status, words)
    }

    /// The files that its section names.
    pub(super) fn files(&self) -> Vec<CheckLine> {
        match &self.channel {
            Ok(_) => vec![self.line("settings", CheckStatus::Good, in_words(&self.sink.kind))],
            Err(problems) => {
                let bad = CheckStatus::Bad(Exit::BadConfig);
                problems.iter().map(|problem| self.line("settings", bad, problem)).collect()
            }
        }
    }

    /// Whether a message would get through, as far as can be tried without one.
    pub(super) async fn live(&self) -> Vec<CheckLine> {
        let Ok(channel) = &self.channel else { return Vec::new() };
        vec![match channel.probe().await {
            Ok(Reached::Good(words)) => self.line("reach", CheckStatus::Good, words),
            Ok(Reached::Doubtful(words)) => self.line("reach", CheckStatus::Warning, words),
            Err(Unreached::NoToken(error)) => {
                let exit = match error {
                    AuthError::Refused(_) => Exit::Refused,
                    AuthError::Transport(_) | AuthError::Throttled { .. } => Exit::TryLater,
                };
                self.line("sign-in", CheckStatus::Bad(exit), error.to_string())
            }
            Err(Unreached::WouldBe(outcome)) => self.would_be(&outcome),
        }]
    }

    fn would_be(&self, outcome: &Outcome) -> CheckLine {
        let (status, detail) = match outcome {
            Outcome::Accepted => (CheckStatus::Good, "accepted"),
            Outcome::MessageLater { detail, .. } | Outcome::SinkLater { detail, .. } => {
                (CheckStatus::Bad(Exit::TryLater), detail.as_str())
            }
            Outcome::TooBig { detail }
            | Outcome::Refused { detail }
            | Outcome::Broken { detail } => (CheckStatus::Bad(Exit::Failed), detail.as_str()),
        };
        self.line("reach", status, detail)
    }
}

/// What it is, once nothing is wrong with its files.
const fn in_words(kind: &SinkKind) -> &'static str {
    match kind {
        SinkKind::Chat(room) => match room.kind {
            ChatKind::Teams => "a Teams workflow, whose address can be read",
            ChatKind::Slack => "a Slack webhook, whose address can be read",
        },
        SinkKind::Webhook(receiver) => match (&receiver.template_file, receiver.key_files.len()) {
            (None, 0) => "a webhook without a signature, whose address can be read",
            (None, _) => "a signed webhook, whose address and keys can be read",
            (Some(_), 0) => "a webhook without a signature, whose address and template can be read",
            (Some(_), _) => "a signed webhook, whose address, keys and template can be read",
        },
        SinkKind::Email(_) => "mail over SMTP",
        SinkKind::GraphMail(_) => "mail through Microsoft Graph",
        SinkKind::File(_) => "lines in a file",
    }
}
