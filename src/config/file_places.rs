//! Where a file lies that the configuration names without its whole path: among the credentials of the
//! service, or beside the configuration. Never in the folder that a command happens to run in.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Where systemd says that a service's credentials are (`systemd.exec(5)`).
pub(super) const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";
/// What systemd puts before the name of each file of a folder that it hands over: in the unit the folder
/// stands as `LoadCredential=clickwarden:FOLDER`.
const HANDED_OVER_PREFIX: &str = "clickwarden_";
/// The folder of secrets beside the configuration.
pub const CREDENTIALS_FOLDER: &str = "credentials";

/// The folders in which names are looked up.
#[derive(Clone, Debug, Default)]
pub(super) struct FilePlaces {
    /// The folder of the main configuration file.
    folder: PathBuf,
    /// The credentials of the service, within one.
    credentials: Option<PathBuf>,
}

impl FilePlaces {
    /// Those of a configuration; without one, only the service's credentials are looked up.
    pub(super) fn beside(configuration: Option<&Path>) -> Self {
        let whole = configuration.map(|path| {
            let whole = std::path::absolute(path);
            whole.unwrap_or_else(|_| path.to_owned())
        });
        let folder = whole.as_deref().and_then(Path::parent).unwrap_or(Path::new("/"));
        Self { folder: folder.to_owned(), credentials: None }
    }

    /// Notes where the service's credentials are.
    pub(super) fn note_credentials(&mut self, folder: String) {
        self.credentials = Some(PathBuf::from(folder)).filter(|folder| folder.is_absolute());
    }

    /// A file that is written: a name without a whole path begins beside the configuration.
    pub(super) fn written(&self, named: &str) -> PathBuf {
        self.folder.join(named)
    }

    /// A file that is read: a bare name is a credential of the service, or in the folder of secrets beside
    /// the configuration, or beside it; where it is missing, where the first of these would have it.
    pub(super) fn read(&self, named: &str) -> PathBuf {
        if !is_bare(Path::new(named)) {
            return self.written(named);
        }
        let mut handed_over = OsString::from(HANDED_OVER_PREFIX);
        handed_over.push(named);
        let given = self.credentials.iter();
        let given = given.flat_map(|folder| [folder.join(named), folder.join(&handed_over)]);
        let own = [self.folder.join(CREDENTIALS_FOLDER).join(named), self.written(named)];
        let mut places = given.chain(own.clone());
        let found = places.find(|place| place.try_exists().unwrap_or(false));
        let [_, beside] = own;
        let missing = self.credentials.as_ref().map(|folder| folder.join(named));
        found.unwrap_or_else(|| missing.unwrap_or(beside))
    }
}

/// Whether it is a name alone, of a file in no folder.
fn is_bare(named: &Path) -> bool {
    let mut parts = named.components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_a_name_and_nothing_else() {
        for bare in ["contoso.key", "a b", "..."] {
            assert!(is_bare(Path::new(bare)), "{bare}");
        }
        for other in ["./contoso.key", "/contoso.key", "../contoso.key", "a/b", "..", "."] {
            assert!(!is_bare(Path::new(other)), "{other}");
        }
    }
}
