//! Hints from the inside of a token: what it permits, and whose tenant it is for. Tokens are not made
//! for us to read ("Access tokens in the Microsoft identity platform"), so what cannot be read says
//! nothing.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// Whether the token can be looked into, and its `roles` lack `permission`: Entra gives one to an app
/// that nothing was permitted to, too.
pub(super) fn lacks(token: &str, permission: &str) -> bool {
    let Some(claims) = claims(token) else { return false };
    let roles = claims.get("roles").and_then(Value::as_array);
    !roles.is_some_and(|roles| roles.iter().any(|role| role == permission))
}

/// The id of the tenant that the token is for, where it can be looked into.
pub(super) fn tenant(token: &str) -> Option<String> {
    claims(token)?.get("tid")?.as_str().map(str::to_owned)
}

fn claims(token: &str) -> Option<Map<String, Value>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::PERMISSION;
    use super::*;

    #[test]
    fn only_what_can_be_read_says_something() {
        let token = |claims: &str| format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims));
        assert!(lacks(&token(r#"{"aud":"x"}"#), PERMISSION));
        assert!(lacks(&token(r#"{"roles":["User.Read.All"]}"#), PERMISSION));
        assert!(!lacks(
            &token(r#"{"roles":["User.Read.All","ThreatHunting.Read.All"]}"#),
            PERMISSION
        ));
        assert_eq!(tenant(&token(r#"{"tid":"contoso"}"#)).as_deref(), Some("contoso"));
        for opaque in ["", "x", "a.b.c", &token("[]"), &token("{")] {
            assert_eq!((lacks(opaque, PERMISSION), tenant(opaque)), (false, None), "{opaque}");
        }
        assert_eq!(tenant(&token(r#"{"tid":7}"#)), None);
    }
}
