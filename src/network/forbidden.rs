//! Addresses that are never dialled: where a machine finds its own secrets, or nobody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// What is said of such an address.
pub const FORBIDDEN: &str = "its host is a link-local or metadata address, to which nothing is \
    sent: correct the address";

/// The metadata services that do not listen at a link-local address: of Azure (its wire server),
/// Alibaba Cloud and Oracle Cloud.
const METADATA: [Ipv4Addr; 3] = [
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];
/// Those of Amazon and of Google.
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// A name that led to a forbidden address.
#[derive(Debug, thiserror::Error)]
#[error("{FORBIDDEN}")]
pub struct Forbidden;

/// Whether nothing is sent to `address`: it is link-local, a cloud's metadata service, none at all,
/// or many at once; or it leads to such an IPv4 address, which it has in it.
pub fn is_forbidden(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_forbidden_v4(address),
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || METADATA_V6.contains(&address)
                || inside(address).into_iter().any(is_forbidden_v4)
        }
    }
}

/// Whether the address that `url` names, if it names one and no name, is such.
pub fn names_forbidden(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_forbidden(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_forbidden(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => false,
    }
}

fn is_forbidden_v4(address: Ipv4Addr) -> bool {
    address.is_link_local()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_broadcast()
        || METADATA.contains(&address)
}

/// The IPv4 addresses that an IPv6 one may stand for: mapped and compatible (RFC 4291), of NAT64 (RFC
/// 6052, and RFC 8215 of one's own, whose prefix may have several lengths), and of 6to4 (RFC 3056).
fn inside(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let bytes = address.octets();
    let byte = |place: usize| bytes.get(place).copied().unwrap_or_default();
    let at = |places: [usize; 4]| Ipv4Addr::from(places.map(byte));
    let last = at([12, 13, 14, 15]);
    match address.segments() {
        [0x64, 0xff9b, 1, ..] => {
            // Nobody but the translator knows the length of its prefix: each is looked at, but for one
            // by which there is none, since what follows an address is zero.
            let each = [at([6, 7, 9, 10]), at([7, 9, 10, 11]), at([9, 10, 11, 12]), last];
            each.into_iter().filter(|found| !found.is_unspecified()).collect()
        }
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0, 0xffff, ..] => vec![last],
        // Neither none (::) nor this machine (::1).
        [0, 0, 0, 0, 0, 0, ..] if u32::from(last) > 1 => vec![last],
        [0x2002, ..] => vec![at([2, 3, 4, 5])],
        _ => Vec::new(),
    }
}

/// Names are looked up by the system; a host that leads to a forbidden address leads nowhere. The
/// connection goes to the address that was looked at.
#[derive(Debug)]
pub(super) struct CheckedResolver;

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| is_forbidden(address.ip())) {
                return Err(Forbidden.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_where_machines_keep_their_secrets() {
        for address in [
            "169.254.169.254",
            "169.254.0.1",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "fe80::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::",
            "ff02::1",
        ] {
            assert!(is_forbidden(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "100.100.100.201",
            "192.0.0.191",
            "203.0.113.9",
            "::1",
            "fd00::1",
            "fd20:ce::255",
            "2001:db8::a9fe:a9fe",
            "2606:4700::1111",
        ] {
            assert!(!is_forbidden(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_address_within_an_address_is_judged() {
        let within = |[a, b, c, d]: [u8; 4]| {
            [
                format!("::ffff:{a}.{b}.{c}.{d}"),
                format!("::{a}.{b}.{c}.{d}"),
                format!("64:ff9b::{a}.{b}.{c}.{d}"),
                format!("64:ff9b:1::{a}.{b}.{c}.{d}"),
                format!("64:ff9b:1:{a:x}{b:02x}:{c:x}:{d:02x}00::"),
                format!("64:ff9b:1:{a:x}:{b:x}:{c:02x}{d:02x}::"),
                format!("64:ff9b:1:0:{a:x}:{b:02x}{c:02x}:{d:02x}00:0"),
                format!("2002:{a:x}{b:02x}:{c:x}{d:02x}::1"),
            ]
        };
        for (address, forbidden) in [
            ([169, 254, 169, 254], true),
            ([168, 63, 129, 16], true),
            ([100, 100, 100, 200], true),
            ([192, 0, 0, 192], true),
            ([224, 0, 0, 1], true),
            ([203, 0, 113, 9], false),
            ([10, 0, 0, 1], false),
        ] {
            for text in within(address) {
                assert_eq!(is_forbidden(text.parse().unwrap()), forbidden, "{text}");
            }
        }
    }
}
