//! Who watches the demo: looks at the store as any reader does, and shows a summary after each pass
//! that brought news.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::digest::DemoDigest;
use super::setup::TENANT;
use crate::cli::CommandError;
use crate::cli::commands::summary;
use crate::cli::print::text;
use crate::clock::{Span, Tick, ticks_of};
use crate::demo::Posted;
use crate::store::{NamedTenant, Store, TenantKey};

/// How often the end of a pass is looked for.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// How many summaries to show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SummaryCount {
    One,
    Many,
}

/// What a look at the store showed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NewSummary {
    Nothing,
    /// The first summary.
    First,
    /// Another one.
    Another,
}

/// The watcher.
pub(super) struct DemoWatcher {
    digest: DemoDigest,
    key: TenantKey,
    count: SummaryCount,
    /// The end of the last pass that was seen.
    last: Option<Tick>,
    /// How many clicks the last summary was of.
    clicks: u64,
    /// The alert that was shown last.
    alert: Option<Arc<Posted>>,
}

impl DemoWatcher {
    pub(super) fn new(digest: DemoDigest, count: SummaryCount) -> Result<Self, CommandError> {
        let key = digest.store.tenant(TENANT)?;
        Ok(Self { digest, key, count, last: None, clicks: 0, alert: None })
    }

    /// Watches until it has seen enough, or `stop`.
    pub(super) async fn watch(&mut self, stop: &CancellationToken) -> Result<(), CommandError> {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_INTERVAL)).await.is_some() {
            let new_summary = tokio::task::block_in_place(|| self.look())?;
            if new_summary != NewSummary::First {
                self.digest.show_alert(&mut self.alert)?;
                continue;
            }
            match stop.run_until_cancelled(self.digest.show()).await {
                Some(shown) => shown?,
                None => break,
            }
            if self.count == SummaryCount::One {
                break;
            }
            self.digest.invite()?;
        }
        Ok(())
    }

    /// Shows a summary if a pass has ended that brought news.
    fn look(&mut self) -> Result<NewSummary, CommandError> {
        let (ended, clicks) = self.store().read(|snapshot| {
            Ok((snapshot.progress(self.key)?.pass_ended, snapshot.size()?.clicks))
        })?;
        if ended.is_none() || ended == self.last {
            return Ok(NewSummary::Nothing);
        }
        self.last = ended;
        // Retention may take some away.
        let new = clicks.saturating_sub(self.clicks);
        if new == 0 {
            return Ok(NewSummary::Nothing);
        }
        let new_summary = if self.clicks == 0 { NewSummary::First } else { NewSummary::Another };
        self.clicks = clicks;
        let now = self.digest.clock.now();
        if new_summary == NewSummary::Another {
            writeln!(std::io::stdout(), "\n{}: {new} new clicks", text::to_second(now))?;
        }
        let window = ticks_of(self.digest.config.summary.window);
        let span = Span::new(now.plus(-window), now);
        summary::table(self.store(), &[NamedTenant::stored(self.key, TENANT)], span)?;
        Ok(new_summary)
    }

    fn store(&self) -> &Store {
        &self.digest.store
    }
}
