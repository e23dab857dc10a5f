//! A hint from the inside of a token: Entra gives one to an app that nothing was permitted to.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

/// Whether the token can be looked into, and its `roles` lack `permission`. Tokens are
/// not made for us to read ("Access tokens in the Microsoft identity platform"), so nothing may
/// rest on this.
pub(super) fn lack(token: &str, permission: &str) -> bool {
    let claims = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice::<serde_json::Map<String, Value>>(&bytes).ok()
    };
    let Some(claims) = claims() else { return false };
    let roles = claims.get("roles").and_then(Value::as_array);
    !roles.is_some_and(|roles| roles.iter().any(|role| role == permission))
}

#[cfg(test)]
mod tests {
    use super::super::PERMISSION;
    use super::*;

    #[test]
    fn only_what_can_be_read_lacks_something() {
        let token = |claims: &str| format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims));
        assert!(lack(&token(r#"{"aud":"x"}"#), PERMISSION));
        assert!(lack(&token(r#"{"roles":["User.Read.All"]}"#), PERMISSION));
        assert!(!lack(
            &token(r#"{"roles":["User.Read.All","ThreatHunting.Read.All"]}"#),
            PERMISSION
        ));
        for opaque in ["", "x", "a.b.c", &token("[]"), &token("{")] {
            assert!(!lack(opaque, PERMISSION), "{opaque}");
        }
    }
}
