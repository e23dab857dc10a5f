//! Names of hosts among texts.

use url::Host;

/// Whether this is the name of a host with a dot in it, or beyond the letters of ASCII its equal.
pub(super) fn is_name(text: &str) -> bool {
    let name = Host::parse(text).ok().filter(|_| !text.contains(['*', '%', '+']));
    name.is_some_and(|host| match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            name.contains('.') && name.split('.').all(|label| !label.is_empty())
        }
        Host::Ipv4(_) | Host::Ipv6(_) => false,
    })
}
