//! What reports and rules name of other sections: sinks, tenants, and one of several values.

use std::slice::from_ref;

use super::keys::SectionKeys;
use super::sink::Sink;
use super::tenant::Tenant;
use crate::text::escape::one_line;

/// Of how many of the tenants a sink that is named must be one that may hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hears {
    /// Of all: a message tells of them together.
    OfAll,
    /// Of some: a message tells of one.
    OfSome,
}

/// The one of `all` whose name stands there; `usual` when the key is absent.
pub(super) fn one_of<T: Copy>(
    keys: &mut SectionKeys<'_>,
    key: &'static str,
    all: impl IntoIterator<Item = T> + Clone,
    name: fn(T) -> &'static str,
    usual: T,
) -> Option<T> {
    if !keys.is_set(key) {
        keys.know(&[key]);
        return Some(usual);
    }
    keys.parsed(key, |text| {
        all.clone().into_iter().find(|one| name(*one) == text).ok_or_else(|| {
            let names: Vec<&str> = all.into_iter().map(name).collect();
            let problem = format!("{:?} is none of its values", one_line(text));
            (problem, format!("choose from {}", names.join(", ")))
        })
    })
}

/// The tenants that it names, each once.
pub(super) fn tenants(keys: &mut SectionKeys<'_>, tenants: &[Tenant]) -> Option<Vec<String>> {
    let known: Vec<&String> = tenants.iter().map(|tenant| &tenant.name).collect();
    let mut named: Vec<String> = Vec::new();
    let remedy = format!("choose from {}", names(known.iter().copied()));
    keys.each_text("tenants", "is no tenant's name", &remedy, |name| {
        let known = known.iter().find(|known| **known == name)?;
        if !named.contains(known) {
            named.push((*known).clone());
        }
        Some(())
    })?;
    Some(named)
}

/// The names of all tenants.
pub(super) fn every(tenants: &[Tenant]) -> Vec<String> {
    tenants.iter().map(|tenant| tenant.name.clone()).collect()
}

/// The sinks that it names, each once; each must be one that may hear of its tenants.
pub(super) fn sinks(
    keys: &mut SectionKeys<'_>,
    sinks: &[Sink],
    tenants: &[String],
    hears: Hears,
) -> Option<Vec<String>> {
    let named = keys.texts("sinks");
    let mut wrong = Vec::new();
    for (place, name) in named.iter().enumerate() {
        let found = sinks.iter().find(|sink| sink.name == *name);
        let refusal = refusal(name, found, sinks, (tenants, hears));
        wrong.extend(refusal.map(|refusal| (place, refusal)));
    }
    let all_are_good = wrong.is_empty();
    for (place, (problem, remedy)) in wrong {
        keys.report(&format!("sinks[{place}]"), problem, remedy);
    }
    let mut each: Vec<String> = Vec::new();
    for name in named {
        if !each.contains(&name) {
            each.push(name);
        }
    }
    all_are_good.then_some(each)
}

/// What is wrong with a sink that is named, and what to do.
fn refusal(
    name: &str,
    found: Option<&Sink>,
    sinks: &[Sink],
    (tenants, hears): (&[String], Hears),
) -> Option<(String, String)> {
    let name = one_line(name);
    let may_hear = |sink: &Sink| match hears {
        Hears::OfAll => sink.audience.may_hear_of(tenants),
        Hears::OfSome => tenants.iter().any(|one| sink.audience.may_hear_of(from_ref(one))),
    };
    match (found, sinks, hears) {
        (Some(sink), ..) if may_hear(sink) => None,
        (Some(_), _, Hears::OfAll) => Some((
            format!("{name:?} may not hear of all tenants that the report tells of"),
            "name fewer tenants in the report, more in the sink, or another sink".to_owned(),
        )),
        (Some(_), _, Hears::OfSome) => Some((
            format!("{name:?} may hear of none of the tenants that this is for"),
            "name other tenants here or in the sink, or another sink".to_owned(),
        )),
        (None, [], _) => Some((format!("there is no sink {name:?}"), "add a [[sink]]".to_owned())),
        (None, known, _) => Some((
            format!("there is no sink {name:?}"),
            format!("choose from {}", names(known.iter().map(|sink| &sink.name))),
        )),
    }
}

fn names<'a>(all: impl Iterator<Item = &'a String>) -> String {
    all.map(String::as_str).collect::<Vec<_>>().join(", ")
}
