//! Reads `[[report]]`.

use std::time::Duration;

use super::super::keys::Keys;
use super::super::sink::Sink;
use super::super::tenant::{Tenant, check_name};
use super::super::{DAY, HOUR};
use super::{Attach, Order, Report};
use crate::quote::one_line;
use crate::schedule::{Schedule, zone};

/// How many URLs a digest names unless told otherwise.
const TOP: u32 = 25;
/// The longest time that a digest looks back over.
const LONGEST: Duration = Duration::from_secs(31 * DAY.as_secs());
const CRON: &str = "write minute, hour, day, month, day of the week: \"0 8 * * 1-5\"";

/// Every section.
pub(in crate::config) fn all(
    root: &mut Keys<'_>,
    tenants: &[Tenant],
    sinks: &[Sink],
) -> Vec<Report> {
    let mut names: Vec<String> = Vec::new();
    root.each("report", |keys| {
        let name = name(keys, &mut names);
        let schedule = schedule(keys);
        let window = keys.duration("window", HOUR..=LONGEST);
        let top = keys.number("top", 1..=500, "", TOP);
        let order = one_of(keys, "sort", Order::all(), Order::name);
        let attach = one_of(keys, "attach", Attach::ALL, Attach::name);
        let tenants = of_tenants(keys, tenants);
        let sinks = to_sinks(keys, sinks, tenants.as_deref().unwrap_or_default());
        let place = keys.here();
        keys.refuse_unknown();
        Some(Report {
            name: name?,
            schedule: schedule?,
            window,
            top: top?,
            order: order?,
            sinks: sinks?,
            tenants: tenants?,
            attach: attach?,
            place,
        })
    })
}

fn name(keys: &mut Keys<'_>, names: &mut Vec<String>) -> Option<String> {
    let name = keys.required("name", "name it: it stands in the subject, and in commands")?;
    if names.contains(&name) {
        let problem = "another report has this name, too".to_owned();
        keys.report("name", problem, "give each a name of its own");
    }
    names.push(name.clone());
    check_name(keys, &name).then_some(name)
}

fn schedule(keys: &mut Keys<'_>) -> Option<Schedule> {
    let line = keys.required("schedule", CRON);
    let name = keys.text("timezone").unwrap_or_else(|| "UTC".to_owned());
    let Some(zone) = zone(&name) else {
        let problem = format!("{:?} is no time zone", one_line(&name));
        keys.report("timezone", problem, "write its IANA name, such as \"Europe/Berlin\"");
        return None;
    };
    Schedule::parse(&line?, zone)
        .map_err(|error| keys.report("schedule", error.to_string(), CRON))
        .ok()
}

/// The one of `all` whose name stands there; the default when the key is absent.
fn one_of<T: Copy + Default>(
    keys: &mut Keys<'_>,
    key: &'static str,
    all: impl IntoIterator<Item = T> + Clone,
    name: fn(T) -> &'static str,
) -> Option<T> {
    if !keys.is_set(key) {
        keys.know(&[key]);
        return Some(T::default());
    }
    keys.parsed(key, |text| {
        all.clone().into_iter().find(|one| name(*one) == text).ok_or_else(|| {
            let names: Vec<&str> = all.into_iter().map(name).collect();
            let problem = format!("{:?} is none of its values", one_line(text));
            (problem, format!("choose from {}", names.join(", ")))
        })
    })
}

/// The tenants that it names, or all.
fn of_tenants(keys: &mut Keys<'_>, tenants: &[Tenant]) -> Option<Vec<String>> {
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
    Some(if named.is_empty() { known.into_iter().cloned().collect() } else { named })
}

/// The sinks that it names; each must be one that may hear of its tenants.
fn to_sinks(keys: &mut Keys<'_>, sinks: &[Sink], tenants: &[String]) -> Option<Vec<String>> {
    let mut named = keys.texts("sinks");
    let mut wrong = Vec::new();
    for (place, name) in named.iter().enumerate() {
        let found = sinks.iter().find(|sink| sink.name == *name);
        wrong.extend(refusal(name, found, sinks, tenants).map(|refusal| (place, refusal)));
    }
    if named.is_empty() {
        keys.report("sinks", "names none".to_owned(), "name the sinks that it goes to");
    }
    let all_are_good = wrong.is_empty() && !named.is_empty();
    for (place, (problem, remedy)) in wrong {
        keys.report(&format!("sinks[{place}]"), problem, remedy);
    }
    let mut seen = Vec::new();
    named.retain(|name| {
        !seen.contains(name) && {
            seen.push(name.clone());
            true
        }
    });
    all_are_good.then_some(named)
}

/// What is wrong with a sink of a report, and what to do.
fn refusal(
    name: &str,
    found: Option<&Sink>,
    sinks: &[Sink],
    tenants: &[String],
) -> Option<(String, String)> {
    let name = one_line(name);
    match (found, sinks) {
        (Some(sink), _) if sink.audience.may_hear_of(tenants) => None,
        (Some(_), _) => Some((
            format!("{name:?} may not hear of all tenants that the report tells of"),
            "name fewer tenants in the report, more in the sink, or another sink".to_owned(),
        )),
        (None, []) => Some((format!("there is no sink {name:?}"), "add a [[sink]]".to_owned())),
        (None, known) => Some((
            format!("there is no sink {name:?}"),
            format!("choose from {}", names(known.iter().map(|sink| &sink.name))),
        )),
    }
}

fn names<'a>(all: impl Iterator<Item = &'a String>) -> String {
    all.map(String::as_str).collect::<Vec<_>>().join(", ")
}
