//! What is needed to sign in to one tenant.

use std::time::Duration;

use reqwest::Client;
use url::Url;

use super::{Purpose, SharedAuth};
use crate::config::{Cloud, Credential, Identity, ManagedIdentity, Tenant};
use crate::network::{Network, NetworkError};

/// A sign-in takes less than a second as a rule.
const SIGN_IN_DEADLINE: Duration = Duration::from_secs(30);
/// Between the tries when a platform has no token just now ("How to use managed identities for
/// Azure resources on an Azure VM", retry guidance: 404 and 410 last for up to 70 seconds).
const PLATFORM_PAUSES: &[Duration] = &[
    Duration::from_secs(2),
    Duration::from_secs(6),
    Duration::from_secs(14),
    Duration::from_secs(30),
];

/// What is needed to sign in to one tenant.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The sign-in service, such as `https://login.microsoftonline.com`.
    pub login_url: Url,
    /// The tenant: a GUID or a domain.
    pub tenant_id: String,
    /// The cloud it lives in, whose Graph the token is for.
    pub cloud: Cloud,
    /// As whom.
    pub identity: Identity,
    /// What the token is for.
    pub purpose: Purpose,
    /// An answer must be there within this.
    pub deadline: Duration,
    /// The pauses between tries when a platform has no token just now.
    pub pauses: &'static [Duration],
}

impl SignIn {
    /// The sign-in to a configured tenant, for hunting.
    pub fn of(tenant: &Tenant) -> Self {
        Self {
            login_url: tenant.login_url.clone(),
            tenant_id: tenant.tenant_id.clone(),
            cloud: tenant.cloud,
            identity: tenant.identity.clone(),
            purpose: Purpose::Hunting,
            deadline: SIGN_IN_DEADLINE,
            pauses: PLATFORM_PAUSES,
        }
    }

    /// Where an administrator grants this app its permissions; a managed identity has no such page.
    pub fn admin_consent_address(&self) -> Option<String> {
        let Identity::App { client_id, .. } = &self.identity else { return None };
        let (login, tenant) = (trimmed(&self.login_url), &self.tenant_id);
        Some(format!("{login}/{tenant}/adminconsent?client_id={client_id}"))
    }

    /// The API that the token is for.
    pub(super) fn resource(&self) -> String {
        self.purpose.resource(self.cloud)
    }

    /// The same as a scope: all that the app was granted there.
    pub(super) fn scope(&self) -> String {
        format!("{}/.default", self.resource())
    }

    /// What an administrator must do so that the token permits what it is for.
    pub fn permission_remedy(&self) -> String {
        let (permission, api) = (self.purpose.permission(), self.purpose.api());
        match (&self.identity, self.admin_consent_address()) {
            (Identity::App { client_id, .. }, Some(address)) => format!(
                "add the application permission {permission} of {api} to app {client_id} and let an \
                 administrator consent: {address}"
            ),
            _ => format!(
                "assign the app role {permission} of {api} to {} with the Graph \
                 PowerShell command New-MgServicePrincipalAppRoleAssignment, since no portal page \
                 does that; the platform may give out tokens without it for up to a day",
                self.who()
            ),
        }
    }

    /// As whom, in words.
    pub(super) fn who(&self) -> String {
        match &self.identity {
            Identity::App { client_id, .. } => format!("the app {client_id}"),
            Identity::Managed(ManagedIdentity { client_id: Some(id), .. }) => {
                format!("the managed identity {id}")
            }
            Identity::Managed(_) => "this machine's managed identity".to_owned(),
        }
    }

    /// The managed identity whose tokens sign in, or vouch for the app.
    const fn managed(&self) -> Option<&ManagedIdentity> {
        match &self.identity {
            Identity::Managed(identity)
            | Identity::App { credential: Credential::ManagedIdentity(identity), .. } => {
                Some(identity)
            }
            Identity::App { .. } => None,
        }
    }

    /// The token endpoint (v2.0, client credentials).
    pub(super) fn token_url(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", trimmed(&self.login_url), self.tenant_id)
    }

    /// The endpoints that a sign-in calls, as their gates are written down.
    pub fn endpoints(&self) -> Vec<String> {
        let mut endpoints = Vec::new();
        if let Identity::App { .. } = &self.identity {
            endpoints.extend([self.tenants_endpoint(), self.apps_endpoint()]);
        }
        endpoints.extend(self.managed().map(platform_endpoint));
        endpoints
    }

    /// The sign-in service, for this app in this tenant.
    pub(super) fn tenants_endpoint(&self) -> String {
        format!("{} {}", self.apps_endpoint(), self.tenant_id.to_ascii_lowercase())
    }

    /// The sign-in service, for this app in all tenants.
    pub(super) fn apps_endpoint(&self) -> String {
        let client_id = match &self.identity {
            Identity::App { client_id, .. } => client_id.as_str(),
            Identity::Managed(_) => "",
        };
        format!("{} {}", trimmed(&self.login_url), client_id.to_ascii_lowercase())
    }

    /// How messages name the sign-in service.
    pub(super) fn host(&self) -> &str {
        self.login_url.host_str().unwrap_or("the sign-in host")
    }
}

/// A platform that gives out tokens of a managed identity.
pub(super) fn platform_endpoint(identity: &ManagedIdentity) -> String {
    trimmed(&identity.url).to_owned()
}

fn trimmed(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}

/// Whom a sign-in asks.
#[derive(Clone, Debug)]
pub struct SignInClients {
    /// For the sign-in service.
    pub(super) login: Client,
    /// For the platform, where a managed identity is asked for.
    pub(super) platform: Client,
    /// What others asked it for.
    pub(super) shared_auth: SharedAuth,
}

impl SignInClients {
    /// Those for `sign_in`, of what all tenants share.
    pub fn of(
        sign_in: &SignIn,
        network: &Network,
        shared_auth: &SharedAuth,
    ) -> Result<Self, NetworkError> {
        let login = shared_auth.clients.get(network, &sign_in.login_url)?;
        let platform = match sign_in.managed() {
            Some(_) => shared_auth.clients.platform()?,
            None => login.clone(),
        };
        Ok(Self { login, platform, shared_auth: shared_auth.clone() })
    }
}
