//! Lists of URLs: whole ones, beginnings, and all URLs of a host below a path.

use std::borrow::Cow;
use std::collections::HashMap;

use super::canonical::{UrlParts, canonical, plain_host, written};
use super::host::host_of;

/// URLs, compared as [`canonical()`] says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlSet {
    /// In the form that equal URLs share, with the text that was given.
    exact: HashMap<String, String>,
    beginnings: Vec<UrlPrefix>,
    areas: Vec<Area>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct UrlPrefix {
    written: String,
    canonical: String,
}

/// All URLs of a host below a path, whatever their scheme, port and user part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// As [`super::host()`] gives it.
    pub host: String,
    /// Which hosts.
    pub scope: HostScope,
    /// What path and query begin with: `/` at least.
    pub path: String,
}

/// Which hosts are meant by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostScope {
    /// It alone.
    Itself,
    /// Those below it.
    Below,
    /// Both.
    Both,
}

impl UrlSet {
    /// Adds one URL.
    pub fn add(&mut self, url: &str) {
        self.exact.entry(canonical(url).into_owned()).or_insert_with(|| url.to_owned());
    }

    /// Adds a URL that another stands for, which is what it is shown as.
    pub fn add_within(&mut self, url: &str, written: &str) {
        self.exact.entry(canonical(url).into_owned()).or_insert_with(|| written.to_owned());
    }

    /// Adds a pattern: one that ends with `*` stands for all that begin like it.
    pub fn add_pattern(&mut self, pattern: &str) {
        match pattern.strip_suffix('*') {
            Some(beginning) => self.beginnings.push(UrlPrefix::of(beginning)),
            None => self.add(pattern),
        }
    }

    /// Adds the URLs of an area.
    pub fn add_area(&mut self, area: Area) {
        self.areas.push(area);
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.beginnings.is_empty() && self.areas.is_empty()
    }

    /// Whether `url` is meant.
    pub fn has(&self, url: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let same = canonical(url);
        self.exact.contains_key(&*same)
            || self.beginnings.iter().any(|beginning| beginning.is_of(url, &same))
            || (!self.areas.is_empty() && self.has_area_of(&same))
    }

    fn has_area_of(&self, url: &str) -> bool {
        let host: Cow<'_, str> = match plain_host(url) {
            Some(host) => host.into(),
            None => match host_of(url) {
                Some(host) => written(&host).into(),
                None => return false,
            },
        };
        UrlParts::of(url).is_some_and(|it| self.areas.iter().any(|area| area.has(&host, it.tail)))
    }

    /// The whole URLs, each in every form that it is known by.
    pub fn forms(&self) -> Vec<&str> {
        let mut forms: Vec<&str> =
            self.exact.iter().flat_map(|(form, text)| [form.as_str(), text]).collect();
        forms.sort_unstable();
        forms.dedup();
        forms
    }

    /// The areas.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The patterns, as they are written.
    pub fn texts(&self) -> Vec<String> {
        let mut exact: Vec<String> = self.exact.values().cloned().collect();
        exact.sort_unstable();
        exact.dedup();
        let beginnings = self.beginnings.iter().map(|beginning| format!("{}*", beginning.written));
        exact.into_iter().chain(beginnings).chain(self.areas.iter().map(Area::text)).collect()
    }

    /// What the URLs begin with that patterns with a star stand for.
    pub fn beginnings(&self) -> impl Iterator<Item = &str> {
        self.beginnings.iter().map(|beginning| beginning.canonical.as_str())
    }
}

impl UrlPrefix {
    /// One that ends within the host has no other form than its letters in lower case.
    fn of(written: &str) -> Self {
        let in_path = UrlParts::of(written).is_some_and(|parts| !parts.tail.is_empty());
        let canonical = match canonical(written) {
            canonical if in_path => canonical.into_owned(),
            _ => written.to_ascii_lowercase(),
        };
        Self { written: written.to_owned(), canonical }
    }

    fn is_of(&self, url: &str, canonical: &str) -> bool {
        url.starts_with(&self.written) || canonical.starts_with(&self.canonical)
    }
}

impl Area {
    fn has(&self, host: &str, tail: &str) -> bool {
        let above = host.strip_suffix(&self.host);
        let reaches = match (above, self.scope) {
            (Some(""), scope) => scope != HostScope::Below,
            (Some(above), scope) => above.ends_with('.') && scope != HostScope::Itself,
            (None, _) => false,
        };
        // The page of the host itself is no page below it.
        reaches && tail.starts_with(&self.path) && (self.path != "/" || tail != "/")
    }

    /// As the Tenant Allow/Block List writes it, or for want of that alike.
    pub fn text(&self) -> String {
        let before = match self.scope {
            HostScope::Itself => "",
            HostScope::Below => "*.",
            HostScope::Both => "~",
        };
        format!("{before}{}{}*", self.host, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_at_the_end_stands_for_anything() {
        let mut urls = UrlSet::default();
        urls.add_pattern("https://a.example/*");
        urls.add_pattern("https://b.example/");
        urls.add_pattern("HTTPS://C.example:443/A*");
        urls.add_pattern("https://D.exam*");
        for (url, meant) in [
            ("https://a.example/", true),
            ("https://a.example/x*y", true),
            ("https://A.example:443/x", true),
            ("https://b.example/", true),
            ("https://B.example", true),
            ("https://b.example/x", false),
            ("https://c.example/Ab", true),
            ("https://c.example/ab", false),
            ("https://d.example/", true),
            ("https://d.elsewhere/", false),
        ] {
            assert_eq!(urls.has(url), meant, "{url}");
        }
        assert_eq!(urls.texts().first().map(String::as_str), Some("https://b.example/"));
    }

    #[test]
    fn an_area_is_of_hosts_and_a_path() {
        let area = |scope| Area { host: "a.example".to_owned(), scope, path: "/p".to_owned() };
        let has = |scope, url: &str| {
            let mut urls = UrlSet::default();
            urls.add_area(area(scope));
            urls.has(url)
        };
        for (url, itself, below, both) in [
            ("https://a.example/p", true, false, true),
            ("A.example:8080/p?q", true, false, true),
            ("http://b.A.example/px", false, true, true),
            ("http://ba.example/px", false, false, false),
            ("http://a.example/q", false, false, false),
            ("mailto:b@a.example", false, false, false),
        ] {
            assert_eq!(has(HostScope::Itself, url), itself, "{url}");
            assert_eq!(has(HostScope::Below, url), below, "{url}");
            assert_eq!(has(HostScope::Both, url), both, "{url}");
        }
    }
}
