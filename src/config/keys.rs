//! Reads the keys of one section: each by its type, problems gathered, unknown keys refused.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use config::{Value, ValueKind};
use url::Url;

use super::duration::{self, DurationError};
use super::layers::Layers;
use super::location::SectionLocation;
use super::platform_environment::PlatformEnvironment;
use super::problem::{Findings, Problem};
use crate::network::{is_link_local, is_loopback, names_forbidden};
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

    fn value(&mut self, key: &'static str) -> Option<&'a ValueKind> {
        self.asked.insert(key);
        let kind = self.table.and_then(|table| table.get(key)).map(|value| &value.kind);
        kind.filter(|kind| !matches!(kind, ValueKind::Nil))
    }

    /// A text that may be absent.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.value(key)? {
            ValueKind::String(text) if !text.trim().is_empty() => Some(text.clone()),
            ValueKind::String(_) => {
                self.report(key, "is empty".to_owned(), "give it a value, or remove it");
                None
            }
            _ => {
                self.report(key, "is no text".to_owned(), "put its value in quotes");
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, key: &'static str, remedy: &str) -> Option<String> {
        if self.value(key).is_none() {
            self.report(key, "is missing".to_owned(), remedy);
        }
        self.text(key)
    }

    /// A text that `read` understands; its error is the problem and what to do.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, (String, String)>,
    ) -> Option<T> {
        let text = self.text(key)?;
        read(&text).map_err(|(problem, remedy)| self.report(key, problem, remedy)).ok()
    }

    /// Texts that may be absent; none of them is empty.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let list = match self.value(key) {
            Some(ValueKind::Array(list)) => list.as_slice(),
            None => &[],
            Some(_) => {
                self.report(key, "is no list".to_owned(), "write it as [\"…\", \"…\"]");
                &[]
            }
        };
        let mut texts = Vec::with_capacity(list.len());
        for (place, value) in list.iter().enumerate() {
            match &value.kind {
                ValueKind::String(text) if !text.trim().is_empty() => texts.push(text.clone()),
                ValueKind::Nil => {}
                _ => {
                    let key = format!("{key}[{place}]");
                    self.report(&key, "is no text".to_owned(), "put a value in quotes");
                }
            }
        }
        texts
    }

    /// Whether `key` is a list, or absent.
    pub(super) fn is_list(&mut self, key: &'static str) -> bool {
        matches!(self.value(key), None | Some(ValueKind::Array(_)))
    }

    /// Gives each text of a list to `take`, which takes it or not. `None` if one was not taken, or if
    /// there is something else than a list.
    pub(super) fn each_text(
        &mut self,
        key: &'static str,
        problem: &str,
        remedy: &str,
        mut take: impl FnMut(&str) -> Option<()>,
    ) -> Option<()> {
        let is_list = self.is_list(key);
        let texts = self.texts(key);
        let taken: Vec<bool> = texts.iter().map(|text| take(text).is_some()).collect();
        for (place, _) in taken.iter().enumerate().filter(|(_, taken)| !**taken) {
            self.report(&format!("{key}[{place}]"), problem.to_owned(), remedy);
        }
        (is_list && taken.iter().all(|taken| *taken)).then_some(())
    }

    /// A path.
    pub(super) fn path_of(&mut self, key: &'static str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    /// A duration within `range`.
    pub(super) fn duration(
        &mut self,
        key: &'static str,
        range: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        if let Some(ValueKind::I64(number)) = self.value(key) {
            self.report(key, format!("{number} has no unit"), duration::DURATION_REMEDY);
            return None;
        }
        self.parsed(key, |text| {
            let value = match duration::parse(text) {
                // Where none at all will do.
                Err(DurationError::Zero) if range.start().is_zero() => Duration::ZERO,
                parsed => parsed
                    .map_err(|error| (error.to_string(), duration::DURATION_REMEDY.to_owned()))?,
            };
            if range.contains(&value) {
                return Ok(value);
            }
            let (least, most) = (duration::format(*range.start()), duration::format(*range.end()));
            Err((format!("{text} is out of range"), format!("choose {least} to {most}")))
        })
    }

    /// A whole number within `range`. The environment gives it as text.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
        beyond: &str,
        default: u32,
    ) -> Option<u32> {
        let given_as_text = self.layers.is_from_environment(&self.path(key));
        let Some(value) = self.value(key) else { return Some(default) };
        let value = match value {
            ValueKind::I64(value) => Some(*value),
            ValueKind::String(text) if given_as_text => text.trim().parse().ok(),
            _ => None,
        };
        let (least, most) = (range.start(), range.end());
        let found = value.and_then(|v| u32::try_from(v).ok()).filter(|v| range.contains(v));
        if found.is_none() {
            let problem =
                value.map_or("is no whole number".to_owned(), |v| format!("{v} is out of range"));
            self.report(key, problem, format!("choose a number from {least} to {most}{beyond}"));
        }
        found
    }

    /// Yes or no; no when absent. The environment gives it as text.
    pub(super) fn switch(&mut self, key: &'static str) -> bool {
        let given_as_text = self.layers.is_from_environment(&self.path(key));
        match self.value(key) {
            None => false,
            Some(ValueKind::Boolean(value)) => *value,
            Some(ValueKind::String(text)) if given_as_text && text == "true" => true,
            Some(ValueKind::String(text)) if given_as_text && text == "false" => false,
            Some(_) => {
                self.report(key, "is neither true nor false".to_owned(), "write true or false");
                false
            }
        }
    }

    /// An address: https, or plain http to this machine.
    pub(super) fn address(&mut self, key: &'static str) -> Option<Url> {
        self.address_of(key, "loopback", is_loopback, names_forbidden)
    }

    /// The address of a platform's endpoint, which is on this machine or on the link to its host.
    /// `is_elsewhere` tells of one that is nowhere where the platform gives out tokens.
    pub(super) fn platform_address(
        &mut self,
        key: &'static str,
        is_elsewhere: fn(&Url) -> bool,
    ) -> Option<Url> {
        let near = |url: &Url| is_loopback(url) || is_link_local(url);
        self.address_of(key, "loopback and link-local hosts", near, is_elsewhere)
    }

    /// The address of a proxy, which may be plain http anywhere.
    pub(super) fn proxy(&mut self, key: &'static str) -> Option<Url> {
        self.address_of(key, "proxies", |_| true, names_forbidden)
    }

    fn address_of(
        &mut self,
        key: &'static str,
        near: &str,
        is_near: fn(&Url) -> bool,
        is_forbidden: fn(&Url) -> bool,
    ) -> Option<Url> {
        self.parsed(key, |text| {
            let remedy = "write it as https://host".to_owned();
            let wrong = |problem: &str| Err((problem.to_owned(), remedy.clone()));
            let Ok(url) = Url::parse(text) else { return wrong("is no address") };
            match url.scheme() {
                _ if !url.has_host() => wrong("names no host"),
                _ if !url.username().is_empty() || url.password().is_some() => {
                    wrong("holds a user name or password")
                }
                _ if url.query().is_some() || url.fragment().is_some() => {
                    wrong("holds more than host and path")
                }
                _ if is_forbidden(&url) => {
                    wrong("is a link-local or metadata address, to which nothing is sent")
                }
                "https" => Ok(url),
                "http" if is_near(&url) => Ok(url),
                "http" => wrong(&format!("is plain http, which is allowed to {near} only")),
                _ => wrong("is neither https nor http"),
            }
        })
    }
}
