//! Rules: what was touched is looked at, alerts open and go on, and sinks are told.
//!
//! In reading order: `event`, `click_kind`, `sites` and `scan_filter` (a click as rules see it), `reader`
//! (out of segments, only what is looked for), `correlation` and `window` (what a rule's variables come
//! to), `sliding` (where its condition holds), `all_time` (what hangs on the whole store), `rule_groups`
//! (which groups the news touches), `evaluate` (what it does to alerts), `dispatch` (who is told when),
//! `details` and `message` (what is told), `stage_memory`, `step` and `stage` (doing it), `backtest` (a rule tried).
//!
//! Windows are click time. A rule is tested at each click that the news is of, and at later clicks of
//! its group within the rule's time, so that an outage hides nothing. An alert opens only where the
//! rule holds with the news and not without it.

mod all_time;
mod backtest;
mod click_kind;
mod correlation;
mod details;
mod dispatch;
mod evaluate;
mod event;
mod message;
mod reader;
mod rule_groups;
mod scan_filter;
mod sites;
mod sliding;
mod stage;
mod stage_memory;
mod step;
mod window;

pub use backtest::{Backtest, Firing, backtest};
pub use dispatch::silences;
pub use evaluate::FALSE_ALARM_QUIET;
pub use message::{about, invented_alert, key, sample};
pub use stage::Alerts;
pub use stage_memory::StepCounts;

use crate::config::Config;
use crate::message::Content;
use crate::store::{Alert, Snapshot, StoreError};

use reader::ClickReader;
use sites::Sites;

/// An alert as it stands now, as it would be told.
pub fn describe(
    snapshot: &Snapshot<'_>,
    config: &Config,
    tenant: &str,
    alert: &Alert,
) -> Result<Content, StoreError> {
    let mut sites = Sites::new(config.alerts.shared_hosts.clone());
    let whose = (alert.tenant, tenant);
    let mut reader = ClickReader::new(snapshot, whose, &config.exclusions, &mut sites)?;
    message::draw_alert(&mut reader, config, tenant, alert)
}
