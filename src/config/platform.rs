//! Managed identities: which one, and where the platform gives out its tokens.

use std::path::PathBuf;

use url::Url;

use super::keys::SectionKeys;
use super::platform_environment::{PlatformEnvironment, PlatformKind, PlatformSecret};
use crate::network::{is_link_local, is_loopback};

/// Where virtual machines ask ("How to use managed identities for Azure resources on an Azure VM").
const IMDS_URL: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
/// Where servers with the Arc agent ask ("Authenticate against Azure resources with Azure Arc").
const ARC_URL: &str = "http://localhost:40342/metadata/identity/oauth2/token";
/// Where the Arc agent puts what proves that somebody may read files of this machine.
const ARC_KEY_FOLDER: &str = "/var/opt/azcmagent/tokens";

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

/// Reads the keys that tell where and of which kind the platform is. `client_id` picks the identity.
pub(super) fn read(
    keys: &mut SectionKeys<'_>,
    client_id: Option<String>,
) -> Option<ManagedIdentity> {
    let environment = keys.platform_environment().clone();
    let kind = match keys.text("managed_identity_kind") {
        Some(_) => keys.parsed("managed_identity_kind", parse)?,
        None => environment.kind(),
    };
    let given = keys.platform_address("managed_identity_url", kind.elsewhere());
    let folder = keys.path_of("managed_identity_key_folder");
    if kind == PlatformKind::Arc && client_id.is_some() {
        let problem = "a server with the Arc agent has one identity only".to_owned();
        keys.report(chooser(keys), problem, "remove it");
        return None;
    }
    if folder.is_some() && !(kind == PlatformKind::Arc && given.as_ref().is_some_and(is_loopback)) {
        let problem = "is for tests of kind arc with a managed_identity_url of loopback".to_owned();
        keys.report("managed_identity_key_folder", problem, "remove it");
    }
    let platform = match kind {
        PlatformKind::Imds => Platform::Imds,
        PlatformKind::Arc => {
            Platform::Arc { key_folder: folder.unwrap_or_else(|| ARC_KEY_FOLDER.into()) }
        }
        PlatformKind::AppService => Platform::AppService { header: header(keys, &environment)? },
    };
    let url = match given {
        Some(url) => url,
        None if keys.is_set("managed_identity_url") => return None,
        None => default_url(keys, kind, &environment)?,
    };
    Some(ManagedIdentity { client_id, url, platform })
}

/// The key that picks the identity.
fn chooser(keys: &SectionKeys<'_>) -> &'static str {
    let own = keys.is_set("managed_identity_client_id");
    if own { "managed_identity_client_id" } else { "client_id" }
}

fn header(keys: &mut SectionKeys<'_>, environment: &PlatformEnvironment) -> Option<PlatformSecret> {
    if environment.header.is_none() {
        let problem = "App Service gives IDENTITY_HEADER in the environment, which is not set";
        keys.report(
            "managed_identity_kind",
            problem.to_owned(),
            "remove it, or choose imds or arc",
        );
    }
    environment.header.clone()
}

fn default_url(
    keys: &mut SectionKeys<'_>,
    kind: PlatformKind,
    environment: &PlatformEnvironment,
) -> Option<Url> {
    let known = match kind {
        PlatformKind::Imds => Some(IMDS_URL),
        PlatformKind::Arc => Some(environment.endpoint.as_deref().unwrap_or(ARC_URL)),
        PlatformKind::AppService => environment.endpoint.as_deref(),
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

fn parse(text: &str) -> Result<PlatformKind, (String, String)> {
    match text {
        "imds" => Ok(PlatformKind::Imds),
        "app-service" => Ok(PlatformKind::AppService),
        "arc" => Ok(PlatformKind::Arc),
        _ => {
            let problem =
                format!("{:?} is no kind of platform", crate::text::escape::one_line(text));
            Err((problem, "choose imds, app-service or arc".to_owned()))
        }
    }
}
