//! Proof by certificate: an assertion that its private key signs ("Certificate credentials").

use aws_lc_rs::digest::{Algorithm as Hash, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header};
use secrecy::SecretString;
use serde::Serialize;

use super::proof::Proof;
use super::{AuthError, AuthRefusal, SignIn};
use crate::clock::{MINUTE, Tick};
use crate::config::certificate::{Leaf, Pair};
use crate::config::{Algorithm, Certificate};
use crate::ids::guid;

/// An assertion is good for this long before and after it is made: ten minutes in all, the most
/// that is recommended. Half of it lies in the past, for clocks that are behind ours.
const ASSERTION_TIME: i64 = 5 * MINUTE;

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: i64,
    iat: i64,
    exp: i64,
}

/// An assertion of the app `client_id` that is good at `now`. The files are read again each time.
pub(super) fn of(
    files: &Certificate,
    client_id: &str,
    sign_in: &SignIn,
    now: Tick,
) -> Result<Proof, AuthError> {
    let refused =
        |sentence, remedy: String| AuthError::Refused(AuthRefusal::ours(sentence, remedy));
    let Pair { leaf, key } = files.read().map_err(|(setting, problem)| {
        let sentence = format!("the certificate cannot be used: {setting}: {}", problem.what);
        refused(sentence, problem.remedy)
    })?;
    check_time(files, &leaf, client_id, now)?;
    let claims = Claims {
        aud: &sign_in.token_url(),
        iss: client_id,
        sub: client_id,
        jti: guid(),
        nbf: now.plus(-ASSERTION_TIME).unix_seconds(),
        iat: now.unix_seconds(),
        exp: now.plus(ASSERTION_TIME).unix_seconds(),
    };
    let header = header(files.algorithm, &leaf);
    let assertion = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_rsa_der(&key));
    assertion.map(|text| Proof::Assertion(SecretString::from(text))).map_err(|error| {
        let file = files.private_key_file.display();
        let sentence = format!("private_key_file ({file}) cannot sign: {error}");
        refused(sentence, "make an RSA key of 2048 bits or more".to_owned())
    })
}

fn header(algorithm: Algorithm, leaf: &Leaf) -> Header {
    let thumbprint =
        |hash: &'static Hash| Some(BASE64_URL_SAFE_NO_PAD.encode(digest(hash, &leaf.der)));
    match algorithm {
        Algorithm::Ps256 => {
            Header { x5t_s256: thumbprint(&SHA256), ..Header::new(jsonwebtoken::Algorithm::PS256) }
        }
        Algorithm::Rs256 => Header {
            x5t: thumbprint(&SHA1_FOR_LEGACY_USE_ONLY),
            ..Header::new(jsonwebtoken::Algorithm::RS256)
        },
    }
}

/// Refuses a certificate out of its time before anybody is asked.
fn check_time(
    files: &Certificate,
    leaf: &Leaf,
    client_id: &str,
    now: Tick,
) -> Result<(), AuthError> {
    if leaf.valid.contains(now) {
        return Ok(());
    }
    let file = files.certificate_file.display();
    let (verb, at) = if now < leaf.valid.from {
        ("is good only from", leaf.valid.from)
    } else {
        ("expired at", leaf.valid.until)
    };
    let sentence =
        format!("the certificate in certificate_file ({file}) {verb} {at}, and it is {now}");
    let remedy = format!(
        "make a new one, upload it to app {client_id}, and put it and its key into place; or set \
         this machine's clock (NTP)"
    );
    Err(AuthError::Refused(AuthRefusal::ours(sentence, remedy)))
}
