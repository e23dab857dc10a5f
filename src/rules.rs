//! Rules: what was touched is looked at, alerts open and go on, and sinks are told.
//!
//! In reading order: `event`, `kinds`, `sites` and `wanted` (a click as rules see it), `reader` (out of
//! segments, only what is looked for), `clues` and `window` (what a rule's variables come to), `walk`
//! (where its condition holds), `whole` (what hangs on the whole store), `docket` (which groups the news
//! touches), `judge` (what it does to alerts), `dispatch` (who is told when), `story` and `message` (what is told), `turn` and `stage` (doing it).
//!
//! Windows are click time. A rule is tested at each click that the news is of, and at later clicks of
//! its group within the rule's time, so that an outage hides nothing. An alert opens only where the
//! rule holds with the news and not without it.

mod clues;
mod dispatch;
mod docket;
mod event;
mod judge;
mod kinds;
mod message;
mod reader;
mod sites;
mod stage;
mod story;
mod trial;
mod turn;
mod walk;
mod wanted;
mod whole;
mod window;

pub use dispatch::silences;
pub use judge::QUIET;
pub use message::{about, key};
pub use stage::{Alerts, Done, Step};
pub use trial::{Firing, Trial, trial};

use crate::config::Config;
use crate::report::Content;
use crate::store::{Alert, Snapshot, StoreError};

use reader::Reader;
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
    let mut reader = Reader::new(snapshot, whose, &config.exclusions, &mut sites)?;
    message::draw_alert(&mut reader, config, tenant, alert)
}
