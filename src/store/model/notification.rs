//! Notifications of alerts: which are pending, and a message that carries them.

use std::collections::BTreeMap;

use crate::clock::Tick;

use super::alert::Alert;
use super::outbox::NewMessage;
use super::tenant::TenantKey;

/// Why a notification is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyReason {
    /// It opened.
    Opened,
    /// More clicks came.
    MoreClicks,
    /// More clicks came, and a silence kept back that they were told in time.
    SilenceExpired,
}

/// A notification that a sink is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingNotification {
    /// The sink's name.
    pub sink: String,
    /// Why.
    pub reason: NotifyReason,
    /// How many messages of the alert it got.
    pub notified: u32,
    /// When the last of them was enqueued.
    pub last_notified: Tick,
    /// The alert, which is open.
    pub alert: Alert,
}

/// When each sink was last notified of a tenant's alerts that go together ([`Alert::notification_group`]).
pub type LastNotified = BTreeMap<(TenantKey, String, String), Tick>;

/// A message of alerts of one tenant to a sink, which takes pending notifications away.
#[derive(Clone, Copy, Debug)]
pub struct Notification<'a> {
    /// The sink's name.
    pub sink: &'a str,
    /// Whose alerts.
    pub tenant: TenantKey,
    /// The notifications that were pending.
    pub pending: &'a [&'a PendingNotification],
    /// The message.
    pub message: NewMessage<'a>,
}
