//! Proof by client secret.

use std::path::Path;

use super::proof::Proof;
use super::{AuthError, AuthRefusal};
use crate::config::secret;

pub(super) fn of(file: &Path) -> Result<Proof, AuthError> {
    secret::read(file).map(Proof::Secret).map_err(|problem| {
        let sentence = format!("the client secret cannot be used: {}", problem.what);
        AuthError::Refused(AuthRefusal::ours(sentence, problem.remedy))
    })
}
