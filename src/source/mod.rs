//! The source: what Microsoft's hunting API is asked, and how its answers are read.
//!
//! | what | where |
//! | --- | --- |
//! | one tenant's API, and what a call needs | `hunting`, with `limits` |
//! | a call, from the query to the last byte of the reply | `call`, `reply` |
//! | memory for the replies of all tenants | `budget` |
//! | the bytes of a reply as columns, counts or clicks: pure | [`wire`] |
//! | an answer other than 200, and how long to wait then | `error_response`, `wait`, `error` |

mod budget;
mod call;
mod error;
mod error_response;
mod hunting;
mod limits;
mod reply;
mod wait;
pub mod wire;

pub use crate::auth::AuthRefusal;
pub use budget::{ReplyBudget, ReplyRoom};
pub use error::{ExhaustedQuota, SourceError};
pub use hunting::{GraphEndpoint, Hunting, ReadyCall};
pub use limits::Limits;
pub use reply::{Body, HuntingReply};
