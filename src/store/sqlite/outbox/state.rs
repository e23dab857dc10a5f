//! The states of a message, as numbers in the database.

use crate::store::MessageState;

pub(super) const WAITING: i64 = 0;
pub(super) const SENDING: i64 = 1;
pub(super) const ACCEPTED: i64 = 2;
pub(super) const DEAD: i64 = 3;

impl MessageState {
    /// What stands in the database.
    pub(super) const fn of(number: i64) -> Self {
        match number {
            SENDING => Self::Sending,
            ACCEPTED => Self::Accepted,
            DEAD => Self::Dead,
            _ => Self::Waiting,
        }
    }
}
