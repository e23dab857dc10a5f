//! The demo's own Microsoft: a simulated tenant, and clicks invented for it.

mod fault;
mod hunting;
mod login;
mod render;
mod tenant;

pub use fault::{Asked, Fault, Quota, Retry};
pub use tenant::{Settings, Tenant};
