//! `[web]`: the listener for health checks and metrics, and where people reach it.

use std::net::SocketAddr;

use url::Url;

use super::keys::SectionKeys;

/// The section.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Web {
    /// Where to listen, on this machine only; nowhere by default.
    pub listen: Option<SocketAddr>,
    /// Where people reach our page, such as behind a proxy; messages link there.
    pub public_url: Option<Url>,
}

impl Web {
    pub(super) fn of(keys: &mut SectionKeys<'_>) -> Self {
        let listen = keys.parsed("listen", loopback);
        let public_url = keys.address("public_url");
        keys.refuse_unknown();
        Self { listen, public_url }
    }
}

fn loopback(text: &str) -> Result<SocketAddr, (String, String)> {
    let wrong = |problem: &str| {
        let remedy = "write it as \"127.0.0.1:8600\" or \"[::1]:8600\"";
        (problem.to_owned(), remedy.to_owned())
    };
    let address: SocketAddr = text.parse().map_err(|_| wrong("is no address with a port"))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(wrong("can be reached from other machines, and nothing there asks who is calling"))
    }
}
