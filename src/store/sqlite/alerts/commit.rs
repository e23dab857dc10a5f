//! Writing what news does to alerts, and what sinks are told of them: all or nothing.

use super::{alert, pending};
use crate::clock::Tick;
use crate::store::sqlite::clicks::touched;
use crate::store::sqlite::outbox::enqueue::enqueue;
use crate::store::{AlertChange, Notification, Store, StoreError, TenantKey, TouchBatch};

impl Store {
    /// Takes a tenant's news away with what it does to alerts. `false`, and nothing is written, if
    /// somebody else looked at the news, or closed or opened an alert in the meantime.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while there is no room.
    pub fn commit_alerts(
        &self,
        tenant: TenantKey,
        touches: &TouchBatch,
        changes: &[AlertChange],
        now: Tick,
    ) -> Result<bool, StoreError> {
        if !changes.is_empty() {
            self.file().ensure_space()?;
        }
        self.write(|conn, _| {
            if !alert::still_stand(conn, tenant, changes)?
                || !touched::consume(conn, tenant, touches)?
            {
                return Ok(false);
            }
            for change in changes {
                alert::apply(conn, tenant, change, now)?;
            }
            Ok(true)
        })
    }

    /// Enqueues a message of alerts and notes that they were told. `false`, and nothing is written, if
    /// one of them is pending no more.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] while there is no room.
    pub fn commit_notification(
        &self,
        notification: &Notification<'_>,
        now: Tick,
    ) -> Result<bool, StoreError> {
        self.file().ensure_space()?;
        self.enqueuing(|conn| {
            let noted = pending::record(conn, notification, now)?;
            if noted {
                enqueue(conn, &notification.message, now)?;
            }
            Ok(noted)
        })
    }
}
