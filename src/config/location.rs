//! Where a section stands in the files, for messages.

use super::problem::Problem;
use super::secret::SecretProblem;

/// Where a section stands, for messages.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SectionLocation {
    /// The file, or `environment`.
    pub file: String,
    /// The section's key, such as `tenant[0]`.
    pub section: String,
}

impl SectionLocation {
    /// A problem of what the key `key` names.
    pub(super) fn problem(&self, key: &str, found: SecretProblem) -> Problem {
        Problem {
            file: self.file.clone(),
            key: format!("{}.{key}", self.section),
            problem: found.what,
            remedy: found.remedy,
        }
    }
}
