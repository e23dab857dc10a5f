//! Entra's refusals: `AADSTS` codes as sentences that say what to do ("Microsoft Entra
//! authentication and authorization error codes", and captured answers).

use serde_json::Value;

use super::{AuthRefusal, SignIn};
use crate::config::{Credential, Identity};
use crate::text::escape::one_line;
use crate::text::redact::without_secret;

/// Codes of troubles on Microsoft's side that pass.
const TRANSIENT_CODES: [u32; 3] = [90_006, 90_012, 90_024];
/// The service was asked again and again: "a client request loop".
const REQUEST_LOOP: u32 = 50_196;
/// An assertion that is not good yet, or no longer.
const OUT_OF_TIME: u32 = 700_024;
/// Codes that find fault with an assertion, whoever it is of: its time, its signature, its form.
const ASSERTION_FAULTS: [u32; 4] = [OUT_OF_TIME, 700_027, 50_013, 50_027];

/// The body of an answer other than 200.
#[derive(Debug)]
pub(super) struct EntraError {
    error: String,
    description: String,
    first_code: Option<u32>,
    trace_id: Option<String>,
}

impl EntraError {
    /// Reads the body; `None` when it is not Entra's. Whoever answers for Entra may repeat what it was
    /// shown: `secrets` are left out.
    pub(super) fn parse(body: &[u8], secrets: &[&str]) -> Option<Self> {
        let found: Value = serde_json::from_slice(body).ok()?;
        let text = |key| {
            let text = found.get(key).and_then(Value::as_str)?.to_owned();
            Some(secrets.iter().fold(text, |text, secret| without_secret(&text, secret)))
        };
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

    /// Whether the service will hear no more of this app for a while.
    pub(super) fn is_a_loop(&self) -> bool {
        self.code() == Some(REQUEST_LOOP)
    }

    /// Whether the same sign-in may succeed later, without anybody changing a setting. Of a token in a
    /// file the issuer may have a newer one in seconds, such as after this machine slept.
    pub(super) fn may_pass(&self, sign_in: &SignIn) -> bool {
        let code = self.code().unwrap_or_default();
        let is_of_file =
            matches!(sign_in.identity, Identity::App { credential: Credential::TokenFile(_), .. });
        TRANSIENT_CODES.contains(&code)
            || self.error == "temporarily_unavailable"
            || code == OUT_OF_TIME && is_of_file
    }

    /// What is said of what may pass.
    pub(super) fn for_now(&self, sign_in: &SignIn) -> String {
        match self.code() {
            Some(OUT_OF_TIME) => self.refusal(sign_in).to_string(),
            _ => format!("{} cannot sign in just now: {}", sign_in.host(), self.in_words()),
        }
    }

    /// The service's own words: the first line, which names neither secret nor token.
    pub(super) fn in_words(&self) -> String {
        let line = self.description.lines().next().unwrap_or_default();
        one_line(if line.is_empty() { &self.error } else { line })
    }

    /// The refusal in our words.
    pub(super) fn refusal(&self, sign_in: &SignIn) -> AuthRefusal {
        let code = self.code();
        let known = code.and_then(|code| known(code, self, sign_in));
        let (sentence, remedy) = known.unwrap_or_else(|| unknown(self, sign_in));
        let trace_id = self.trace_id.as_deref().map(one_line).filter(|id| !id.is_empty());
        AuthRefusal { sentence, remedy, code, trace_id }
    }
}

impl AuthRefusal {
    /// Whether another assertion might be taken.
    pub(super) fn faults_assertion(&self) -> bool {
        self.code.is_some_and(|code| ASSERTION_FAULTS.contains(&code))
    }
}

/// What is said of a code: what is wrong, and what to do.
fn known(code: u32, error: &EntraError, sign_in: &SignIn) -> Option<(String, String)> {
    let (app, tenant) = (sign_in.who(), &sign_in.tenant_id);
    let (sentence, remedy) = match code {
        7_000_215
        | 7_000_222
        | 700_027
        | 7_000_218
        | 70_021
        | 700_021
        | 700_023
        | 700_024
        | 700_211..=700_213
        | 7_002_131
        | 50_013
        | 50_027 => return credential(code, error, sign_in),
        700_016 => {
            let sentence = format!("tenant {tenant} does not know {app}");
            let consent = sign_in.admin_consent_address().unwrap_or_default();
            let remedy =
                "check client_id and tenant_id; if both are right, an administrator must consent";
            (sentence, format!("{remedy}: {consent}"))
        }
        700_025 => (
            format!("{app} is registered as a public client, which can prove nothing"),
            "register an app of its own for clickwarden, with \"Allow public client flows\" off"
                .to_owned(),
        ),
        _ => return of_cloud(code, sign_in),
    };
    Some((sentence, remedy))
}

/// What is said of a code that may be that of another cloud's tenant.
fn of_cloud(code: u32, sign_in: &SignIn) -> Option<(String, String)> {
    let (tenant, cloud) = (&sign_in.tenant_id, sign_in.cloud.name());
    Some(match code {
        90_002 => (
            format!("there is no tenant {tenant} in this cloud"),
            format!(
                "check tenant_id, and cloud, which is {cloud}: tenants of US Government clouds are \
                 only known there"
            ),
        ),
        90_038 | 900_381 | 900_382 => (
            format!("tenant {tenant} lives in another of Microsoft's clouds"),
            format!("set cloud, which is {cloud} now, to the tenant's"),
        ),
        70_011 => (
            format!("Microsoft does not know the scope {}", sign_in.scope()),
            "check cloud, which decides the scope".to_owned(),
        ),
        500_011 | 50_001 => (
            format!("tenant {tenant} does not know the resource {}", sign_in.resource()),
            format!(
                "check cloud, which is {cloud}, and tenant_id: the tenant must belong to that cloud"
            ),
        ),
        _ => return None,
    })
}

/// What is said of a code that finds fault with the credential.
fn credential(code: u32, error: &EntraError, sign_in: &SignIn) -> Option<(String, String)> {
    let Identity::App { client_id, credential } = &sign_in.identity else { return None };
    let portal = sign_in.cloud.entra_portal();
    let page = format!("{portal} > App registrations > {client_id} > Certificates & secrets");
    let place = place(credential);
    let sentence = |text: &str| text.to_owned();
    let (sentence, remedy) = match code {
        7_000_215 => (
            sentence("the client secret is wrong"),
            format!(
                "put the secret's value into {place}; the portal shows it once, and its \"Secret ID\" \
                 is not it"
            ),
        ),
        7_000_222 => (
            sentence("the client secret has expired"),
            format!("make a new one under {page} and put its value into {place}"),
        ),
        700_027 | 50_013 if is_federated(credential) => {
            not_trusted(error, client_id, &place, &page)
        }
        700_027 if error.description.contains("is expired") => (
            sentence("Microsoft takes the certificate for expired"),
            format!("make a new one, upload it under {page}, and put it and its key into {place}"),
        ),
        700_027 | 50_013 => (
            sentence("Microsoft does not accept the signature of the client assertion"),
            format!("upload the certificate that belongs to {place} under {page}, or renew it"),
        ),
        7_000_218 => (
            sentence("the sign-in carried no credential"),
            format!("check that {place} holds it, and that no proxy alters the request"),
        ),
        700_024 => (
            sentence("the client assertion is not good at Microsoft's time"),
            format!("set this machine's clock (NTP), and see that {place} is renewed in time"),
        ),
        50_027 => (
            sentence("Microsoft cannot read the client assertion"),
            format!("check that {place} holds what its issuer gave"),
        ),
        700_021 | 700_023 if !is_federated(credential) => (
            sentence("the client assertion names another app or another audience"),
            sentence("check client_id, tenant_id, cloud and login_url"),
        ),
        _ => not_trusted(error, client_id, &place, &page),
    };
    Some((sentence, remedy))
}

/// Each of these codes names what it missed: issuer, key, audience or subject.
fn not_trusted(error: &EntraError, client_id: &str, place: &str, page: &str) -> (String, String) {
    (
        format!("the app {client_id} does not trust the token of {place}"),
        format!(
            "add a federated credential with that token's issuer, subject and audience under {page} \
             ({})",
            error.in_words()
        ),
    )
}

/// A refusal that names no code that we know.
fn unknown(error: &EntraError, sign_in: &SignIn) -> (String, String) {
    let words = error.in_words();
    match &sign_in.identity {
        Identity::App { client_id, credential } if error.error == "invalid_client" => (
            format!("Microsoft does not accept the credential of the app {client_id} ({words})"),
            format!("check client_id, and that {} is what the app was given", place(credential)),
        ),
        _ => (
            format!("Microsoft refused the sign-in ({words})"),
            "look the code up at https://login.microsoftonline.com/error".to_owned(),
        ),
    }
}

const fn is_federated(credential: &Credential) -> bool {
    matches!(credential, Credential::TokenFile(_) | Credential::ManagedIdentity(_))
}

/// The setting that holds the credential, and what it says.
fn place(credential: &Credential) -> String {
    match credential {
        Credential::Secret { file, .. } => format!("client_secret_file ({})", file.display()),
        Credential::Certificate(certificate) => format!(
            "certificate_file ({}) and private_key_file ({})",
            certificate.certificate_file.display(),
            certificate.private_key_file.display()
        ),
        Credential::TokenFile(file) => format!("federated_token_file ({})", file.display()),
        Credential::ManagedIdentity(_) => "federated_managed_identity".to_owned(),
    }
}

/// The token answer with `expires_in` as the number that the grant promises: some services send it
/// as a string, and one that is negative has run out.
pub(super) fn with_numeric_lifetime(body: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Object(mut answer)) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    let lifetime = seconds(answer.get("expires_in")).unwrap_or(0.0);
    answer.insert("expires_in".to_owned(), Value::from(lifetime.max(0.0) as u64));
    Value::Object(answer).to_string().into_bytes()
}

/// A number of seconds, or a text of one.
pub(super) fn seconds(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_f64(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_may_stand_only_in_the_text() {
        let body = br#"{"error":"invalid_client","error_codes":["?"],"trace_id":7,
            "error_description":"AADSTS7000222: The secret is expired.\r\nTrace ID: x"}"#;
        let error = EntraError::parse(body, &[]).unwrap();
        assert_eq!((error.code(), error.trace_id.is_none()), (Some(7_000_222), true));
        assert_eq!(error.in_words(), "AADSTS7000222: The secret is expired.");
        for body in ["", "[]", "{}", r#"{"error":""}"#, r#"{"error":{"code":"x"}}"#] {
            assert!(EntraError::parse(body.as_bytes(), &[]).is_none(), "{body}");
        }
    }
}
