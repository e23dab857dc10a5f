//! What clicks are looked for by: lists of URLs, hosts, users, networks, ids and words, each with
//! its own idea of equality.

mod canonical;
mod host;
mod network;
mod urls;
mod words;

pub use canonical::{canonical, same_url};
pub use host::{HostSet, host, host_name};
pub use network::NetworkSet;
pub use urls::{Area, HostScope, UrlSet};
pub use words::{MessageIdSet, UserSet, Words};
