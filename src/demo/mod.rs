//! The demo's own Microsoft: a simulated tenant, and clicks invented for it.

mod clicks;
mod fault;
mod hunting;
mod login;
mod render;
mod scenes;
mod tenant;

pub use clicks::{Rhythm, invent_clicks, invented_table};
pub use fault::{Asked, Fault, Quota, Retry};
pub use tenant::{Settings, Tenant};
