//! The JSON Schema of the configuration, judged by a validator that others wrote.

use std::fs;
use std::path::Path;

use clickwarden::config::{Config, show};
use serde_json::{Value, json};

use crate::oracle;
use crate::program::Program;

/// A configuration as a validator sees it; dates become texts.
fn value(text: &str) -> Value {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(date) => date.to_string().into(),
            toml::Value::Array(all) => all.into_iter().map(plain).collect(),
            toml::Value::Table(all) => all
                .into_iter()
                .map(|(key, value)| (key, plain(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    plain(toml::Value::Table(toml::from_str(text).unwrap()))
}

fn schema() -> Value {
    Program::offline().run(&["config", "schema"]).json()
}

/// The files under `config/` that are configurations.
fn examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn every_shipped_example_is_valid_and_what_is_shown_too() {
    if oracle::is_skipped() {
        return;
    }
    let mut values: Vec<Value> = examples().iter().map(|text| value(text)).collect();
    assert!(!values.is_empty());
    let program = Program::of(&["contoso", "fabrikam"], "http://127.0.0.1:9");
    program.configure_also("[collect]\ncalls_per_minute = 1000\n[web]\nlisten = \"[::1]:8600\"\n");
    let path = program.folder.path().join("clickwarden.toml");
    values.push(value(&fs::read_to_string(&path).unwrap()));
    values.push(value(&show(&Config::load(Some(&path), []).unwrap())));
    // A file of conf.d holds as little as it likes.
    values.push(value(""));
    values.push(value("[collect]\ninterval = \"1h 30m\""));
    // Of a shipped rule it is enough to say what differs.
    values.push(value("[[rule]]\nname = \"campaign\"\nenabled = false"));
    for (wrong, value) in oracle::schema(&schema(), &values).iter().zip(&values) {
        assert!(wrong.is_empty(), "{wrong:?} in {value:#}");
    }
}

#[test]
fn what_the_program_refuses_is_not_valid() {
    if oracle::is_skipped() {
        return;
    }
    let tenant = |more: Value| {
        let mut tenant = json!({ "name": "contoso", "tenant_id": "contoso.example" });
        tenant.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "tenant": [tenant] })
    };
    let values = [
        json!({ "stroe": {} }),
        json!({ "store": { "pahth": "x" } }),
        json!({ "store": { "path": "" } }),
        json!({ "store": { "retention": 400 } }),
        json!({ "collect": { "interval": "soon" } }),
        json!({ "collect": { "interval": "" } }),
        json!({ "collect": { "calls_per_minute": 0 } }),
        json!({ "collect": { "fetch_rows": 100_000 } }),
        json!({ "tenant": {} }),
        json!({ "tenant": [{ "name": "contoso" }] }),
        tenant(json!({ "client_id": "no guid" })),
        tenant(json!({ "cloud": "china" })),
        tenant(json!({ "client_secret": "inline" })),
        tenant(json!({ "login_url": "ftp://host" })),
        tenant(json!({ "login_url": "https://user:pass@host" })),
        json!({ "web": { "listen": "0.0.0.0:8600" } }),
        json!({ "web": { "listen": 8600 } }),
        json!({ "web": { "public_url": "clickwarden.example" } }),
        json!({ "sink": [{ "name": "soc", "type": "file", "path": "a", "min_severity": "worst" }] }),
        json!({ "alerts": { "group_interval": 5 } }),
        json!({ "rule": [{ "by": ["url"], "when": "true" }] }),
        json!({ "rule": [{ "name": "own", "by": ["url"] }] }),
        json!({ "rule": [{ "name": "own", "when": "true" }] }),
        json!({ "rule": [{ "name": "own", "when": "true", "by": [] }] }),
        json!({ "rule": [{ "name": "own", "when": "true", "by": ["clicker"] }] }),
        json!({ "rule": [{ "name": "campaign", "wehn": "true" }] }),
    ];
    for (wrong, value) in oracle::schema(&schema(), &values).iter().zip(&values) {
        assert!(!wrong.is_empty(), "nothing is said against {value:#}");
    }
}
