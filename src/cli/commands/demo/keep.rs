//! The messages as files, for `--keep`.

use std::path::Path;

use super::folder::{cannot, folder, write};
use crate::cli::CommandError;
use crate::demo::LastMessages;

/// Where they are in the folder that is kept.
pub(super) const FOLDER: &str = "messages";

/// Writes what came.
pub(super) fn write_all(dir: &Path, kept: &LastMessages) -> Result<(), CommandError> {
    let dir = dir.join(FOLDER);
    folder(&dir).map_err(|e| cannot(&format!("make {}", dir.display()), &e))?;
    if let Some(card) = &kept.card {
        write(&dir.join("card.json"), card.body.as_bytes())?;
    }
    if let Some(mail) = &kept.mail {
        write(&dir.join("mail.eml"), &mail.bytes)?;
        if let Some(html) = mail.part("text/html") {
            write(&dir.join("mail.html"), html.text.as_bytes())?;
        }
    }
    if let Some(webhook) = &kept.webhook {
        write(&dir.join("webhook.txt"), webhook.text().as_bytes())?;
    }
    Ok(())
}
