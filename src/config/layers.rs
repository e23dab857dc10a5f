//! The layers of the configuration as one tree of values, and where each value came from.

use std::collections::BTreeSet;
use std::path::Path;

use config::builder::DefaultState;
use config::{ConfigBuilder, File, FileFormat, Value};

use super::problem::Problem;
use super::{collect, store, summary};

const PREFIX: &str = "CLICKWARDEN__";

/// The merged tree.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) root: Value,
    /// How messages name the file.
    file: String,
    /// The settings that the environment gave.
    from_environment: BTreeSet<String>,
}

/// The environment's variables that are settings of ours.
pub fn environment() -> Vec<(String, String)> {
    let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect()
}

impl Layers {
    pub(super) fn read(
        path: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<Problem>> {
        let file = path.map_or_else(|| "configuration".to_owned(), |p| p.display().to_string());
        let text = path.map_or(Ok(String::new()), |path| text(path, &file)).map_err(|p| vec![p])?;
        let mut problems = Vec::new();
        let mut from_environment = BTreeSet::new();
        let mut builder = defaults().map_err(|error| vec![whole(&file, &error.to_string())])?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        for (name, value) in env {
            let Some(name) = name.strip_prefix(PREFIX) else { continue };
            match key(name) {
                Some(key) => {
                    builder = builder.set_override(&key, value).map_err(|_| vec![no_key(name)])?;
                    from_environment.insert(key);
                }
                None => problems.push(no_key(name)),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let root = builder.build().map_err(|error| vec![whole(&file, &error.to_string())])?.cache;
        Ok(Self { root, file, from_environment })
    }

    /// Whether the environment gave the setting.
    pub(super) fn is_from_environment(&self, key: &str) -> bool {
        self.from_environment.contains(key)
    }

    /// The file that a setting stands in, or would.
    pub(super) fn file_of(&self, key: &str) -> String {
        let inside = |given: &String| {
            given
                .strip_prefix(key)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if self.from_environment.iter().any(inside) {
            return "environment".to_owned();
        }
        self.file.clone()
    }
}

fn defaults() -> Result<ConfigBuilder<DefaultState>, config::ConfigError> {
    let all = store::DEFAULTS.iter().chain(collect::DEFAULTS).chain(summary::DEFAULTS);
    let mut builder = config::Config::builder();
    for (key, value) in all {
        builder = builder.set_default(key, *value)?;
    }
    Ok(builder)
}

/// The file's text, once it is known to be TOML: the parser's own words quote the line, and a line
/// may hold what somebody took for a place for secrets.
fn text(path: &Path, file: &str) -> Result<String, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem {
        remedy: "create it (config/clickwarden.toml is a commented start), or name another with \
                 --config"
            .to_owned(),
        ..whole(file, &format!("cannot be read: {error}"))
    })?;
    match toml::from_str::<toml::Table>(&text) {
        Ok(_) => Ok(text),
        Err(error) => {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Err(whole(file, &format!("is not TOML at line {line}: {}", error.message())))
        }
    }
}

fn whole(file: &str, problem: &str) -> Problem {
    Problem {
        file: file.to_owned(),
        key: String::new(),
        problem: crate::quote::one_line(problem),
        remedy: "correct it".to_owned(),
    }
}

fn no_key(name: &str) -> Problem {
    Problem {
        file: "environment".to_owned(),
        key: format!("{PREFIX}{}", crate::quote::one_line(name)),
        problem: "names no setting".to_owned(),
        remedy:
            "write CLICKWARDEN__SECTION__KEY, or CLICKWARDEN__TENANT__0__KEY for the first tenant"
                .to_owned(),
    }
}

/// `TENANT__0__CLIENT_ID` as `tenant[0].client_id`.
fn key(name: &str) -> Option<String> {
    let mut key = String::new();
    for part in name.split("__") {
        let is_name = part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if part.is_empty() || !is_name {
            return None;
        }
        if !key.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) {
            let place: u16 = part.parse().ok().filter(|place| *place < 1_000)?;
            key = format!("{key}[{place}]");
        } else if part.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        } else {
            key = if key.is_empty() { part.to_owned() } else { format!("{key}.{part}") };
        }
    }
    (!key.is_empty()).then(|| key.to_ascii_lowercase())
}
