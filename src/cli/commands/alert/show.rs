//! `clickwarden alert show`: one alert as it would be told now, and how it stands.

use serde_json::json;

use super::triage;
use crate::cli::print::content::{Format, print};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Tick;
use crate::config::Config;
use crate::message::{Content, Envelope, UrlDisplay};
use crate::rules;
use crate::store::{AlertRefused, Silence, Snapshot, Store, StoreError};
use crate::view::alerts::{AlertObject, ListedAlert};
use crate::view::scope::tenant_names;
use crate::view::silences::SilenceObject;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The alert's number, as `alert list` shows it
    id: i64,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let (config, now) = (context.config()?, context.clock.now());
    let store = Store::open_read_only(&config.store.path)?;
    let found = store.read(|snapshot| find(snapshot, &config, arguments.id, now))?;
    let (listed, silences, mut content) = found.ok_or_else(|| {
        let refused = AlertRefused::Unknown(arguments.id);
        CommandError::failed(format!("{refused}; see `clickwarden alert list --state all`"))
    })?;
    content.blocks.splice(0..0, triage::blocks(&listed, &silences));
    if let Some(data) = content.data.as_object_mut() {
        let triage = serde_json::to_value(AlertObject::from(&listed)).unwrap_or_default();
        data.insert("standing".to_owned(), triage);
        let silences: Vec<_> = silences.iter().map(SilenceObject::from).collect();
        data.insert("silences".to_owned(), json!(silences));
    }
    let id = rules::key(&listed.alert);
    let envelope = Envelope { id, written: now, rows: u32::MAX, urls: UrlDisplay::Cut };
    print(&content, &envelope, arguments.format)?;
    Ok(Exit::Done)
}

/// The alert, the silences that are of it, and what is told of it.
fn find(
    snapshot: &Snapshot<'_>,
    config: &Config,
    id: i64,
    now: Tick,
) -> Result<Option<(ListedAlert, Vec<Silence>, Content)>, StoreError> {
    let Some(alert) = snapshot.alert(id)? else { return Ok(None) };
    let names = tenant_names(snapshot)?;
    let listed = ListedAlert::of(snapshot, &names, alert)?;
    let content = rules::describe(snapshot, config, &listed.tenant, &listed.alert)?;
    let mut all = snapshot.silences()?;
    all.retain(|silence| silence.lasts(now));
    let own = rules::silences(&all, &listed.tenant, &listed.alert).cloned().collect();
    Ok(Some((listed, own, content)))
}
