//! The address of a chat or webhook: a secret, read from its file for every message, so that a new
//! one works at once.

use std::path::Path;

use secrecy::ExposeSecret as _;
use url::Url;

use super::outcome::Outcome;
use crate::config::secret;

/// Reads the address. What is wrong with it is told without showing it.
pub fn read_address(path: &Path) -> Result<Url, String> {
    let secret = secret::read(path)
        .map_err(|problem| format!("url_file: {}; {}", problem.what, problem.remedy))?;
    let shown = path.display();
    let Ok(url) = Url::parse(secret.expose_secret().trim()) else {
        return Err(format!(
            "url_file: {shown} holds no address; put the whole https address into it"
        ));
    };
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(format!(
            "url_file: {shown} holds no http address; put the whole https address into it"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "url_file: the address in {shown} holds a user name or password; use one without"
        ));
    }
    Ok(url)
}

/// The address for a delivery.
pub(super) fn read(path: &Path) -> Result<Url, Outcome> {
    read_address(path).map_err(|detail| Outcome::Broken { detail })
}
