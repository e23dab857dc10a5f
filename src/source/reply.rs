//! A reply's bytes, and the room that they take.

use std::ops::Deref;

use super::budget::ReplyRoom;
use crate::clock::Tick;

/// An answer of status 200 that is an object of JSON as far as its first byte tells.
#[derive(Debug)]
pub struct HuntingReply {
    /// The bytes.
    pub body: Body,
    /// The source's clock when it answered.
    pub date: Option<Tick>,
    /// Graph's id of the request, or our own where it gave none: for logs.
    pub request_id: String,
}

/// The bytes of a reply, and the part of the budget that they take until dropped.
#[derive(Debug)]
pub struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) room: ReplyRoom,
}

impl Body {
    /// Keeps the room when the bytes are gone: what was read from them takes it.
    pub fn into_room(self) -> ReplyRoom {
        self.room
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}
