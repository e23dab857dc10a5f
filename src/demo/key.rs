//! The key that the demo's webhook is signed with, as its receiver holds it: deliveries are verified
//! here as Standard Webhooks 1.0.0 says, with nothing of what signs them.

use std::io;

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Tick;

/// How old or new a delivery may be, in seconds.
const CLOCK_TOLERANCE: u64 = 5 * 60;

/// A key of 32 bytes.
pub(super) struct WebhookKey {
    hmac: hmac::Key,
    text: String,
}

impl WebhookKey {
    /// A new one, which nobody else knows.
    pub(super) fn fresh() -> io::Result<Self> {
        random::<32>().map(|bytes| Self::new(&bytes))
    }

    fn new(bytes: &[u8]) -> Self {
        let hmac = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        Self { hmac, text: format!("whsec_{}", STANDARD.encode(bytes)) }
    }

    /// As it stands in a file.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a delivery is signed with this key and new, by its three headers; else what is wrong
    /// with it.
    pub(super) fn verify(&self, signed: &Signed<'_>, now: Tick) -> Result<(), &'static str> {
        let Signed { id, timestamp, signatures, body } = signed;
        let seconds: i64 = timestamp.parse().map_err(|_| "webhook-timestamp is no time")?;
        if seconds.abs_diff(now.unix_seconds()) > CLOCK_TOLERANCE {
            return Err("webhook-timestamp is too far from now");
        }
        let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        let is_good = |signature: &str| {
            let encoded = signature.strip_prefix("v1,").unwrap_or_default();
            let tag = STANDARD.decode(encoded).unwrap_or_default();
            hmac::verify(&self.hmac, &content, &tag).is_ok()
        };
        let is_any = signatures.split(' ').any(is_good);
        if is_any { Ok(()) } else { Err("webhook-signature is not of this key and body") }
    }
}

/// Bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// What a delivery says of itself.
pub(super) struct Signed<'a> {
    pub id: &'a str,
    pub timestamp: &'a str,
    pub signatures: &'a str,
    pub body: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification's own vector.
    #[test]
    fn only_the_very_delivery_is_good() {
        let key = WebhookKey::new(&STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let second = format!("v1,AAAA {good}");
        let (id, timestamp) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        let body = br#"{"test": 2432232314}"#;
        let verify = |id, timestamp, signatures, body, late: i64| {
            let now = Tick::from_unix_seconds(1_614_265_330 + late);
            key.verify(&Signed { id, timestamp, signatures, body }, now).is_ok()
        };
        assert!(verify(id, timestamp, good, body, 0));
        assert!(verify(id, timestamp, &second, body, -300));
        assert!(!verify(id, timestamp, good, body, 301));
        assert!(!verify("another", timestamp, good, body, 0));
        assert!(!verify(id, "1614265331", good, body, 0));
        assert!(!verify(id, timestamp, good, b"{}", 0));
        for signatures in ["", "v1,", "v1,AAAA", good.trim_start_matches("v1,")] {
            assert!(!verify(id, timestamp, signatures, body, 0), "{signatures}");
        }
    }
}
