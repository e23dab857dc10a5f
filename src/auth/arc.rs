//! What the Azure Arc agent wants to see: the content of a file that only those can read who may
//! have tokens ("Authenticate against Azure resources with Azure Arc-enabled servers").

use std::path::Path;

use reqwest::header::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use super::secret_header::sensitive;
use super::{AuthError, AuthRefusal};
use crate::process::regular_file::{self, Kind, Unread};

/// The value of `Authorization`, from the file that the agent's challenge names. Whoever answers
/// for the agent must not have us read any other file, and so it must lie in `folder`.
pub(super) fn key(challenge: &HeaderMap, folder: &Path) -> Result<HeaderValue, AuthError> {
    let refused =
        |sentence: String, remedy: &str| AuthError::Refused(AuthRefusal::ours(sentence, remedy));
    let named = challenge.get("www-authenticate").and_then(|value| value.to_str().ok());
    let named = named.and_then(|text| text.trim().strip_prefix("Basic realm="));
    let path = named.map(|text| Path::new(text.trim_matches('"'))).filter(|path| {
        path.parent() == Some(folder)
            && path.file_name().is_some()
            && path.extension().is_some_and(|extension| extension == "key")
    });
    let Some(path) = path else {
        let folder = folder.display();
        let sentence = format!("the Azure Arc agent names no key file in {folder}");
        return Err(refused(sentence, "check managed_identity_url: is it the agent that answers?"));
    };
    let bytes = read(path).map_err(|why| {
        let sentence =
            format!("the key of the Azure Arc agent cannot be used: {} {why}", path.display());
        let remedy = "add the user of clickwarden to the group himds (a unit of systemd says \
                      SupplementaryGroups=himds), then start it again";
        refused(sentence, remedy)
    })?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default().trim_end();
    let value = Zeroizing::new(format!("Basic {text}"));
    Ok(sensitive(&value))
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let words = |why: Unread| match why {
        Unread::System(error) => format!("cannot be read: {}", error.kind()),
        why => why.to_string(),
    };
    let (file, _) = regular_file::open(path, Kind::AgentKey).map_err(words)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(Kind::AgentKey.most() as usize + 2));
    regular_file::read_all(file, Kind::AgentKey, &mut bytes).map_err(words)?;
    Ok(bytes)
}
