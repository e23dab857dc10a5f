//! Who watches the demo: looks at the store as any reader does, and shows a summary after each pass
//! that brought news.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::setup::TENANT;
use super::telling::Telling;
use crate::cli::{Failure, summary, text};
use crate::clock::{Span, Tick, ticks_of};
use crate::demo::Posted;
use crate::store::{Store, TenantKey};

/// How often the end of a pass is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// How many summaries to show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounds {
    One,
    Many,
}

/// What a look at the store showed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// The first summary.
    First,
    /// Another one.
    Another,
}

/// The audience.
pub(super) struct Audience {
    telling: Telling,
    key: TenantKey,
    rounds: Rounds,
    /// The end of the last pass that was seen.
    last: Option<Tick>,
    /// How many clicks the last summary was of.
    clicks: u64,
    /// The alert that was shown last.
    alert: Option<Arc<Posted>>,
}

impl Audience {
    pub(super) fn new(telling: Telling, rounds: Rounds) -> Result<Self, Failure> {
        let key = telling.store.tenant(TENANT)?;
        Ok(Self { telling, key, rounds, last: None, clicks: 0, alert: None })
    }

    /// Watches until it has seen enough, or `stop`.
    pub(super) async fn watch(&mut self, stop: &CancellationToken) -> Result<(), Failure> {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            let seen = tokio::task::block_in_place(|| self.look())?;
            if seen != Seen::First {
                self.telling.show_alert(&mut self.alert)?;
                continue;
            }
            match stop.run_until_cancelled(self.telling.show()).await {
                Some(shown) => shown?,
                None => break,
            }
            if self.rounds == Rounds::One {
                break;
            }
            self.telling.invite()?;
        }
        Ok(())
    }

    /// Shows a summary if a pass has ended that brought news.
    fn look(&mut self) -> Result<Seen, Failure> {
        let (ended, clicks) = self.store().read(|snapshot| {
            Ok((snapshot.progress(self.key)?.pass_ended, snapshot.size()?.clicks))
        })?;
        if ended.is_none() || ended == self.last {
            return Ok(Seen::Nothing);
        }
        self.last = ended;
        // Retention may take some away.
        let new = clicks.saturating_sub(self.clicks);
        if new == 0 {
            return Ok(Seen::Nothing);
        }
        let seen = if self.clicks == 0 { Seen::First } else { Seen::Another };
        self.clicks = clicks;
        let now = self.telling.clock.now();
        if seen == Seen::Another {
            writeln!(std::io::stdout(), "\n{}: {new} new clicks", text::time(now))?;
        }
        let window = ticks_of(self.telling.config.summary.window);
        let span = Span::new(now.plus(-window), now);
        summary::table(self.store(), &[(self.key, TENANT.to_owned())], span)?;
        Ok(seen)
    }

    fn store(&self) -> &Store {
        &self.telling.store
    }
}
