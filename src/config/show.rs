//! The configuration in effect, as TOML. Files are named, what is in them is not shown.

use toml::{Table, Value};

use crate::selection::Exclusion;

use super::{Collect, Config, Credential, Store, Summary, Tenant, duration};

/// Every setting with the value in effect, defaults included.
pub fn show(config: &Config) -> String {
    let Config { store, tenants, collect, summary, exclusions } = config;
    let tables: Vec<_> = tenants.iter().map(|tenant| Value::Table(of_tenant(tenant))).collect();
    let mut all = Table::from_iter([
        ("store".to_owned(), Value::Table(of_store(store))),
        ("tenant".to_owned(), Value::Array(tables)),
        ("collect".to_owned(), Value::Table(of_collect(collect))),
        ("summary".to_owned(), Value::Table(of_summary(summary))),
    ]);
    if !exclusions.is_empty() {
        let tables = exclusions.iter().map(|exclusion| Value::Table(of_exclusion(exclusion)));
        all.insert("exclude".to_owned(), Value::Array(tables.collect()));
    }
    // Tables of texts and numbers can always be written.
    toml::to_string_pretty(&all).unwrap_or_default()
}

fn table<const N: usize>(entries: [(&str, Option<Value>); N]) -> Table {
    let set = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    set.collect()
}

fn text(value: &impl ToString) -> Value {
    Value::String(value.to_string())
}

fn of_store(store: &Store) -> Table {
    table([
        ("path", Some(text(&store.path.display()))),
        ("retention", Some(text(&duration::format(store.retention)))),
    ])
}

fn of_tenant(tenant: &Tenant) -> Table {
    let Credential::SecretFile(file) = &tenant.credential;
    table([
        ("name", Some(text(&tenant.name))),
        ("tenant_id", Some(text(&tenant.tenant_id))),
        ("client_id", Some(text(&tenant.client_id))),
        ("cloud", Some(text(&tenant.cloud.name()))),
        ("client_secret_file", Some(text(&file.display()))),
        ("secret_expires", tenant.secret_expires.as_ref().map(text)),
        ("login_url", Some(text(&tenant.login_url))),
        ("graph_url", Some(text(&tenant.graph_url))),
        ("ca_file", tenant.ca_file.as_ref().map(|path| text(&path.display()))),
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

fn of_summary(summary: &Summary) -> Table {
    table([("window", Some(text(&duration::format(summary.window))))])
}

fn of_exclusion(exclusion: &Exclusion) -> Table {
    let Exclusion { reason, until, tenants, selection } = exclusion;
    table([
        ("reason", reason.as_ref().map(text)),
        ("until", until.as_ref().map(text)),
        ("hosts", list(selection.hosts.texts())),
        ("urls", list(selection.urls.texts())),
        ("users", list(selection.users.names().map(str::to_owned).collect())),
        ("networks", list(selection.networks.texts())),
        ("messages", list(selection.messages.texts())),
        ("tenants", list(tenants.clone())),
    ])
}

/// A list, unless it is empty.
fn list(texts: Vec<String>) -> Option<Value> {
    let texts: Vec<Value> = texts.into_iter().map(Value::String).collect();
    (!texts.is_empty()).then_some(Value::Array(texts))
}
