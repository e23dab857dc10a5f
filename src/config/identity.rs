//! As whom the program signs in: the keys of a credential, in `[app]` or in a tenant's section.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::certificate::{Algorithm, Certificate, Wrong};
use super::keys::SectionKeys;
use super::location::SectionLocation;
use super::platform::{self, ManagedIdentity};
use super::secret::{self, Holds};
use crate::clock::{DAY, Tick};
use crate::ids::is_guid;

/// As whom the program signs in to a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// As an app that proves who it is.
    App {
        /// The app's id: a GUID.
        client_id: String,
        /// How it proves who it is.
        credential: Credential,
    },
    /// As a managed identity of this machine: the platform itself gives out tokens.
    Managed(ManagedIdentity),
}

/// How an app proves who it is. Files are read at every sign-in, so that a new one works at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A client secret.
    Secret {
        /// The file that holds it.
        file: PathBuf,
        /// Its last day, to be warned before.
        expires: Option<Date>,
    },
    /// A certificate and its private key.
    Certificate(Certificate),
    /// A token of an issuer whom the app trusts, in this file.
    TokenFile(PathBuf),
    /// A token of a managed identity whom the app trusts.
    ManagedIdentity(ManagedIdentity),
}

/// The keys that are a credential.
const CREDENTIALS: [&str; 5] = [
    "client_secret_file",
    "certificate_file",
    "federated_token_file",
    "managed_identity",
    "federated_managed_identity",
];
/// The keys that say more of one, and those that they say it of.
const COMPANIONS: [(&str, &[&str]); 7] = [
    ("secret_expires", &["client_secret_file"]),
    ("private_key_file", &["certificate_file"]),
    ("certificate_algorithm", &["certificate_file"]),
    ("managed_identity_client_id", &["federated_managed_identity"]),
    ("managed_identity_url", &["managed_identity", "federated_managed_identity"]),
    ("managed_identity_kind", &["managed_identity", "federated_managed_identity"]),
    ("managed_identity_key_folder", &["managed_identity", "federated_managed_identity"]),
];

/// What `[app]` gives to tenants that have no credential of their own.
pub(super) enum App {
    Absent,
    /// It is there, and something is wrong with it.
    Unusable,
    Given(Box<Identity>, SectionLocation),
}

impl App {
    pub(super) fn of(keys: &mut SectionKeys<'_>) -> Self {
        if !keys.is_there() {
            return Self::Absent;
        }
        let found = own(keys);
        keys.refuse_unknown();
        let location = keys.here();
        found.map_or(Self::Unusable, |identity| Self::Given(Box::new(identity), location))
    }
}

/// A tenant's: its own, or that of `[app]`; and where it stands. All or nothing is taken from
/// there, so that what a section says can be understood by reading one place.
pub(super) fn of(keys: &mut SectionKeys<'_>, app: &App) -> Option<(Identity, SectionLocation)> {
    know_all(keys);
    let mut own_keys = CREDENTIALS.iter().chain(COMPANIONS.iter().map(|(key, _)| key));
    let has_own = own_keys.any(|key| keys.is_set(key));
    match app {
        _ if has_own => own(keys).map(|identity| (identity, keys.here())),
        App::Absent => own(keys).map(|identity| (identity, keys.here())),
        App::Unusable | App::Given(..) if keys.is_set("client_id") => {
            let problem = "stands without a credential of its own".to_owned();
            let remedy = "remove it, since [app] names the app, or add the credential";
            keys.report("client_id", problem, remedy);
            None
        }
        App::Unusable => None,
        App::Given(identity, location) => Some(((**identity).clone(), location.clone())),
    }
}

/// Notes the keys that may stand here, whichever of them are read.
fn know_all(keys: &mut SectionKeys<'_>) {
    keys.know(&["client_id"]);
    keys.know(&CREDENTIALS);
    keys.know(&COMPANIONS.map(|(key, _)| key));
}

/// What the keys of the section itself say.
fn own(keys: &mut SectionKeys<'_>) -> Option<Identity> {
    know_all(keys);
    let switches = ["managed_identity", "federated_managed_identity"];
    let is_given = |keys: &mut SectionKeys<'_>, key: &'static str| {
        if switches.contains(&key) { keys.switch(key) } else { keys.is_set(key) }
    };
    let given: Vec<&'static str> =
        CREDENTIALS.into_iter().filter(|key| is_given(keys, key)).collect();
    for (companion, of) in COMPANIONS {
        if keys.is_set(companion) && !of.iter().any(|key| given.contains(key)) {
            let problem = format!("belongs to {}, which is not here", of.join(" or "));
            keys.report(companion, problem, "remove it, or add that");
        }
    }
    let client_id = keys.text("client_id").filter(|id| check_client_id(keys, id));
    match given.as_slice() {
        [one] => read(keys, one, client_id),
        [] => {
            require_client_id(keys);
            let shared = if keys.is_root_section() { "" } else { "; or an [app] section for all" };
            let remedy = format!("add one of {}{shared}", CREDENTIALS.join(", "));
            keys.report("", "names no credential".to_owned(), remedy);
            None
        }
        several => {
            let problem = format!("names {} credentials: {}", several.len(), several.join(", "));
            keys.report("", problem, "keep one of them");
            None
        }
    }
}

