//! A certificate and its private key: read together, and known to belong together.

use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{KeyPair as _, RsaKeyPair};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::asn1_rs::{FromDer as _, Integer, OctetString, Sequence};
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::OID_PKCS1_RSAENCRYPTION;
use x509_parser::x509::AlgorithmIdentifier;
use zeroize::Zeroizing;

use super::secret::{self, Holds, SecretProblem};
use crate::clock::{Span, Tick};

/// The files of a certificate that signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// PEM: the certificate, perhaps with those that issued it after it.
    pub certificate_file: PathBuf,
    /// PEM: its RSA key, not encrypted.
    pub private_key_file: PathBuf,
    /// How the key signs.
    pub algorithm: Algorithm,
}

/// How a key signs ("Certificate credentials": PS256; RS256 is the form of older documents).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// RSA-PSS, the certificate named by its SHA-256 thumbprint.
    #[default]
    Ps256,
    /// RSA PKCS#1 v1.5, the certificate named by its SHA-1 thumbprint.
    Rs256,
}

impl Algorithm {
    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, (String, String)> {
        let known = [Self::Ps256, Self::Rs256].into_iter().find(|known| known.name() == text);
        let problem = format!("{:?} is no algorithm of ours", crate::text::escape::one_line(text));
        known.ok_or((problem, "choose PS256 or RS256".to_owned()))
    }
}

/// A certificate, as far as signing in needs it.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// The whole of it, of which thumbprints are made.
    pub der: Vec<u8>,
    /// From when until when it is good.
    pub valid: Span,
    /// The public key in it, as PKCS#1 writes it.
    public_key: Vec<u8>,
}

/// A certificate and its key.
pub(crate) struct Pair {
    pub leaf: Leaf,
    /// The private key, as PKCS#1 writes it.
    pub key: Zeroizing<Vec<u8>>,
}

/// What is wrong, and in the file of which setting.
pub(crate) type Wrong = (&'static str, SecretProblem);

impl Certificate {
    /// Reads both files, as they are now.
    pub(crate) fn read(&self) -> Result<Pair, Wrong> {
        let leaf = self.leaf().map_err(|problem| ("certificate_file", problem))?;
        let key = key(&self.private_key_file).map_err(|problem| ("private_key_file", problem))?;
        let certificate = self.certificate_file.display();
        let other = || {
            let shown = self.private_key_file.display();
            let what = format!("{shown} is not the key of the certificate in {certificate}");
            let remedy = "put the key that the certificate was made with into it";
            ("private_key_file", SecretProblem::new(what, remedy))
        };
        let pair = RsaKeyPair::from_der(&key).map_err(|_| {
            let what = format!("{} is no usable RSA key", self.private_key_file.display());
            ("private_key_file", SecretProblem::new(what, "make one of 2048 bits or more"))
        })?;
        let same = pair.public_key().as_ref() == leaf.public_key;
        if same { Ok(Pair { leaf, key }) } else { Err(other()) }
    }

    /// Reads the certificate: the first in its file.
    pub(crate) fn leaf(&self) -> Result<Leaf, SecretProblem> {
        let path = &self.certificate_file;
        let pem = secret::bytes_of(path, Holds::Certificate)?;
        let remedy = "name the PEM file with the certificate (-----BEGIN CERTIFICATE-----)";
        let wrong = |what: &str| SecretProblem::new(format!("{} {what}", path.display()), remedy);
        let der =
            CertificateDer::from_pem_slice(&pem).map_err(|_| wrong("holds no certificate"))?;
        leaf(&der).ok_or_else(|| wrong("holds a certificate that cannot be read"))
    }
}

fn leaf(der: &[u8]) -> Option<Leaf> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let at = |time: x509_parser::time::ASN1Time| Tick::from_unix_seconds(time.timestamp());
    let validity = parsed.validity();
    Some(Leaf {
        der: der.to_vec(),
        // The last second is one of its own ("RFC 5280", 4.1.2.5).
        valid: Span::new(
            at(validity.not_before),
            at(validity.not_after).plus(crate::clock::SECOND),
        ),
        public_key: parsed.public_key().subject_public_key.data.to_vec(),
    })
}

/// The private key as PKCS#1 writes it.
fn key(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretProblem> {
    let pem = secret::bytes_of(path, Holds::PrivateKey)?;
    let wrong = |what: &str, remedy: &str| {
        Err(SecretProblem::new(format!("{} {what}", path.display()), remedy))
    };
    let says = |words: &str| pem.windows(words.len()).any(|window| window == words.as_bytes());
    if says("ENCRYPTED PRIVATE KEY") || says("Proc-Type: 4,ENCRYPTED") {
        let remedy = "decrypt it (openssl pkey -in KEY -out NEW) and protect the file by its mode";
        return wrong("is encrypted, and nobody is there to type a password", remedy);
    }
    match PrivateKeyDer::from_pem_slice(&pem) {
        Ok(PrivateKeyDer::Pkcs1(key)) => Ok(key.secret_pkcs1_der().to_vec().into()),
        Ok(PrivateKeyDer::Pkcs8(key)) => match unwrapped(key.secret_pkcs8_der()) {
            Ok(key) => Ok(key),
            Err(NoKey::OfAnotherKind) => wrong("is no RSA key", NOT_RSA),
            Err(NoKey::Broken) => wrong("holds a private key that cannot be read", NOT_A_KEY),
        },
        Ok(_) => wrong("is no RSA key", NOT_RSA),
        Err(_) => wrong("holds no private key", NOT_A_KEY),
    }
}

const NOT_RSA: &str = "Entra takes RSA keys only: make an RSA key and a certificate for it";
const NOT_A_KEY: &str = "name the PEM file with the private key (-----BEGIN PRIVATE KEY-----)";

/// Why there is no RSA key within PKCS#8.
enum NoKey {
    OfAnotherKind,
    Broken,
}

/// The RSA key within PKCS#8 (RFC 5958).
fn unwrapped(der: &[u8]) -> Result<Zeroizing<Vec<u8>>, NoKey> {
    let (_, sequence) = Sequence::from_der(der).map_err(|_| NoKey::Broken)?;
    let (rest, _version) = Integer::from_der(&sequence.content).map_err(|_| NoKey::Broken)?;
    let (rest, algorithm) = AlgorithmIdentifier::from_der(rest).map_err(|_| NoKey::Broken)?;
    if algorithm.algorithm != OID_PKCS1_RSAENCRYPTION {
        return Err(NoKey::OfAnotherKind);
    }
    let (_, key) = OctetString::from_der(rest).map_err(|_| NoKey::Broken)?;
    Ok(key.as_ref().to_vec().into())
}
