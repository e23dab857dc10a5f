//! `[[tenant]]`: whose clicks are collected, and as which app.

use std::path::PathBuf;

use url::Url;

use super::identity::{self, App, Identity};
use super::keys::SectionKeys;
use super::location::SectionLocation;
use super::problem::Problem;
use super::secret::SecretProblem;
use crate::ids::is_guid;
use crate::network;

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// How the tenant is called here, in the store and in every output.
    pub name: String,
    /// Its id: a GUID or a domain.
    pub tenant_id: String,
    /// Which of Microsoft's clouds it lives in.
    pub cloud: Cloud,
    /// As whom the program signs in.
    pub identity: Identity,
    /// The sign-in service: the cloud's, unless told otherwise.
    pub login_url: Url,
    /// Graph: the cloud's, unless told otherwise.
    pub graph_url: Url,
    /// Certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Where the section stands.
    pub location: SectionLocation,
    /// Where its credential stands: there, or in `[app]`.
    pub credential_location: SectionLocation,
}

/// Microsoft's clouds that have hunting ("National cloud deployments"; China's has none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Cloud {
    /// The worldwide cloud.
    #[default]
    Global,
    /// US Government, on the worldwide hosts.
    Gcc,
    /// US Government L4.
    GccHigh,
    /// US Government L5.
    Dod,
}

impl Cloud {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Global, Self::Gcc, Self::GccHigh, Self::Dod];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Gcc => "gcc",
            Self::GccHigh => "gcc-high",
            Self::Dod => "dod",
        }
    }

    /// Its sign-in host.
    pub const fn login_host(self) -> &'static str {
        match self {
            Self::Global | Self::Gcc => "login.microsoftonline.com",
            Self::GccHigh | Self::Dod => "login.microsoftonline.us",
        }
    }

    /// Its Graph host.
    pub const fn graph_host(self) -> &'static str {
        match self {
            Self::Global | Self::Gcc => "graph.microsoft.com",
            Self::GccHigh => "graph.microsoft.us",
            Self::Dod => "dod-graph.microsoft.us",
        }
    }

    /// Graph, as the name of what a token is for.
    pub fn resource(self) -> String {
        format!("https://{}", self.graph_host())
    }

    /// Exchange Online's host for mail programs ("Microsoft 365 endpoints", and those of the US
    /// Government).
    pub const fn outlook_host(self) -> &'static str {
        match self {
            Self::Global | Self::Gcc => "outlook.office365.com",
            Self::GccHigh => "outlook.office365.us",
            Self::Dod => "outlook-dod.office365.us",
        }
    }

    /// For whom a managed identity asks a token that is to stand for an app ("Configure an
    /// application to trust a managed identity").
    pub const fn exchange_audience(self) -> &'static str {
        match self {
            Self::Global | Self::Gcc => "api://AzureADTokenExchange",
            Self::GccHigh | Self::Dod => "api://AzureADTokenExchangeUSGov",
        }
    }

    /// Where its administrators register apps ("National clouds").
    pub const fn entra_portal(self) -> &'static str {
        match self {
            Self::Global | Self::Gcc => "https://entra.microsoft.com",
            Self::GccHigh | Self::Dod => "https://entra.microsoft.us",
        }
    }

    /// Where its administrators set policies ("Microsoft Defender XDR for US Government").
    pub const fn defender_portal(self) -> &'static str {
        match self {
            Self::Global | Self::Gcc => "https://security.microsoft.com",
            Self::GccHigh => "https://security.microsoft.us",
            Self::Dod => "https://security.apps.mil",
        }
    }

    fn parse(text: &str) -> Result<Self, (String, String)> {
        Self::ALL.into_iter().find(|cloud| cloud.name() == text).ok_or_else(|| {
            let problem =
                format!("{:?} is no cloud that has hunting", crate::text::escape::one_line(text));
            (problem, "choose global, gcc, gcc-high or dod".to_owned())
        })
    }
}

/// Every tenant, of which there must be one.
pub(super) fn all(root: &mut SectionKeys<'_>, app: &App) -> Vec<Tenant> {
    // Names are compared also where another setting of the section is wrong.
    let mut names = Vec::new();
    let tenants: Vec<(usize, Tenant)> = root.each("tenant", |keys| {
        names.push(keys.peek("name").unwrap_or_default().to_owned());
        Some((names.len() - 1, Tenant::of(keys, app)?))
    });
    if names.is_empty() {
        root.report("tenant", "there is none".to_owned(), "add a [[tenant]] section");
    }
    refuse_twins(root, &names);
    for (nth, (place, tenant)) in tenants.iter().enumerate() {
        let mut earlier = tenants.iter().take(nth).map(|(_, earlier)| earlier);
        if let Some((problem, remedy)) = earlier.find_map(|earlier| conflict(earlier, tenant)) {
            root.report(&format!("tenant[{place}].tenant_id"), problem, remedy);
        }
    }
    tenants.into_iter().map(|(_, tenant)| tenant).collect()
}

