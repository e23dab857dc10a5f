//! The signature of a delivery: Standard Webhooks 1.0.0, HMAC-SHA256 with one key, or two while keys
//! change.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret as _, SecretSlice};

/// What a key begins with.
const KEY_PREFIX: &str = "whsec_";
/// Keys are handed out with padding and without.
const KEY_ENCODING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// The bytes that a key may have.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A key.
#[derive(Debug)]
pub struct SigningKey(SecretSlice<u8>);

impl SigningKey {
    /// Reads `whsec_` and base64. The problem is told without showing the key.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let encoded =
            text.trim().strip_prefix(KEY_PREFIX).ok_or("holds no key: it begins with whsec_")?;
        let bytes = KEY_ENCODING
            .decode(encoded)
            .map_err(|_| "holds a key that is not base64 after whsec_")?;
        if !KEY_BYTES.contains(&bytes.len()) {
            return Err("holds a key that does not have 24 to 64 bytes");
        }
        Ok(Self(bytes.into()))
    }

    fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret());
        let mut signing = hmac::Context::with_key(&key);
        signing.update(format!("{id}.{seconds}.").as_bytes());
        signing.update(body);
        format!("v1,{}", STANDARD.encode(signing.sign()))
    }
}

/// The value of `webhook-signature`: one signature for each key.
pub(super) fn sign(keys: &[SigningKey], id: &str, seconds: i64, body: &[u8]) -> String {
    let signatures: Vec<String> = keys.iter().map(|key| key.sign(id, seconds, body)).collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification's own vector, and that of its library for Rust.
    #[test]
    fn the_published_vectors_come_out() {
        let first = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let second = SigningKey::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n").unwrap();
        let (id, seconds, body) =
            ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(first.sign(id, seconds, body), expected);
        let both = sign(&[first, second], id, seconds, body);
        assert!(both.starts_with(&format!("{expected} v1,")), "{both}");
        let second = SigningKey::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        assert_eq!(
            second.sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        for text in ["", "secret", "whsec_", "whsec_!!!", "whsec_c2hvcnQ="] {
            assert!(SigningKey::parse(text).is_err(), "{text:?}");
        }
    }
}
