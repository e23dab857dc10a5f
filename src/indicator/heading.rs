//! Names of columns and fields that hold indicators, and those that say of which kind.

/// The names in the order of preference: where there is one of the first kind, those of the others say
/// something about it. In each kind there may be several.
const NAMES: [&[&str]; 3] = [
    &[
        "ioc",
        "iocs",
        "iocvalue",
        "indicator",
        "indicators",
        "indicatorvalue",
        "observable",
        "observablevalue",
        "value",
        "entry",
    ],
    &["url", "urls", "uri", "fullurl", "maliciousurl", "phishingurl", "remoteurl"],
    &[
        "domain",
        "domains",
        "domainname",
        "fqdn",
        "host",
        "hosts",
        "hostname",
        "ip",
        "ips",
        "ipaddress",
        "ipv4",
        "ipv6",
        "dstip",
        "destip",
        "destinationip",
        "remoteip",
        "email",
        "emailaddress",
    ],
];

/// Names of what says of which kind a value is.
const KINDS: [&str; 6] =
    ["type", "ioctype", "indicatortype", "observabletype", "attributetype", "valuetype"];

/// The places of those names that hold indicators, the best kind only.
pub(super) fn values(names: &[&str]) -> Vec<usize> {
    let of = |kind: &[&str]| {
        let is_one = |(_, name): &(usize, &str)| kind.contains(&plain(name).as_str());
        names
            .iter()
            .copied()
            .enumerate()
            .filter(is_one)
            .map(|(place, _)| place)
            .collect::<Vec<usize>>()
    };
    NAMES.iter().map(|kind| of(kind)).find(|places| !places.is_empty()).unwrap_or_default()
}

/// Whether a name is one of something that holds indicators.
pub(super) fn is_value(name: &str) -> bool {
    !values(&[name]).is_empty()
}

/// The place of the name that says of which kind a value is.
pub(super) fn kind(names: &[&str]) -> Option<usize> {
    names.iter().position(|name| KINDS.contains(&plain(name).as_str()))
}

/// `ioc_value` and `"IOC Value"` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