fn read(
    keys: &mut SectionKeys<'_>,
    given: &'static str,
    client_id: Option<String>,
) -> Option<Identity> {
    if given == "managed_identity" {
        let wrong = keys.is_set("client_id") && client_id.is_none();
        let identity = platform::read(keys, client_id);
        return identity.filter(|_| !wrong).map(Identity::Managed);
    }
    require_client_id(keys);
    let credential = match given {
        "client_secret_file" => secret(keys),
        "certificate_file" => certificate(keys).map(Credential::Certificate),
        "federated_token_file" => keys.path_of(given).map(Credential::TokenFile),
        _ => federated(keys).map(Credential::ManagedIdentity),
    };
    Some(Identity::App { client_id: client_id?, credential: credential? })
}

fn secret(keys: &mut SectionKeys<'_>) -> Option<Credential> {
    let file = keys.path_of("client_secret_file");
    let expires = keys.parsed("secret_expires", |text| {
        text.parse().map_err(|_| ("is no date".to_owned(), "write it as \"2027-05-01\"".to_owned()))
    });
    Some(Credential::Secret { file: file?, expires })
}

fn certificate(keys: &mut SectionKeys<'_>) -> Option<Certificate> {
    let certificate = keys.path_of("certificate_file");
    let remedy = "name the file that holds the private key of the certificate";
    let key = keys.required_path("private_key_file", remedy);
    let algorithm = match keys.text("certificate_algorithm") {
        Some(_) => keys.parsed("certificate_algorithm", Algorithm::parse),
        None => Some(Algorithm::default()),
    };
    Some(Certificate {
        certificate_file: certificate?,
        private_key_file: key?,
        algorithm: algorithm?,
    })
}

fn federated(keys: &mut SectionKeys<'_>) -> Option<ManagedIdentity> {
    let key = "managed_identity_client_id";
    let chosen = keys.text(key).filter(|id| is_guid(id));
    if keys.is_set(key) && chosen.is_none() {
        keys.report(key, "is no GUID".to_owned(), "copy the identity's \"Client ID\"");
        return None;
    }
    platform::read(keys, chosen)
}

fn require_client_id(keys: &mut SectionKeys<'_>) {
    if !keys.is_set("client_id") {
        let remedy = "it is the app's \"Application (client) ID\"";
        keys.report("client_id", "is missing".to_owned(), remedy);
    }
}

fn check_client_id(keys: &mut SectionKeys<'_>, id: &str) -> bool {
    if !is_guid(id) {
        let remedy = "copy \"Application (client) ID\" from the app's overview";
        keys.report("client_id", "is no GUID".to_owned(), remedy);
    }
    is_guid(id)
}

/// Which credential ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiring {
    /// The client secret, on the day that the configuration tells.
    Secret,
    /// The certificate, as it says itself.
    Certificate,
}

/// When a credential ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Which.
    pub what: Expiring,
    /// Its last day, in UTC.
    pub last_day: Date,
    /// From then on it is of no use.
    pub until: Tick,
}

impl Identity {
    /// What is wrong with the files that are named and that an operator writes, and with that of which
    /// key.
    pub(super) fn check_files(&self) -> Option<Wrong> {
        match self {
            Self::App { credential: Credential::Secret { file, .. }, .. } => {
                secret::read(file).err().map(|problem| ("client_secret_file", problem))
            }
            Self::App { credential: Credential::Certificate(certificate), .. } => {
                certificate.read().err()
            }
            Self::App {
                credential: Credential::TokenFile(_) | Credential::ManagedIdentity(_),
                ..
            }
            | Self::Managed(_) => None,
        }
    }

    /// What is wrong with the file of a token.
    pub(super) fn check_token(&self) -> Option<Wrong> {
        let Self::App { credential: Credential::TokenFile(file), .. } = self else { return None };
        let read = secret::line_of(file, Holds::Token);
        read.err().map(|problem| ("federated_token_file", problem))
    }

    /// When the credential ends, where that is known.
    pub fn expiry(&self) -> Option<Expiry> {
        let Self::App { credential, .. } = self else { return None };
        match credential {
            Credential::Secret { expires, .. } => {
                let last_day = (*expires)?;
                let midnight = last_day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
                let until = Tick::from_unix_seconds(midnight).plus(DAY);
                Some(Expiry { what: Expiring::Secret, last_day, until })
            }
            Credential::Certificate(certificate) => {
                let until = certificate.leaf().ok()?.valid.until;
                let last = jiff::Timestamp::from_second(until.unix_seconds() - 1).ok()?;
                let last_day = last.to_zoned(TimeZone::UTC).date();
                Some(Expiry { what: Expiring::Certificate, last_day, until })
            }
            Credential::TokenFile(_) | Credential::ManagedIdentity(_) => None,
        }
    }
}
