//! What an answer other than 200 means. Pure.
//!
//! The classes follow the Graph error reference and captured answers; for hunting the code is
//! often just `BadRequest`, so the message decides.

use serde_json::Value;

use super::{AuthRefusal, ExhaustedQuota, SourceError, wait::wait};
use crate::auth::SignIn;
use crate::clock::Tick;
use crate::network::redirect_words;
use crate::text::escape::one_line;
use crate::text::redact::without_secret;

/// An answer other than 200.
#[derive(Debug)]
pub(super) struct ErrorResponse<'a> {
    pub(super) status: u16,
    pub(super) retry_after: Option<&'a str>,
    pub(super) body: &'a [u8],
    /// Left out of what is shown: whoever answers for Graph may repeat what it was shown.
    pub(super) token: &'a str,
    /// The answer's `Date`, or our own time.
    pub(super) now: Tick,
    pub(super) request_id: &'a str,
}

/// Graph's error envelope, whose keys come in several casings.
#[derive(Debug, Default)]
struct GraphError {
    code: String,
    message: String,
}

impl GraphError {
    fn parse(body: &[u8], token: &str) -> Option<Self> {
        let envelope: Value = serde_json::from_slice(body).ok()?;
        let error = member(&envelope, "error")?;
        let text = |key| {
            without_secret(member(error, key).and_then(Value::as_str).unwrap_or_default(), token)
        };
        Some(Self { code: text("code"), message: text("message") })
    }

    fn says(&self, words: &str) -> bool {
        self.message.to_ascii_lowercase().contains(words)
    }

    /// Code and message in a line.
    fn in_words(&self) -> String {
        match (self.code.as_str(), self.message.as_str()) {
            ("", "") => "no reason given".to_owned(),
            ("", message) => one_line(message),
            (code, "") => one_line(code),
            (code, message) => one_line(&format!("{code}: {message}")),
        }
    }
}

fn member<'v>(object: &'v Value, wanted: &str) -> Option<&'v Value> {
    object.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, v)| v)
}

impl ErrorResponse<'_> {
    /// The class. A 401 is the second in a row.
    pub(super) fn classify(&self, sign_in: &SignIn) -> SourceError {
        let error = GraphError::parse(self.body, self.token);
        let graph = error.is_some();
        let error = error.unwrap_or_default();
        match self.status {
            300..=399 => SourceError::Transport(format!("Graph {}", redirect_words(self.status))),
            400 if graph => bad_request(&error),
            401 => SourceError::Refused(self.unauthorized(&error)),
            403 => SourceError::Refused(self.forbidden(&error, sign_in)),
            429 => self.throttled(&error),
            503 if self.retry_after.is_some() => self.throttled(&error),
            504 => SourceError::Slow,
            404 | 405 | 410 | 413 | 414 | 415 => {
                let words = error.in_words();
                SourceError::Rejected(format!("{} ({words}): check graph_url", self.status))
            }
            503 if graph => SourceError::Away(format!("503: {}", error.in_words())),
            status @ 500..=599 if graph => {
                SourceError::Unwell(format!("{status}: {}", error.in_words()))
            }
            status => {
                SourceError::Transport(format!("Graph answered {status}: {}", error.in_words()))
            }
        }
    }

    fn throttled(&self, error: &GraphError) -> SourceError {
        let cpu = error.code.eq_ignore_ascii_case("CpuQuotaExceeded")
            || error.says("processing resources")
            || error.says("cpu");
        let quota = if cpu { ExhaustedQuota::Cpu } else { ExhaustedQuota::Rate };
        let wait = wait(quota, self.retry_after, &error.message, self.now);
        SourceError::Throttled { quota, wait }
    }

    fn unauthorized(&self, error: &GraphError) -> AuthRefusal {
        AuthRefusal {
            sentence: format!(
                "Graph accepts no token of this app, not even a new one ({})",
                error.in_words()
            ),
            remedy: "check cloud and graph_url; after a fresh consent wait a few minutes"
                .to_owned(),
            code: None,
            trace_id: self.trace_id(),
        }
    }

    fn forbidden(&self, error: &GraphError, sign_in: &SignIn) -> AuthRefusal {
        AuthRefusal {
            sentence: format!("Graph forbids hunting to this app ({})", error.in_words()),
            remedy: sign_in.permission_remedy(),
            code: None,
            trace_id: self.trace_id(),
        }
    }

    fn trace_id(&self) -> Option<String> {
        (!self.request_id.is_empty()).then(|| one_line(self.request_id))
    }
}

fn bad_request(error: &GraphError) -> SourceError {
    if error.says("result size") {
        SourceError::TooBig
    } else if error.says("preempted") || error.says("exceeded the allowed limits") {
        SourceError::Slow
    } else if error.says("failed to resolve") {
        SourceError::Schema(one_line(&error.message))
    } else {
        SourceError::Rejected(error.in_words())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::config::{Cloud, Credential, Identity};

    fn sign_in() -> SignIn {
        SignIn {
            login_url: Url::parse("https://login.microsoftonline.com").unwrap(),
            tenant_id: "contoso.example".to_owned(),
            cloud: Cloud::Global,
            identity: Identity::App {
                client_id: "app".to_owned(),
                credential: Credential::TokenFile("token".into()),
            },
            purpose: crate::auth::Purpose::Hunting,
            deadline: Duration::from_secs(1),
            pauses: &[],
        }
    }

    fn classify(status: u16, retry_after: Option<&str>, body: &[u8]) -> SourceError {
        let (token, now, request_id) = ("", Tick(0), "id");
        let failure = ErrorResponse { status, retry_after, body, token, now, request_id };
        failure.classify(&sign_in())
    }

    #[test]
    fn the_envelope_is_read_in_any_casing() {
        let body =
            br#"{"Error":{"Code":"BadRequest","Message":"exceeded the allowed RESULT SIZE"}}"#;
        assert_eq!(classify(400, None, body), SourceError::TooBig);
    }

    #[test]
    fn consent_is_asked_for_at_the_clouds_own_address() {
        let SourceError::Refused(refusal) = classify(403, None, b"") else { panic!("no refusal") };
        let address =
            "https://login.microsoftonline.com/contoso.example/adminconsent?client_id=app";
        assert!(refusal.remedy.ends_with(address), "{refusal}");
    }

    proptest! {
        #[test]
        fn every_answer_has_a_class_in_one_line(
            status in 100u16..600,
            retry_after in proptest::option::of("[ -~]{0,40}"),
            code: String,
            message: String,
            raw: Option<Vec<u8>>,
        ) {
            let error = serde_json::json!({"error": {"code": code, "message": message}});
            let body = raw.unwrap_or_else(|| error.to_string().into_bytes());
            let error = classify(status, retry_after.as_deref(), &body);
            prop_assert!(!error.to_string().chars().any(char::is_control));
            if let SourceError::Throttled { wait, .. } = error {
                prop_assert!(wait > Duration::ZERO && wait <= Duration::from_hours(24));
            }
        }
    }
}
