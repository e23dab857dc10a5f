//! Alerts as content: enough to act on, free of any channel.

mod blocks;
mod data;
mod kql;
mod tables;

use std::collections::BTreeSet;

use super::reader::Reader;
use super::story::{Story, chain, stories};
use super::tell::Due;
use crate::config::{Config, Rule, Tenant};
use crate::guid::stable;
use crate::report::number::counted;
use crate::report::{Content, Kind};
use crate::severity::Severity;
use crate::store::{Alert, Debt, Delivery, Found, Owed, StoreError};

pub use tables::about;

/// So many alerts are told in full. Of more the first few are: the others stand in a table, which needs
/// the room.
const FEW: usize = 5;
const OF_MANY: usize = 2;

/// How many of `count` alerts are told in full.
const fn in_full(count: usize) -> usize {
    if count <= FEW { count } else { OF_MANY }
}

/// An alert to be told.
pub(super) struct Telling<'a> {
    pub alert: &'a Alert,
    /// Why, and after how many messages; of an alert that is looked at by hand neither.
    pub owed: Option<&'a Owed>,
    pub rule: Option<&'a Rule>,
    pub story: Story,
    pub chain: Vec<String>,
}

/// Whose alerts, and where there is more to see.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub config: &'a Config,
    pub tenant: &'a str,
}

impl Scene<'_> {
    fn tenant(&self) -> Option<&Tenant> {
        self.config.tenants.iter().find(|tenant| tenant.name == self.tenant)
    }
}

/// The message of all that is due.
pub(super) fn draw(
    reader: &mut Reader<'_, '_>,
    config: &Config,
    tenant: &str,
    due: &Due<'_>,
) -> Result<Content, StoreError> {
    let scene = Scene { config, tenant };
    let owed: Vec<_> = due.owed.iter().map(|owed| (&owed.alert, Some(*owed))).collect();
    let told = tellings(reader, scene, &owed)?;
    Ok(content(scene, &told, due.found))
}

/// One alert, as it stands.
pub(super) fn draw_alert(
    reader: &mut Reader<'_, '_>,
    config: &Config,
    tenant: &str,
    alert: &Alert,
) -> Result<Content, StoreError> {
    let scene = Scene { config, tenant };
    let told = tellings(reader, scene, &[(alert, None)])?;
    Ok(content(scene, &told, alert.found))
}

fn tellings<'a>(
    reader: &mut Reader<'_, '_>,
    scene: Scene<'a>,
    owed: &[(&'a Alert, Option<&'a Owed>)],
) -> Result<Vec<Telling<'a>>, StoreError> {
    let alerts: Vec<&Alert> = owed.iter().map(|(alert, _)| *alert).collect();
    let stories = stories(reader, &alerts)?;
    let mut told = Vec::new();
    let whole = in_full(owed.len());
    for ((place, (alert, owed)), story) in owed.iter().enumerate().zip(stories) {
        let rule = scene.config.rules.iter().find(|rule| rule.name == alert.rule);
        let chain = if place < whole { chain(reader, &story)? } else { Vec::new() };
        told.push(Telling { alert, owed: *owed, rule, story, chain });
    }
    Ok(told)
}

fn content(scene: Scene<'_>, told: &[Telling<'_>], found: Found) -> Content {
    Content {
        kind: Kind::Alert,
        tenants: vec![scene.tenant.to_owned()],
        title: title(scene, told, found),
        preview: preview(told),
        blocks: blocks::draw(scene, told, found),
        data: data::draw(scene, told, found),
        attachment: None,
    }
}

/// `clickwarden: high, clicked-past-block in contoso`.
fn title(scene: Scene<'_>, told: &[Telling<'_>], found: Found) -> String {
    let worst = told.iter().map(|one| one.alert.severity).max().unwrap_or(Severity::Low).name();
    let rules: BTreeSet<&str> = told.iter().map(|one| one.alert.rule.as_str()).collect();
    let tenant = scene.tenant;
    let what = match (told, rules.len()) {
        ([one], _) => one.alert.rule.clone(),
        (many, 1..=3) => {
            let names: Vec<&str> = rules.into_iter().collect();
            format!("{}: {}", counted(many.len() as u64, "alert"), names.join(", "))
        }
        (many, rules) => format!("{} of {rules} rules", counted(many.len() as u64, "alert")),
    };
    let late = if found == Found::Late { "found late, " } else { "" };
    format!("clickwarden: {late}{worst}, {what} in {tenant}")
}

fn preview(told: &[Telling<'_>]) -> String {
    let people: BTreeSet<&str> = told
        .iter()
        .flat_map(|one| &one.story.people)
        .filter(|somebody| somebody.was_let_through() && !somebody.name.is_empty())
        .map(|somebody| somebody.name.as_str())
        .collect();
    let last = told.iter().map(|one| one.story.last).max();
    let last = last.map_or(String::new(), |last| format!(", last click {}", tables::time(last)));
    match people.len() as u64 {
        0 => format!("Nobody was let through{last}."),
        people => format!("{} let through{last}.", counted(people, "user")),
    }
}

/// A delivery to each recipient of the sink. The message's id is of the sink, the alerts, and how many
/// messages of each it got before.
pub(super) fn deliveries(due: &Due<'_>) -> Vec<Delivery> {
    let alerts: Vec<String> =
        due.owed.iter().map(|owed| format!("{} {}", key(&owed.alert), owed.told + 1)).collect();
    let sink = due.sink.name.as_str();
    let parts: Vec<&str> =
        ["alert", sink].into_iter().chain(alerts.iter().map(String::as_str)).collect();
    let message = stable(&parts);
    let delivery =
        |recipient| Delivery { message: message.clone(), sink: sink.to_owned(), recipient };
    due.sink.recipients().into_iter().map(delivery).collect()
}

/// The alert's id in other programs: the same in every message of it, and in no other installation.
pub fn key(alert: &Alert) -> String {
    let parts = [alert.id.to_string(), alert.opened.0.to_string()];
    let [id, opened] = parts.each_ref().map(String::as_str);
    stable(&["case", id, opened, &alert.rule])
}

/// Why it is told, in words.
const fn why(debt: Debt) -> &'static str {
    match debt {
        Debt::Opened => "opened",
        Debt::MoreClicks => "more clicks came",
        Debt::SilenceEnded => "a silence ended",
    }
}
