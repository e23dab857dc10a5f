//! Bounds on a call: time and bytes.

use std::time::Duration;

/// The service's own limit is 3 minutes a query ("Advanced hunting quotas"); the rest is transfer.
const CALL_DEADLINE: Duration = Duration::from_secs(200);
/// The service's own limit is 50 MB a result; the rest is for how JSON is written.
const LARGEST_REPLY: u64 = 64 << 20;
/// How long a source may think before the room that waits for its answer is lent to others.
const THINKING_TIME: Duration = Duration::from_secs(20);
/// How long an answer may take to come in while others wait for room.
const TRANSFER_TIME: Duration = Duration::from_mins(1);

/// Bounds on a call.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A call, from connecting to the last byte, must be done within this, waits of our own apart.
    pub deadline: Duration,
    /// The most bytes of a reply, after decompression.
    pub largest_reply: u64,
    /// From the question to the answer's headers, after which the room for the answer is lent.
    pub thinking: Duration,
    /// From the headers to the last byte, while others wait for room.
    pub transfer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: CALL_DEADLINE,
            largest_reply: LARGEST_REPLY,
            thinking: THINKING_TIME,
            transfer: TRANSFER_TIME,
        }
    }
}
