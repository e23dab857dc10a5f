//! Reads the keys of one section: each by its type, problems gathered, unknown keys refused.

mod address;
mod value;

use std::collections::BTreeSet;

use config::{Value, ValueKind};

use super::layers::Layers;
use super::location::SectionLocation;
use super::platform_environment::PlatformEnvironment;
use super::problem::{Findings, Problem};
use crate::text::suggest::nearest;

/// One section's keys.
pub(super) struct SectionKeys<'a> {
    layers: &'a Layers,
    findings: &'a mut Findings,
    /// Where the section stands; empty at the root.
    at: String,
    table: Option<&'a config::Map<String, Value>>,
    asked: BTreeSet<&'static str>,
}

impl<'a> SectionKeys<'a> {
    /// The whole configuration.
    pub(super) fn root(layers: &'a Layers, findings: &'a mut Findings) -> Self {
        Self::at(String::new(), Some(&layers.root), layers, findings)
    }

    fn at(
        at: String,
        value: Option<&'a Value>,
        layers: &'a Layers,
        findings: &'a mut Findings,
    ) -> Self {
        let mut keys = Self { layers, findings, at, table: None, asked: BTreeSet::new() };
        match value.map(|value| &value.kind) {
            Some(ValueKind::Table(table)) => keys.table = Some(table),
            None => {}
            Some(_) => {
                let remedy = format!("write [{}] and its keys below", keys.at);
                let at = std::mem::take(&mut keys.at);
                keys.report(&at, "is no section".to_owned(), remedy);
                keys.at = at;
            }
        }
        keys
    }

    /// The section `name`; absent ones have no keys.
    pub(super) fn section(&mut self, name: &'static str) -> SectionKeys<'_> {
        self.asked.insert(name);
        let value = self.table.and_then(|table| table.get(name));
        SectionKeys::at(self.path(name), value, self.layers, self.findings)
    }

    /// Each of the sections `[[name]]`, in order, read by `read`.
    pub(super) fn each<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut SectionKeys<'_>) -> Option<T>,
    ) -> Vec<T> {
        self.asked.insert(name);
        let list = match self.table.and_then(|table| table.get(name)).map(|value| &value.kind) {
            Some(ValueKind::Array(list)) => list.as_slice(),
            None => &[],
            Some(_) => {
                let remedy = format!("write it as [[{name}]], with two brackets");
                self.report(name, "is no list of sections".to_owned(), remedy);
                &[]
            }
        };
        let mut all = Vec::new();
        for (place, value) in list.iter().enumerate() {
            let at = format!("{}[{place}]", self.path(name));
            let mut keys = SectionKeys::at(at, Some(value), self.layers, self.findings);
            all.extend(keys.table.is_some().then(|| read(&mut keys)).flatten());
        }
        all
    }

    /// Where the section stands.
    pub(super) fn here(&self) -> SectionLocation {
        let (file, section) = self.layers.locate(&self.at);
        SectionLocation { file, section }
    }

    /// Whether it is a section of its own, not one of a list.
    pub(super) fn is_root_section(&self) -> bool {
        !self.at.contains('[')
    }

    /// Whether there is such a section at all.
    pub(super) const fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// Whether `key` has a value, right or wrong.
    pub(super) fn is_set(&self, key: &str) -> bool {
        let value = self.table.and_then(|table| table.get(key));
        value.is_some_and(|value| !matches!(value.kind, ValueKind::Nil))
    }

    /// Notes that these keys may stand here, whether they are read or not.
    pub(super) fn know(&mut self, keys: &[&'static str]) {
        self.asked.extend(keys);
    }

    /// What the environment tells of the platform.
    pub(super) const fn platform_environment(&self) -> &'a PlatformEnvironment {
        &self.layers.platform_environment
    }

    /// Notes that something is wrong with `key`.
    pub(super) fn report(&mut self, key: &str, problem: String, remedy: impl Into<String>) {
        let problem = self.problem(key, problem, remedy);
        self.findings.problems.push(problem);
    }

    /// Notes that what `key` has can never match, and is left out.
    pub(super) fn report_unmatchable(
        &mut self,
        key: &str,
        problem: String,
        remedy: impl Into<String>,
    ) {
        let problem = self.problem(key, problem, remedy);
        self.findings.unmatchable.push(problem);
    }

    /// Notes that a section turns on the shipped rule that it names, without a word of it.
    pub(super) fn note_turned_on(&mut self, rule: &str) {
        self.findings.turned_on.push(rule.to_owned());
    }

    fn problem(&self, key: &str, problem: String, remedy: impl Into<String>) -> Problem {
        let (file, key) = self.layers.locate(&self.path(key));
        Problem { file, key, problem, remedy: remedy.into() }
    }

    /// Refuses the keys that nobody asked for.
    pub(super) fn refuse_unknown(&mut self) {
        let unknown = |key: &&String| !self.asked.contains(key.as_str());
        let keys: BTreeSet<_> =
            self.table.into_iter().flat_map(|t| t.keys()).filter(unknown).collect();
        for key in keys {
            let what = if self.at.is_empty() { "unknown section" } else { "unknown key" };
            let remedy = self.suggestion(key);
            self.report(key, what.to_owned(), remedy);
        }
    }

    fn suggestion(&self, key: &str) -> String {
        if key == "client_secret" {
            return "secrets are read from files only: put it into one and name that with \
                    client_secret_file"
                .to_owned();
        }
        if let Some(known) = nearest(self.asked.iter().copied(), key) {
            return format!("did you mean {known}?");
        }
        let known: Vec<_> = self.asked.iter().copied().collect();
        format!("remove it; known are {}", known.join(", "))
    }

    fn path(&self, key: &str) -> String {
        match (self.at.as_str(), key) {
            ("", key) => key.to_owned(),
            (at, "") => at.to_owned(),
            (at, key) => format!("{at}.{key}"),
        }
    }

    /// A text as it stands, unchecked.
    pub(super) fn peek(&self, key: &str) -> Option<&'a str> {
        match &self.table?.get(key)?.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }
}
