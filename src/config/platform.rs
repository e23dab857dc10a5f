//! Managed identities: which one, and where the platform gives out its tokens.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::keys::Keys;
use crate::network::{is_link_local, is_loopback, names_forbidden};

/// Where virtual machines ask ("How to use managed identities for Azure resources on an Azure VM").
const IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const IMDS_HOST: &str = "169.254.169.254";
/// Where servers with the Arc agent ask ("Authenticate against Azure resources with Azure Arc").
const ARC: &str = "http://localhost:40342/metadata/identity/oauth2/token";
/// Where the Arc agent puts what proves that somebody may read files of this machine.
const ARC_KEYS: &str = "/var/opt/azcmagent/tokens";

/// A managed identity of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedIdentity {
    /// The client id of a user-assigned identity; else the machine's own.
    pub client_id: Option<String>,
    /// The platform's endpoint.
    pub url: Url,
    /// Which platform that is.
    pub platform: Platform,
}

/// The kinds of platforms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Virtual machines and scale sets: the Instance Metadata Service.
    Imds,
    /// App Service, Functions, Container Apps.
    AppService {
        /// What a request must carry.
        header: PlatformSecret,
    },
    /// A server elsewhere with the Azure Arc agent.
    Arc {
        /// Where the agent puts its keys.
        key_folder: PathBuf,
    },
}

impl Platform {
    /// Its name in the configuration.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Imds => "imds",
            Self::AppService { .. } => "app-service",
            Self::Arc { .. } => "arc",
        }
    }
}

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
pub(super) struct Surroundings {
    endpoint: Option<String>,
    header: Option<PlatformSecret>,
    imds: Option<String>,
}

impl Surroundings {
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

    const fn kind(&self) -> Kind {
        match (&self.endpoint, &self.header, &self.imds) {
            (Some(_), Some(_), _) => Kind::AppService,
            (Some(_), None, Some(_)) => Kind::Arc,
            _ => Kind::Imds,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Imds,
    AppService,
    Arc,
}

impl Kind {
    /// Tells an address at which this platform gives out no tokens, of those that nothing else is ever
    /// sent to.
    fn elsewhere(self) -> fn(&Url) -> bool {
        match self {
            Self::Imds => |url| names_forbidden(url) && url.host_str() != Some(IMDS_HOST),
            // It listens at some link-local address, such as 169.254.129.4.
            Self::AppService => |url| names_forbidden(url) && !is_link_local(url),
            Self::Arc => names_forbidden,
        }
    }
}

/// Reads the keys that tell where and of which kind the platform is. `client_id` picks the identity.
pub(super) fn read(keys: &mut Keys<'_>, client_id: Option<String>) -> Option<ManagedIdentity> {
    let around = keys.surroundings().clone();
    let kind = match keys.text("managed_identity_kind") {
        Some(_) => keys.parsed("managed_identity_kind", parse)?,
        None => around.kind(),
    };
    let given = keys.platform_address("managed_identity_url", kind.elsewhere());
    let folder = keys.path_of("managed_identity_key_folder");
    if kind == Kind::Arc && client_id.is_some() {
        let problem = "a server with the Arc agent has one identity only".to_owned();
        keys.report(chooser(keys), problem, "remove it");
        return None;
    }
    if folder.is_some() && !(kind == Kind::Arc && given.as_ref().is_some_and(is_loopback)) {
        let problem = "is for tests of kind arc with a managed_identity_url of loopback".to_owned();
        keys.report("managed_identity_key_folder", problem, "remove it");
    }
    let platform = match kind {
        Kind::Imds => Platform::Imds,
        Kind::Arc => Platform::Arc { key_folder: folder.unwrap_or_else(|| ARC_KEYS.into()) },
        Kind::AppService => Platform::AppService { header: header(keys, &around)? },
    };
    let url = match given {
        Some(url) => url,
        None if keys.is_set("managed_identity_url") => return None,
        None => default_url(keys, kind, &around)?,
    };
    Some(ManagedIdentity { client_id, url, platform })
}

/// The key that picks the identity.
fn chooser(keys: &Keys<'_>) -> &'static str {
    let own = keys.is_set("managed_identity_client_id");
    if own { "managed_identity_client_id" } else { "client_id" }
}

fn header(keys: &mut Keys<'_>, around: &Surroundings) -> Option<PlatformSecret> {
    if around.header.is_none() {
        let problem = "App Service gives IDENTITY_HEADER in the environment, which is not set";
        keys.report(
            "managed_identity_kind",
            problem.to_owned(),
            "remove it, or choose imds or arc",
        );
    }
    around.header.clone()
}

fn default_url(keys: &mut Keys<'_>, kind: Kind, around: &Surroundings) -> Option<Url> {
    let known = match kind {
        Kind::Imds => Some(IMDS),
        Kind::Arc => Some(around.endpoint.as_deref().unwrap_or(ARC)),
        Kind::AppService => around.endpoint.as_deref(),
    };
    let near = |url: &Url| url.scheme() == "https" || is_loopback(url) || is_link_local(url);
    let found = known.and_then(|text| Url::parse(text).ok()).filter(near);
    let is_elsewhere = kind.elsewhere();
    let url = found.filter(|url| !is_elsewhere(url));
    if url.is_none() {
        let problem = "IDENTITY_ENDPOINT in the environment is no address of a platform".to_owned();
        keys.report("managed_identity_url", problem, "set this to the platform's endpoint");
    }
    url
}

fn parse(text: &str) -> Result<Kind, (String, String)> {
    match text {
        "imds" => Ok(Kind::Imds),
        "app-service" => Ok(Kind::AppService),
        "arc" => Ok(Kind::Arc),
        _ => {
            let problem = format!("{:?} is no kind of platform", crate::quote::one_line(text));
            Err((problem, "choose imds, app-service or arc".to_owned()))
        }
    }
}
