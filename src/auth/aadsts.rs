//! Entra's refusals: `AADSTS` codes as sentences that say what to do ("Microsoft Entra
//! authentication and authorization error codes", and captured answers).

use serde_json::Value;

use super::{Refusal, SignIn};
use crate::config::Credential;
use crate::quote::one_line;

/// Codes of troubles on Microsoft's side that pass.
const TRANSIENT: [u32; 3] = [90_006, 90_012, 90_024];

/// The body of an answer other than 200.
#[derive(Debug)]
pub(super) struct EntraError {
    error: String,
    description: String,
    first_code: Option<u32>,
    trace_id: Option<String>,
}

impl EntraError {
    /// Reads the body; `None` when it is not Entra's.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let found: Value = serde_json::from_slice(body).ok()?;
        let text = |key| found.get(key).and_then(Value::as_str).map(str::to_owned);
        let first_code = found.get("error_codes").and_then(|codes| codes.get(0)?.as_u64());
        Some(Self {
            error: text("error").filter(|error| !error.is_empty())?,
            description: text("error_description").unwrap_or_default(),
            first_code: first_code.and_then(|code| code.try_into().ok()),
            trace_id: text("trace_id"),
        })
    }

    /// The first code; the text only where there is none.
    fn code(&self) -> Option<u32> {
        let in_text = || {
            let digits = self.description.split_once("AADSTS")?.1;
            digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        self.first_code.or_else(in_text)
    }

    pub(super) fn is_transient(&self) -> bool {
        self.code().is_some_and(|code| TRANSIENT.contains(&code))
            || self.error == "temporarily_unavailable"
    }

    /// The service's own words: the first line, which names neither secret nor token.
    pub(super) fn in_words(&self) -> String {
        let line = self.description.lines().next().unwrap_or_default();
        one_line(if line.is_empty() { &self.error } else { line })
    }

    /// The refusal in our words.
    pub(super) fn refusal(&self, sign_in: &SignIn) -> Refusal {
        let code = self.code();
        let (sentence, remedy) = code.and_then(|code| known(code, sign_in)).unwrap_or_else(|| {
            let sentence = format!("Microsoft refused the sign-in ({})", self.in_words());
            (sentence, "look the code up at https://login.microsoftonline.com/error".to_owned())
        });
        let trace_id = self.trace_id.as_deref().map(one_line).filter(|id| !id.is_empty());
        Refusal { sentence, remedy, code, trace_id }
    }
}

fn known(code: u32, sign_in: &SignIn) -> Option<(String, String)> {
    let Credential::SecretFile(file) = &sign_in.credential;
    let (app, tenant, file) = (&sign_in.client_id, &sign_in.tenant_id, file.display());
    let (sentence, remedy) = match code {
        7_000_215 => (
            "the client secret is wrong".to_owned(),
            format!(
                "put the secret's value into {file}; the portal shows it once, and its \"Secret ID\" \
                 is not it"
            ),
        ),
        7_000_222 => (
            "the client secret has expired".to_owned(),
            format!(
                "make a new one under App registrations > {app} > Certificates & secrets and put \
                 its value into {file}"
            ),
        ),
        700_027 => (
            "Microsoft does not accept the signature of the client assertion".to_owned(),
            format!("upload the certificate that belongs to the key to app {app}, or renew it"),
        ),
        7_000_218 => (
            "the sign-in carried no credential".to_owned(),
            format!("check that {file} holds the secret, and that no proxy alters the request"),
        ),
        700_016 => (
            format!("tenant {tenant} does not know the app {app}"),
            format!(
                "check client_id and tenant_id; if both are right, an administrator must consent: {}",
                sign_in.admin_consent_address()
            ),
        ),
        90_002 => (
            format!("there is no tenant {tenant} in this cloud"),
            "check tenant_id, and cloud: tenants of US Government clouds are only known there"
                .to_owned(),
        ),
        700_021 | 700_023 => (
            "the client assertion names another app or another audience".to_owned(),
            "check client_id, tenant_id and cloud".to_owned(),
        ),
        70_011 => (
            format!("Microsoft does not know the scope {}", sign_in.scope),
            "check cloud, which decides the scope".to_owned(),
        ),
        500_011 | 50_001 => (
            format!("tenant {tenant} does not know the resource {}", sign_in.scope),
            "check cloud and tenant_id: the tenant must belong to that cloud".to_owned(),
        ),
        700_025 => (
            format!("the app {app} is registered as a public client, which cannot use a secret"),
            "register an app of its own for clickwarden, with \"Allow public client flows\" off"
                .to_owned(),
        ),
        _ => return None,
    };
    Some((sentence, remedy))
}

/// The token answer with `expires_in` as the number that the grant promises: some services send it
/// as a string, and one that is negative has run out.
pub(super) fn with_numeric_lifetime(body: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Object(mut answer)) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let lifetime = match answer.get("expires_in") {
        Some(Value::String(text)) => text.trim().parse().unwrap_or(0.0),
        Some(Value::Number(number)) => number.as_f64().unwrap_or(0.0),
        _ => 0.0,
    };
    answer.insert("expires_in".to_owned(), Value::from(lifetime.max(0.0) as u64));
    Value::Object(answer).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_may_stand_only_in_the_text() {
        let body = br#"{"error":"invalid_client","error_codes":["?"],"trace_id":7,
            "error_description":"AADSTS7000222: The secret is expired.\r\nTrace ID: x"}"#;
        let error = EntraError::parse(body).unwrap();
        assert_eq!((error.code(), error.trace_id.is_none()), (Some(7_000_222), true));
        assert_eq!(error.in_words(), "AADSTS7000222: The secret is expired.");
        for body in ["", "[]", "{}", r#"{"error":""}"#, r#"{"error":{"code":"x"}}"#] {
            assert!(EntraError::parse(body.as_bytes()).is_none(), "{body}");
        }
    }
}
