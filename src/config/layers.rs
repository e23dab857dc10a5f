//! The layers of the configuration as one tree of values, and where each value came from.

use std::collections::BTreeSet;
use std::path::Path;

use config::builder::DefaultState;
use config::{ConfigBuilder, File, FileFormat, Value};

use super::defaults::DEFAULTS;
use super::file_places::{CREDENTIALS_VARIABLE, FilePlaces};
use super::files::Files;
use super::platform_environment::PlatformEnvironment;
use super::problem::Problem;

const VARIABLE_PREFIX: &str = "CLICKWARDEN__";

/// The merged tree.
#[derive(Debug)]
pub(super) struct Layers {
    pub(super) root: Value,
    files: Files,
    /// The settings that the environment gave.
    from_environment: BTreeSet<String>,
    /// What the environment tells of the platform.
    pub(super) platform_environment: PlatformEnvironment,
    /// Where files are that are named without their whole path.
    pub(super) places: FilePlaces,
}

/// The environment's variables that are settings of ours, or that tell of the platform or of where the
/// service's credentials are.
pub fn environment() -> Vec<(String, String)> {
    let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .filter(|(name, _)| {
            name.starts_with(VARIABLE_PREFIX)
                || name == CREDENTIALS_VARIABLE
                || PlatformEnvironment::NAMES.contains(&name.as_str())
        })
        .collect()
}

impl Layers {
    pub(super) fn read(
        path: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<Problem>> {
        let (files, merged) = Files::read(path)?;
        let failed = |why: &dyn std::fmt::Display| vec![files.whole(&why.to_string())];
        let text = toml::to_string(&merged).map_err(|error| failed(&error))?;
        let mut builder = defaults().map_err(|error| failed(&error))?;
        builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        let (mut problems, mut platform_environment) = (Vec::new(), PlatformEnvironment::default());
        let mut from_environment = BTreeSet::new();
        let mut places = FilePlaces::beside(path);
        for (name, value) in env {
            if name == CREDENTIALS_VARIABLE {
                places.note_credentials(value);
                continue;
            }
            let Some(name) = name.strip_prefix(VARIABLE_PREFIX) else {
                platform_environment.note(&name, value);
                continue;
            };
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
        let root = builder.build().map_err(|error| failed(&error))?.cache;
        Ok(Self { root, files, from_environment, platform_environment, places })
    }

    /// The files that were read.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.paths()
    }

    /// Whether the environment gave the setting.
    pub(super) fn is_from_environment(&self, key: &str) -> bool {
        self.from_environment.contains(key)
    }

    /// The file that a setting stands in, or would, and its key there.
    pub(super) fn locate(&self, key: &str) -> (String, String) {
        let inside = |given: &String| {
            given
                .strip_prefix(key)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if self.from_environment.iter().any(inside) {
            return ("environment".to_owned(), key.to_owned());
        }
        self.files.locate(key)
    }
}

fn defaults() -> Result<ConfigBuilder<DefaultState>, config::ConfigError> {
    let mut builder = config::Config::builder();
    for (key, value) in DEFAULTS {
        builder = builder.set_default(key, value)?;
    }
    Ok(builder)
}

fn no_key(name: &str) -> Problem {
    Problem {
        file: "environment".to_owned(),
        key: format!("{VARIABLE_PREFIX}{}", crate::text::escape::one_line(name)),
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
