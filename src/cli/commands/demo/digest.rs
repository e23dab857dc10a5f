//! The demo's digest: made as `report send` makes it, delivered by the daemon, and shown as it
//! arrived.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{card, keep, mail, setup, webhook};
use crate::cli::CommandError;
use crate::cli::args::named;
use crate::cli::digest_now;
use crate::cli::print::table;
use crate::cli::print::text::{self, plain};
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::{Inbox, LastMessages, Posted};
use crate::digest::LookBack;
use crate::store::{MessageState, Store};

/// How long its arrival is waited for.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(20);
/// Columns of text that a message takes.
const WIDEST_MESSAGE: usize = 100;

/// What it needs to tell.
pub(super) struct DemoDigest {
    pub config: Config,
    pub store: Store,
    pub clock: Clock,
    /// Where the messages arrive.
    pub inbox: Inbox,
    /// Where a browser can look at them.
    pub url: String,
    /// The folder that stays, if one does.
    pub kept: Option<PathBuf>,
}

impl DemoDigest {
    /// Makes the digest, and shows what the sinks' receivers got.
    pub(super) async fn show(&self) -> Result<(), CommandError> {
        let name = setup::REPORT;
        writeln!(
            std::io::stdout(),
            "\nA digest is made of it, as `clickwarden report send {name}` does; the daemon delivers \
             it to three\nreceivers inside this program. This is what arrived."
        )?;
        tokio::task::block_in_place(|| self.enqueue())?;
        let kept = self.inbox.whole_within(ARRIVAL_TIMEOUT).await;
        let mut out = std::io::stdout().lock();
        for line in self.drawn(&kept) {
            writeln!(out, "{line}")?;
        }
        drop(out);
        if let Some(dir) = &self.kept {
            keep::write_all(dir, &kept)?;
        }
        if kept.is_whole() { Ok(()) } else { Err(self.missing()?) }
    }

    /// Says where more is to be seen.
    pub(super) fn invite(&self) -> Result<(), CommandError> {
        let url = &self.url;
        writeln!(
            std::io::stdout(),
            "\nNew clicks come in while it runs; a browser shows the messages at {url}; Ctrl-C ends \
             the demo."
        )?;
        Ok(())
    }

    /// Shows the alert that came last, unless it is the one that was shown.
    pub(super) fn show_alert(&self, shown: &mut Option<Arc<Posted>>) -> Result<(), CommandError> {
        let last = self.inbox.kept().alert;
        let Some(alert) = last.filter(|last| shown.as_ref().is_none_or(|s| !Arc::ptr_eq(s, last)))
        else {
            return Ok(());
        };
        let mut out = std::io::stdout().lock();
        let time = text::to_second(self.clock.now());
        writeln!(out, "\n{time}: an alert came to the channel that is for alerts.")?;
        for line in card::draw(&alert, table::stdout_width().min(WIDEST_MESSAGE)) {
            writeln!(out, "{line}")?;
        }
        *shown = Some(alert);
        Ok(())
    }

    fn enqueue(&self) -> Result<(), CommandError> {
        let report = named::report(&self.config, setup::REPORT)?;
        digest_now::enqueue(
            &self.store,
            &self.config,
            report,
            (LookBack::AsConfigured, self.clock.now()),
        )?;
        Ok(())
    }

    fn drawn(&self, kept: &LastMessages) -> Vec<String> {
        let width = table::stdout_width().min(WIDEST_MESSAGE);
        let mut lines = Vec::new();
        if let Some(posted) = &kept.card {
            lines.extend(card::draw(posted, width));
        }
        if let Some(arrived) = &kept.mail {
            lines.extend(mail::draw(arrived, width));
        }
        if let Some(posted) = &kept.webhook {
            lines.extend(webhook::draw(posted, self.clock.now(), width));
        }
        lines
    }

    /// What did not come, and why as far as the outbox knows.
    fn missing(&self) -> Result<CommandError, CommandError> {
        let mut why = format!(
            "the digest did not reach every receiver within {} s",
            ARRIVAL_TIMEOUT.as_secs()
        );
        let messages = self.store.read(|snapshot| snapshot.messages(None))?;
        for message in messages.iter().filter(|one| one.state != MessageState::Accepted) {
            // Writing to a String cannot fail.
            let _ = write!(why, "\nsink {}: {}", message.sink, plain(&message.detail));
        }
        Ok(CommandError::failed(why))
    }
}
