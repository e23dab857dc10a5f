//! What an option was given for a whole value, found in the store: as it is, as any output of ours
//! shows it, or what a cut of it may be.

use crate::cli::args::typed;
use crate::cli::{CommandError, Exit};
use crate::click::pattern::{host, host_name};
use crate::indicator::{Indicator, IndicatorList, links_within, urls_meant};
use crate::store::{Snapshot, Store, StoreError};
use crate::text::defang::{defang, text as shown_name};
use crate::text::{refang::is_cut_of, refang::readings, refang::refang};

/// How many of those that a cut may be are offered.
const MOST_OFFERED: usize = 10;

/// What is shown for the empty URL, and for nobody.
const EMPTY_URL: &str = "(empty)";
const UNKNOWN_USER: &str = "(unknown)";

/// What an option is about.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Lookup<'s> {
    pub(in crate::cli) store: &'s Store,
    /// Such as `--url`.
    pub(in crate::cli) flag: &'static str,
}

/// The URLs that a text may stand for.
pub(in crate::cli) enum UrlMatches {
    /// Those that the store has.
    Stored(Vec<String>),
    /// It has none of them.
    Unknown(Vec<String>),
}

impl UrlMatches {
    /// All that is looked for, the links within those of mail gateways among them.
    pub(in crate::cli) fn meant(&self) -> Vec<String> {
        match self {
            Self::Stored(urls) => {
                let within = urls.iter().flat_map(|url| links_within(url));
                urls.iter().cloned().chain(within).collect()
            }
            Self::Unknown(urls) => urls.iter().flat_map(|url| urls_meant(url)).collect(),
        }
    }
}

impl Lookup<'_> {
    /// The URLs that `text` may stand for.
    pub(in crate::cli) fn urls(self, text: &str) -> Result<UrlMatches, CommandError> {
        let text = &in_one_line(text);
        let all = if text == EMPTY_URL { vec![String::new()] } else { readings(text) };
        let known = self.store.read(|snapshot| known_urls(snapshot, text, &all))?;
        if !known.is_empty() {
            return Ok(UrlMatches::Stored(known));
        }
        self.refuse_cut(text, defang, |snapshot, visit| snapshot.urls(|_, url| visit(url)))?;
        typed::check_url(text)?;
        Ok(UrlMatches::Unknown([all, listed_urls(text)].concat()))
    }

    /// The users that `text` may stand for.
    pub(in crate::cli) fn users(self, text: &str) -> Result<Vec<String>, CommandError> {
        let text = &in_one_line(text);
        let mut all = if text == UNKNOWN_USER { vec![String::new()] } else { readings(text) };
        all.extend(listed(text).into_iter().filter_map(|found| match found {
            Indicator::User(user) => Some(user),
            _ => None,
        }));
        let known = self.store.read(|snapshot| {
            let is_known = |user: &&String| snapshot.find_person(user).map(|id| id.is_some());
            all.iter().map(|user| is_known(&user)).collect::<Result<Vec<_>, _>>()
        })?;
        if !known.contains(&true) {
            self.refuse_cut(text, shown_name, |snapshot, visit| snapshot.people(visit))?;
            typed::check_user(text)?;
        }
        let found = all.iter().zip(&known).filter(|(_, known)| **known);
        let found: Vec<String> = found.map(|(user, _)| user.clone()).collect();
        Ok(if found.is_empty() { all } else { found })
    }

    /// The host that `text` stands for.
    pub(in crate::cli) fn host(self, text: &str) -> Result<String, CommandError> {
        let text = &in_one_line(text);
        self.refuse_cut(text, shown_name, |snapshot, visit| {
            let mut last = String::new();
            snapshot.urls(|_, url| {
                if let Some(host) = host_name(url).filter(|host| *host != last) {
                    visit(&host);
                    last = host;
                }
            })
        })?;
        let listed = || {
            listed(text).into_iter().find_map(|found| match found {
                Indicator::Host(host) => Some(host),
                _ => None,
            })
        };
        let alive = refang(text);
        Ok(if host(&alive).is_some() { alive } else { listed().unwrap_or(alive) })
    }

    /// Fails if `text` was cut, and offers what it may be.
    fn refuse_cut(
        self,
        text: &str,
        show: fn(&str) -> String,
        each: impl Fn(&Snapshot<'_>, &mut dyn FnMut(&str)) -> Result<(), StoreError>,
    ) -> Result<(), CommandError> {
        if !text.contains('…') {
            return Ok(());
        }
        let (text, mut found) = (bare(text), Vec::new());
        self.store.read(|snapshot| {
            each(snapshot, &mut |value| {
                let shown = show(value);
                if is_cut_of(&text, &shown) && !found.contains(&shown) {
                    found.push(shown);
                }
            })
        })?;
        let (flag, shown) = (self.flag, crate::text::escape::one_line(&text));
        let why = format!("{flag}: {shown} was cut where … stands");
        if found.is_empty() {
            return Err(CommandError::usage(format!(
                "{why}, and nothing in the store looks like it"
            )));
        }
        let mut lines = vec![format!("{why}; give the whole of one of these:")];
        lines.extend(found.iter().take(MOST_OFFERED).map(|one| format!("  {one}")));
        let more = found.len().saturating_sub(MOST_OFFERED);
        if more > 0 {
            lines.push(format!("  … and {more} more"));
        }
        Err(CommandError::Each(Exit::Usage, lines))
    }
}

/// Those of `readings` that the store has, or else those URLs that are shown as `text`: a host beyond
/// ASCII is shown as that which a browser goes to.
fn known_urls(
    snapshot: &Snapshot<'_>,
    text: &str,
    readings: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut known = Vec::new();
    for url in readings {
        if snapshot.find_url(url)?.is_some() {
            known.push(url.clone());
        }
    }
    if known.is_empty() && readings.len() > 1 {
        let text = bare(text);
        snapshot.urls(|_, url| {
            if !url.is_ascii() || url.contains('%') {
                known.extend((defang(url) == text).then(|| url.to_owned()));
            }
        })?;
    }
    Ok(known)
}

/// What a list with this line would have looked for: what is read there is read here.
fn listed(text: &str) -> Vec<Indicator> {
    IndicatorList::read(text.as_bytes()).found
}

/// The URLs among them, that which people would write first.
pub(in crate::cli) fn listed_urls(text: &str) -> Vec<String> {
    let urls = listed(text).into_iter().flat_map(|found| match found {
        Indicator::Url { text, also } => [vec![text], also].concat(),
        _ => Vec::new(),
    });
    urls.collect()
}

/// What a narrow table broke into lines, as it was.
pub(in crate::cli) fn in_one_line(text: &str) -> String {
    if text.contains('\n') { text.lines().map(str::trim).collect() } else { text.to_owned() }
}

/// Without what surrounds what is copied, and without the breaks of cards.
fn bare(text: &str) -> String {
    text.trim().replace('\u{200b}', "")
}
