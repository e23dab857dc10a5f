//! The keys of a `[[rule]]` that are more than a number or a name.

use url::Url;

use super::super::keys::SectionKeys;
use super::super::named::{self, Hears};
use super::references::RuleReferences;
use super::shipped;
use super::{By, Rule, Switch};
use crate::condition::{Condition, ConditionError, GroupBy};
use crate::text::escape::visible;
use crate::text::suggest::nearest;

/// The longest runbook, in characters.
const LONGEST_RUNBOOK: usize = 500;

pub(super) fn by(keys: &mut SectionKeys<'_>, base: Option<&Rule>) -> Option<By> {
    const BY_REMEDY: &str = "choose from url, host, user, as in [\"url\", \"user\"]";
    if let (Some(base), false) = (base, keys.is_set("by")) {
        keys.know(&["by"]);
        return Some(base.by.clone());
    }
    if !keys.is_set("by") {
        keys.know(&["by"]);
        keys.report("by", "is missing".to_owned(), BY_REMEDY);
        return None;
    }
    let mut parts = Vec::new();
    keys.each_text("by", "is nothing that clicks can be grouped by", BY_REMEDY, |name| {
        parts.push(GroupBy::ALL.into_iter().find(|part| part.name() == name)?);
        Some(())
    })?;
    let by = By::new(&parts);
    if by.is_none() {
        keys.report("by", "names nothing".to_owned(), BY_REMEDY);
    }
    by
}

/// The condition, given or shipped. The error of one that is shipped, and does not go with the
/// `by` that is given, stands with it all the same.
pub(super) fn when(
    keys: &mut SectionKeys<'_>,
    by: Option<&By>,
    base: Option<&Rule>,
    name: &str,
) -> Option<Condition> {
    if base.is_none() && !keys.is_set("when") {
        keys.know(&["when"]);
        let remedy = match nearest(shipped::names(), name) {
            Some(shipped) => format!("did you mean the shipped rule {shipped}?"),
            None => "say what must hold, such as \"clicked_through > 0\"".to_owned(),
        };
        keys.report("when", "is missing".to_owned(), remedy);
        return None;
    }
    condition(keys, "when", by, base.map(|base| &base.when))
}

/// The second condition, if there is one.
pub(super) fn medium_when(
    keys: &mut SectionKeys<'_>,
    by: Option<&By>,
    base: Option<&Rule>,
) -> Option<Condition> {
    condition(keys, "medium_when", by, base.and_then(|base| base.medium_when.as_ref()))
}

fn condition(
    keys: &mut SectionKeys<'_>,
    key: &'static str,
    by: Option<&By>,
    base: Option<&Condition>,
) -> Option<Condition> {
    let is_set = keys.is_set(key);
    let given = keys.text(key);
    let text = if is_set { given? } else { base?.text().to_owned() };
    // Where `by` is wrong, too, the condition is not blamed for it.
    let read = Condition::parse(&text, by.map_or(&GroupBy::ALL, By::parts));
    let report = |ConditionError { line, column, problem, remedy }| {
        keys.report(key, format!("line {line}, column {column}: {problem}"), remedy);
    };
    let read = read.map_err(report).ok()?;
    for ConditionError { line, column, problem, remedy } in read.unmatchable() {
        let problem = format!("line {line}, column {column}: {problem}");
        keys.report_unmatchable(key, problem, remedy);
    }
    Some(read)
}

/// The tenants that it names, or all.
pub(super) fn tenants(
    keys: &mut SectionKeys<'_>,
    known: &RuleReferences<'_>,
) -> Option<Vec<String>> {
    let named = named::tenants(keys, known.tenants)?;
    Some(if named.is_empty() { known.every() } else { named })
}

/// The sinks that it names, which may be none, or those of `[alerts]`.
pub(super) fn sinks(
    keys: &mut SectionKeys<'_>,
    known: &RuleReferences<'_>,
    tenants: &[String],
) -> Option<Vec<String>> {
    if keys.is_set("sinks") {
        return named::sinks(keys, known.sinks, tenants, Hears::OfSome);
    }
    keys.know(&["sinks"]);
    Some(known.alerts.sinks.clone())
}

pub(super) fn switch(keys: &mut SectionKeys<'_>, base: Option<&Rule>) -> Switch {
    let is_set = keys.is_set("enabled");
    let enabled = keys.switch("enabled");
    if is_set && !enabled {
        return Switch::Off;
    }
    if let Some(base) = base.filter(|base| !is_set && base.switch == Switch::Off) {
        keys.note_turned_on(&base.name);
    }
    Switch::On
}

/// Where it says what to do: at an https address, or right there.
pub(super) fn runbook(keys: &mut SectionKeys<'_>) -> Option<String> {
    keys.parsed("runbook", |text| {
        let wrong = |problem: &str, remedy: &str| Err((problem.to_owned(), remedy.to_owned()));
        let line = "write a line of at most 500 characters, or the https address of a page";
        if text.chars().count() > LONGEST_RUNBOOK || visible(text) != text {
            return wrong("is no line of text", line);
        }
        let is_address = text.contains("://") && !text.contains(' ');
        let is_page = |url: Url| url.scheme() == "https" && url.username().is_empty();
        if is_address && !Url::parse(text).is_ok_and(is_page) {
            return wrong("is no https address", "write it as https://host/page");
        }
        Ok(text.to_owned())
    })
}
