//! What a chat's answer means.

use crate::deliver::outcome::Outcome;

/// What an answer means.
pub(super) enum ChatReply {
    /// This.
    Settled(Outcome),
    /// Tables are refused here.
    NoTables,
}