/// Why two sections cannot stand side by side, and what to do.
fn conflict(a: &Tenant, b: &Tenant) -> Option<(String, &'static str)> {
    if a.name.eq_ignore_ascii_case(&b.name) {
        return None;
    }
    let name = crate::text::escape::one_line(&a.name);
    if a.tenant_id.eq_ignore_ascii_case(&b.tenant_id) {
        // Each would take its own share of a quota that they have in common.
        let problem = || format!("is that of tenant {name:?}, too");
        return (a.graph_url == b.graph_url).then(|| (problem(), "keep one of the two"));
    }
    // Nothing in a request to a platform names a tenant, so that both would get the same clicks.
    let both = matches!(a.identity, Identity::Managed(_)) && a.identity == b.identity;
    let problem =
        || format!("differs from that of tenant {name:?}, with the same managed identity");
    let remedy = "a managed identity works in its own tenant only: for others, register an app and \
                  set federated_managed_identity";
    both.then(|| (problem(), remedy))
}

impl Tenant {
    fn of(keys: &mut SectionKeys<'_>, app: &App) -> Option<Self> {
        let name = keys.required("name", "name it: the name appears in every output");
        let name = name.filter(|name| check_name(keys, name));
        let tenant_id =
            keys.required("tenant_id", "it is the directory's id or one of its domains");
        let tenant_id = tenant_id.filter(|id| check_tenant_id(keys, id));
        let cloud = match keys.text("cloud") {
            Some(_) => keys.parsed("cloud", Cloud::parse),
            None => Some(Cloud::default()),
        };
        let identity = identity::of(keys, app);
        let login_url = keys.address("login_url");
        let graph_url = keys.address("graph_url");
        let ca_file = keys.path_of("ca_file");
        keys.refuse_unknown();
        let cloud = cloud?;
        let (identity, credential_location) = identity?;
        Some(Self {
            name: name?,
            tenant_id: tenant_id?,
            cloud,
            identity,
            login_url: login_url.or_else(|| https(cloud.login_host()))?,
            graph_url: graph_url.or_else(|| https(cloud.graph_host()))?,
            ca_file,
            location: keys.here(),
            credential_location,
        })
    }

    /// Looks at the files that the section names and that nobody but an operator can mend, as all
    /// commands do before they start.
    pub fn check_files(&self) -> Vec<Problem> {
        let credential = self.identity.check_files();
        let credential =
            credential.map(|(key, found)| self.credential_location.problem(key, found));
        let certificates = self.ca_file.as_ref().and_then(|path| network::certificates(path).err());
        let certificates = certificates.map(|error| {
            let remedy = "name a PEM file with the certificates to trust".to_owned();
            self.location.problem("ca_file", SecretProblem { what: error.to_string(), remedy })
        });
        credential.into_iter().chain(certificates).collect()
    }

    /// Looks at the file that somebody else writes a token into, again and again: what is wrong with it
    /// may pass by itself.
    pub fn check_token(&self) -> Option<Problem> {
        let (key, found) = self.identity.check_token()?;
        Some(self.credential_location.problem(key, found))
    }
}

fn refuse_twins(root: &mut SectionKeys<'_>, names: &[String]) {
    for (place, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        if names.iter().take(place).any(|earlier| earlier.eq_ignore_ascii_case(name)) {
            let problem =
                format!("another tenant is named {:?}, too", crate::text::escape::one_line(name));
            root.report(&format!("tenant[{place}].name"), problem, "give each a name of its own");
        }
    }
}

fn https(host: &str) -> Option<Url> {
    Url::parse(&format!("https://{host}")).ok()
}

/// Whether a name is fit to stand in outputs.
pub(super) fn check_name(keys: &mut SectionKeys<'_>, name: &str) -> bool {
    let good = name.chars().count() <= 64 && crate::text::escape::one_line(name) == *name;
    if !good {
        keys.report("name", "is no plain name".to_owned(), "use up to 64 visible characters");
    }
    good
}

fn check_tenant_id(keys: &mut SectionKeys<'_>, id: &str) -> bool {
    let good = is_guid(id) || is_domain(id);
    if !good {
        let remedy = "copy \"Directory (tenant) ID\" from the app's overview";
        keys.report("tenant_id", "is neither a GUID nor a domain".to_owned(), remedy);
    }
    good
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.contains('.') && text.len() < 254 && text.split('.').all(label)
}
