//! What the environment tells of the platform that the program runs on.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::network::{is_link_local, names_forbidden};

/// The host of the Instance Metadata Service.
const IMDS_HOST: &str = "169.254.169.254";

/// The value of `IDENTITY_HEADER`, never shown.
#[derive(Clone, Debug)]
pub struct PlatformSecret(SecretString);

impl PlatformSecret {
    /// The value, for the request's header only.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for PlatformSecret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for PlatformSecret {}

/// What the environment tells of the platform.
#[derive(Clone, Debug, Default)]
pub(super) struct PlatformEnvironment {
    pub(super) endpoint: Option<String>,
    pub(super) header: Option<PlatformSecret>,
    imds: Option<String>,
}

impl PlatformEnvironment {
    /// The variables that are looked at.
    pub(super) const NAMES: [&'static str; 3] =
        ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IMDS_ENDPOINT"];

    pub(super) fn note(&mut self, name: &str, value: String) {
        match name {
            "IDENTITY_ENDPOINT" => self.endpoint = Some(value),
            "IDENTITY_HEADER" => self.header = Some(PlatformSecret(value.into())),
            "IMDS_ENDPOINT" => self.imds = Some(value),
            _ => {}
        }
    }

    /// Which platform it is, as far as that shows.
    pub(super) const fn kind(&self) -> PlatformKind {
        match (&self.endpoint, &self.header, &self.imds) {
            (Some(_), Some(_), _) => PlatformKind::AppService,
            (Some(_), None, Some(_)) => PlatformKind::Arc,
            _ => PlatformKind::Imds,
        }
    }
}

/// Which platform it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PlatformKind {
    Imds,
    AppService,
    Arc,
}

impl PlatformKind {
    /// Tells an address at which this platform gives out no tokens, of those that nothing else is ever
    /// sent to.
    pub(super) fn elsewhere(self) -> fn(&Url) -> bool {
        match self {
            Self::Imds => |url| names_forbidden(url) && url.host_str() != Some(IMDS_HOST),
            // It listens at some link-local address, such as 169.254.129.4.
            Self::AppService => |url| names_forbidden(url) && !is_link_local(url),
            Self::Arc => names_forbidden,
        }
    }
}
