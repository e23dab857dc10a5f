//! Certificates and keys, made once for all tests that sign in with them.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clickwarden::clock::{Clock, DAY, Tick};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
};

/// Where PKCS#1 begins within the PKCS#8 of an RSA key of 2048 bits.
const PKCS1_AT: usize = 26;

static KEYS: LazyLock<[KeyPair; 2]> =
    LazyLock::new(|| std::array::from_fn(|_| KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap()));

/// An RSA key: the first or the second.
pub fn key(which: usize) -> &'static KeyPair {
    &KEYS[which]
}

/// The key in PKCS#8.
pub fn pkcs8(which: usize) -> String {
    key(which).serialize_pem()
}

/// The key in PKCS#1.
pub fn pkcs1(which: usize) -> String {
    pem("RSA PRIVATE KEY", &key(which).serialize_der()[PKCS1_AT..])
}

/// A key that is none of RSA.
pub fn elliptic() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

/// Bytes as PEM of any kind.
pub fn pem(kind: &str, bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

/// A certificate for the key that is good for a year around now.
pub fn certificate(which: usize) -> String {
    let now = Clock::System.now();
    certificate_for(key(which), now.plus(-180 * DAY), now.plus(180 * DAY))
}

/// A certificate for `key`, good from the one second to the other.
pub fn certificate_for(key: &KeyPair, from: Tick, until: Tick) -> String {
    let mut params = CertificateParams::default();
    params.not_before = time(from);
    params.not_after = time(until);
    params.self_signed(key).unwrap().pem()
}

fn time(tick: Tick) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(tick.unix_seconds()).unwrap()
}

/// A server's certificate, its key, and that of the authority which issued it.
pub struct Issued {
    pub authority: Certificate,
    pub certificate: Certificate,
    pub key: KeyPair,
}

/// A certificate for the host `name`, by an authority of its own.
pub fn issued(name: &str) -> Issued {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    // Two authorities of one name would differ by their signatures only.
    let number = fastrand::u64(..).to_string();
    params.distinguished_name.push(DnType::CommonName, number);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    Issued { authority, certificate, key }
}
