//! Reads `[[report]]`.

use std::time::Duration;

use super::super::duration::{DAY, HOUR};
use super::super::keys::SectionKeys;
use super::super::named::{self, Hears, every, one_of};
use super::super::sink::Sink;
use super::super::tenant::{Tenant, check_name};
use super::{Attach, Order, Report};
use crate::clock::schedule::{Schedule, Zones};
use crate::text::escape::one_line;

/// How many URLs a digest names unless told otherwise.
const DEFAULT_TOP: u32 = 25;
/// The longest time that a digest looks back over.
const LONGEST_WINDOW: Duration = Duration::from_secs(31 * DAY.as_secs());
const CRON_REMEDY: &str = "write minute, hour, day, month, day of the week: \"0 8 * * 1-5\"";

/// Every section.
pub(in crate::config) fn all(
    root: &mut SectionKeys<'_>,
    tenants: &[Tenant],
    sinks: &[Sink],
) -> Vec<Report> {
    let mut names: Vec<String> = Vec::new();
    let zones = Zones::newest();
    root.each("report", |keys| {
        let name = name(keys, &mut names);
        let schedule = schedule(keys, &zones);
        let window = keys.duration("window", HOUR..=LONGEST_WINDOW);
        let top = keys.number("top", 1..=500, "", DEFAULT_TOP);
        let order = one_of(keys, "sort", Order::all(), Order::name, Order::default());
        let attach = one_of(keys, "attach", Attach::ALL, Attach::name, Attach::default());
        let named = named::tenants(keys, tenants);
        let tenants = named.map(|all| if all.is_empty() { every(tenants) } else { all });
        let sinks = sinks_of(keys, sinks, tenants.as_deref().unwrap_or_default());
        let location = keys.here();
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
            location,
        })
    })
}

fn name(keys: &mut SectionKeys<'_>, names: &mut Vec<String>) -> Option<String> {
    let name = keys.required("name", "name it: it stands in the subject, and in commands")?;
    if names.contains(&name) {
        let problem = "another report has this name, too".to_owned();
        keys.report("name", problem, "give each a name of its own");
    }
    names.push(name.clone());
    check_name(keys, &name).then_some(name)
}

fn schedule(keys: &mut SectionKeys<'_>, zones: &Zones) -> Option<Schedule> {
    let line = keys.required("schedule", CRON_REMEDY);
    let name = keys.text("timezone").unwrap_or_else(|| "UTC".to_owned());
    let Some(zone) = zones.get(&name) else {
        let problem = format!("{:?} is no time zone", one_line(&name));
        keys.report("timezone", problem, "write its IANA name, such as \"Europe/Berlin\"");
        return None;
    };
    Schedule::parse(&line?, zone)
        .map_err(|error| keys.report("schedule", error.to_string(), CRON_REMEDY))
        .ok()
}

/// At least one.
fn sinks_of(keys: &mut SectionKeys<'_>, sinks: &[Sink], tenants: &[String]) -> Option<Vec<String>> {
    let named = named::sinks(keys, sinks, tenants, Hears::OfAll)?;
    if named.is_empty() {
        keys.report("sinks", "names none".to_owned(), "name the sinks that it goes to");
    }
    (!named.is_empty()).then_some(named)
}
