//! HTTP as this program uses it: no redirect followed, https but to loopback, the environment's
//! proxy and an operator's own certificate authority honoured, bodies read under a cap.

mod answer;
mod certificates;
mod client;
mod error;
mod forbidden;
mod nearby;
mod proxy;
pub mod retry_after;
mod words;

pub use answer::{beginning, redirect_words};
pub use certificates::{Trust, certificates, certificates_pem, trust};
pub use client::{Clients, Network, build, client, trusting};
pub use error::NetworkError;
pub use forbidden::{FORBIDDEN, Forbidden, is_forbidden, names_forbidden};
pub use nearby::{is_link_local, is_loopback};
pub use proxy::Proxies;
pub use words::{in_words, unconnected};
