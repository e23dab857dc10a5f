//! Files of certificates that are trusted besides the system's.

use std::path::Path;

use reqwest::Certificate;

use super::error::NetworkError;
use super::words::in_words;
use crate::process::regular_file::{self, Kind};

/// The content of a file of certificates, as a hash: it is renewed in its place.
pub type Trust = Option<[u8; 32]>;

/// What is in a file of certificates now; nothing, if there is none or it cannot be read.
pub fn trust(ca_file: Option<&Path>) -> Trust {
    let pem = regular_file::bytes(ca_file?, Kind::Certificates).ok()?;
    Some(*blake3::hash(&pem).as_bytes())
}

/// The certificates in a PEM file: at least one.
pub fn certificates(path: &Path) -> Result<Vec<Certificate>, NetworkError> {
    read_certificates(path).map(|(_, found)| found)
}

/// The text of a PEM file with certificates: at least one.
pub fn certificates_pem(path: &Path) -> Result<Vec<u8>, NetworkError> {
    read_certificates(path).map(|(pem, _)| pem)
}

fn read_certificates(path: &Path) -> Result<(Vec<u8>, Vec<Certificate>), NetworkError> {
    let failed = |why: String| NetworkError::CaFile { path: path.to_owned(), why };
    let pem =
        regular_file::bytes(path, Kind::Certificates).map_err(|why| failed(why.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| failed(in_words(error)))?;
    if found.is_empty() {
        return Err(failed("no certificate in it".to_owned()));
    }
    Ok((pem, found))
}
