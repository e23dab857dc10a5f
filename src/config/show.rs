//! The configuration in effect, as TOML. Files are named, what is in them is not shown.

mod reports;
mod rules;
mod sinks;
mod values;

use toml::{Table, Value};

use super::{
    Collect, Config, Credential, Identity, ManagedIdentity, Platform, Store, Summary, Tenant, Web,
    duration,
};
use crate::click::selection::Exclusion;
use values::{list, table, text};

/// Every setting with the value in effect, defaults included.
pub fn show(config: &Config) -> String {
    let Config { store, tenants, collect, summary, exclusions, web, .. } = config;
    let mut all = Table::from_iter([
        ("store".to_owned(), Value::Table(of_store(store))),
        ("collect".to_owned(), Value::Table(of_collect(collect))),
        ("summary".to_owned(), Value::Table(of_summary(summary))),
        ("web".to_owned(), Value::Table(of_web(web))),
        ("alerts".to_owned(), Value::Table(rules::of_alerts(&config.alerts))),
    ]);
    let sections = [
        ("tenant", tenants.iter().map(of_tenant).collect()),
        ("exclude", exclusions.iter().map(of_exclusion).collect()),
        ("sink", config.sinks.iter().map(sinks::of).collect()),
        ("report", config.reports.iter().map(reports::of).collect()),
        ("rule", config.rules.iter().map(rules::of).collect()),
    ];
    for (name, tables) in sections {
        let tables: Vec<Table> = tables;
        if !tables.is_empty() {
            let tables = tables.into_iter().map(Value::Table).collect();
            all.insert(name.to_owned(), Value::Array(tables));
        }
    }
    // Tables of texts and numbers can always be written.
    toml::to_string_pretty(&all).unwrap_or_default()
}

fn of_store(store: &Store) -> Table {
    table([
        ("path", Some(text(&store.path.display()))),
        ("retention", Some(text(&duration::format(store.retention)))),
    ])
}

fn of_tenant(tenant: &Tenant) -> Table {
    let mut all = table([
        ("name", Some(text(&tenant.name))),
        ("tenant_id", Some(text(&tenant.tenant_id))),
        ("cloud", Some(text(&tenant.cloud.name()))),
        ("login_url", Some(text(&tenant.login_url))),
        ("graph_url", Some(text(&tenant.graph_url))),
        ("ca_file", tenant.ca_file.as_ref().map(|path| text(&path.display()))),
    ]);
    all.extend(match &tenant.identity {
        Identity::App { client_id, credential } => {
            let mut app = of_credential(credential);
            app.insert("client_id".to_owned(), text(client_id));
            app
        }
        Identity::Managed(identity) => of_managed("managed_identity", "client_id", identity),
    });
    all
}

fn of_credential(credential: &Credential) -> Table {
    match credential {
        Credential::Secret { file, expires } => table([
            ("client_secret_file", Some(text(&file.display()))),
            ("secret_expires", expires.as_ref().map(text)),
        ]),
        Credential::Certificate(certificate) => table([
            ("certificate_file", Some(text(&certificate.certificate_file.display()))),
            ("private_key_file", Some(text(&certificate.private_key_file.display()))),
            ("certificate_algorithm", Some(text(&certificate.algorithm.name()))),
        ]),
        Credential::TokenFile(file) => {
            table([("federated_token_file", Some(text(&file.display())))])
        }
        Credential::ManagedIdentity(identity) => {
            of_managed("federated_managed_identity", "managed_identity_client_id", identity)
        }
    }
}

fn of_managed(switch: &str, chooser: &str, identity: &ManagedIdentity) -> Table {
    let folder = match &identity.platform {
        // The default stands for itself: to name it is allowed in tests only.
        Platform::Arc { key_folder } if crate::network::is_loopback(&identity.url) => {
            Some(text(&key_folder.display()))
        }
        _ => None,
    };
    table([
        (switch, Some(Value::Boolean(true))),
        (chooser, identity.client_id.as_ref().map(text)),
        ("managed_identity_kind", Some(text(&identity.platform.name()))),
        ("managed_identity_url", Some(text(&identity.url))),
        ("managed_identity_key_folder", folder),
    ])
}

fn of_collect(collect: &Collect) -> Table {
    table([
        ("interval", Some(text(&duration::format(collect.interval)))),
        ("lookback", Some(text(&duration::format(collect.lookback)))),
        ("calls_per_minute", Some(Value::from(collect.calls_per_minute))),
        ("fetch_rows", Some(Value::from(collect.fetch_rows))),
    ])
}

fn of_web(web: &Web) -> Table {
    table([
        ("listen", web.listen.as_ref().map(text)),
        ("public_url", web.public_url.as_ref().map(text)),
    ])
}

fn of_summary(summary: &Summary) -> Table {
    table([("window", Some(text(&duration::format(summary.window))))])
}

fn of_exclusion(exclusion: &Exclusion) -> Table {
    let Exclusion { reason, until, tenants, selection } = exclusion;
    table([
        ("reason", reason.as_ref().map(text)),
        ("until", until.as_ref().map(text)),
        ("hosts", list(&selection.hosts.texts())),
        ("urls", list(&selection.urls.texts())),
        ("users", list(&selection.users.names().collect::<Vec<_>>())),
        ("networks", list(&selection.networks.texts())),
        ("messages", list(&selection.messages.texts())),
        ("tenants", list(tenants)),
    ])
}
