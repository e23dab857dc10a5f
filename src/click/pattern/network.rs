//! Networks and addresses.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use super::canonical::plain_host;
use super::host::host_of;

/// Networks and single addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSet {
    addresses: BTreeSet<IpAddr>,
    wider: Vec<IpNet>,
}

impl NetworkSet {
    /// Adds an address or a network such as `192.0.2.0/24`; `None` if `text` is neither.
    pub fn add(&mut self, text: &str) -> Option<()> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            self.addresses.insert(address.to_canonical());
            return Some(());
        }
        self.wider.push(text.parse::<IpNet>().ok()?.trunc());
        Some(())
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.wider.is_empty()
    }

    /// Whether the address `text` lies inside. An IPv4 address that is written as IPv6 is IPv4.
    pub fn has(&self, text: &str) -> bool {
        text.trim().parse().is_ok_and(|address| self.has_address(address))
    }

    /// Whether `url` leads to an address that lies inside.
    pub fn has_host_of(&self, url: &str) -> bool {
        // A name at a glance is no address.
        if self.is_empty() || plain_host(url).is_some() {
            return false;
        }
        match host_of(url) {
            Some(Host::Ipv4(address)) => self.has_address(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.has_address(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => false,
        }
    }

    fn has_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.addresses.contains(&address) || self.wider.iter().any(|net| net.contains(&address))
    }

    /// The networks, as they are written.
    pub fn texts(&self) -> Vec<String> {
        let wider = self.wider.iter().map(ToString::to_string);
        self.addresses.iter().map(ToString::to_string).chain(wider).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_have_both_families() {
        let mut networks = NetworkSet::default();
        for text in ["192.0.2.9/24", "2001:db8::/32", "198.51.100.1"] {
            networks.add(text).unwrap();
        }
        for (address, meant) in [
            ("192.0.2.255", true),
            ("192.0.3.0", false),
            ("::ffff:192.0.2.1", true),
            ("2001:DB8:ffff::1", true),
            ("2001:db9::", false),
            (" 198.51.100.1 ", true),
            ("198.51.100.2", false),
            ("", false),
            ("192.0.2.1, 10.0.0.1", false),
        ] {
            assert_eq!(networks.has(address), meant, "{address}");
        }
        assert_eq!(NetworkSet::default().add("192.0.2.0/33"), None);
        assert_eq!(networks.texts(), ["198.51.100.1", "192.0.2.0/24", "2001:db8::/32"]);
    }
}
