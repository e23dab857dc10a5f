//! The question for a selection of clicks, to be pasted into the portal's advanced hunting: not a text that
//! collection sends.

use std::fmt::Write as _;

use crate::click::pattern::{
    Area, HostScope, HostSet, MessageIdSet, NetworkSet, UrlSet, UserSet, Words,
};
use crate::click::selection::{Ending, Indicators, Selection};
use crate::clock::Span;
use crate::text::escape::is_visible;

use super::query::fetch;

/// The host of a URL, which Defender shows without its scheme in some rows.
const URL_HOST: &str = r#"| extend UrlHost = tolower(tostring(parse_url(iff(Url matches regex "^[A-Za-z][A-Za-z0-9+.-]*://", Url, strcat("http://", Url))).Host))"#;

/// Asks for the rows of `span` that `selection` means, oldest first, and perhaps for some more:
/// KQL has no words for how we compare items of `ThreatTypes`, and for chains.
pub fn portal_query(span: Span, selection: &Selection) -> String {
    let mut lines = vec![fetch(span).replace(" | ", "\n| ")];
    let indicators = selection.indicators.as_ref();
    let of_alert = selection.alert.as_ref();
    let has_areas =
        !selection.urls.areas().is_empty() || of_alert.is_some_and(|alert| alert.host.is_some());
    if has_areas || !selection.hosts.is_empty() || indicators.is_some_and(Indicators::has_links) {
        lines.push(URL_HOST.to_owned());
    }
    let Selection { urls, hosts, users, networks, messages, reports, .. } = selection;
    let all = [
        of_urls(urls),
        of_hosts(hosts),
        of_users(users),
        of_networks("IPAddress", networks),
        of_ids("NetworkMessageId", messages),
        of_ids("ReportId", reports),
        of_words("ActionType has_any", &selection.actions),
        of_words("ThreatTypes has_any", &selection.threats),
        of_words("Workload in~", &selection.workloads),
        of_chain(&selection.in_chain),
        of_ending(selection.ending),
        of_alert.and_then(|alert| alert.url.as_deref()).map(of_url).unwrap_or_default(),
        of_alert.and_then(|alert| alert.host.as_deref()).map(of_host).unwrap_or_default(),
        of_alert.and_then(|alert| alert.user.as_deref()).map(of_user).unwrap_or_default(),
        indicators.map(of_indicators).unwrap_or_default(),
    ];
    for conditions in all.iter().filter(|conditions| !conditions.is_empty()) {
        lines.push(format!("| where {}", conditions.join(" or ")));
    }
    lines.push("| order by Timestamp asc\n".to_owned());
    lines.join("\n")
}

/// Conditions, one of which must hold; none if nothing is asked for.
type Conditions = Vec<String>;

fn of_indicators(any: &Indicators) -> Conditions {
    [
        of_urls(&any.urls),
        of_hosts(&any.hosts),
        of_users(&any.users),
        of_networks("IPAddress", &any.networks),
        of_networks("UrlHost", &any.networks),
        in_chain(any),
        of_ids("NetworkMessageId", &any.ids),
        of_ids("ReportId", &any.ids),
    ]
    .concat()
}

/// A chain is JSON, in which a slash may stand behind a backslash. Of a network it cannot be asked.
fn in_chain(any: &Indicators) -> Conditions {
    let addresses = any.networks.texts().into_iter().filter(|text| !text.contains('/'));
    let urls = any.urls.forms().into_iter().map(str::to_owned);
    let texts = urls.chain(any.hosts.texts()).chain(addresses);
    let chain = r#"replace_string(UrlChain, "\\/", "/")"#;
    texts.map(|text| format!("{chain} contains {}", literal(&text))).collect()
}

/// Without case: of scheme and host it makes no difference, and of the rest KQL asks for some more.
fn of_urls(urls: &UrlSet) -> Conditions {
    let forms: Vec<String> = urls.forms().into_iter().map(str::to_owned).collect();
    let exact = (!forms.is_empty()).then(|| format!("Url in~ {}", list(&forms)));
    let begins = urls.beginnings().map(|text| format!("Url startswith {}", literal(text)));
    exact.into_iter().chain(begins).chain(urls.areas().iter().map(of_area)).collect()
}

fn of_area(area: &Area) -> String {
    let itself = format!("UrlHost == {}", literal(&area.host));
    let below = format!("UrlHost endswith {}", literal(&format!(".{}", area.host)));
    let hosts = match area.scope {
        HostScope::Itself => itself,
        HostScope::Below => below,
        HostScope::Both => format!("({itself} or {below})"),
    };
    format!("({hosts} and Url contains {})", literal(&area.path))
}

fn of_hosts(hosts: &HostSet) -> Conditions {
    let names = hosts.texts();
    if names.is_empty() {
        return Vec::new();
    }
    let below =
        names.iter().map(|name| format!("UrlHost endswith {}", literal(&format!(".{name}"))));
    [format!("UrlHost in {}", list(&names))].into_iter().chain(below).collect()
}

fn of_users(users: &UserSet) -> Conditions {
    let names: Vec<String> = users.names().map(str::to_owned).collect();
    if names.is_empty() { Vec::new() } else { vec![format!("AccountUpn in~ {}", list(&names))] }
}

fn of_ending(ending: Ending) -> Conditions {
    match ending {
        Ending::Any => Vec::new(),
        Ending::ClickedThrough => vec!["IsClickedThrough == true".to_owned()],
    }
}

/// What an alert is about, which is compared exactly.
fn of_url(url: &str) -> Conditions {
    vec![format!("Url == {}", literal(url))]
}

fn of_host(host: &str) -> Conditions {
    vec![format!("UrlHost == {}", literal(host))]
}

fn of_user(user: &str) -> Conditions {
    vec![format!("AccountUpn =~ {}", literal(user))]
}

fn of_networks(column: &str, networks: &NetworkSet) -> Conditions {
    let condition = |text: &String| {
        let (version, text) = (if text.contains(':') { 6 } else { 4 }, literal(text));
        if text.contains('/') {
            format!("ipv{version}_is_in_range({column}, {text})")
        } else {
            format!("{column} =~ {text}")
        }
    };
    networks.texts().iter().map(condition).collect()
}

fn of_ids(column: &str, ids: &MessageIdSet) -> Conditions {
    let texts = ids.texts();
    if texts.is_empty() { Vec::new() } else { vec![format!("{column} in~ {}", list(&texts))] }
}

fn of_words(operator: &str, words: &Words) -> Conditions {
    if words.is_empty() { Vec::new() } else { vec![format!("{operator} {}", list(&words.0))] }
}

fn of_chain(words: &Words) -> Conditions {
    words.0.iter().map(|word| format!("UrlChain contains {}", literal(word))).collect()
}

fn list(texts: &[String]) -> String {
    let literals: Vec<String> = texts.iter().map(|text| literal(text)).collect();
    format!("({})", literals.join(", "))
}

/// `text` as a literal, on one line and with nothing that does not show (Kusto, "The string data
/// type": a backslash begins an escape, `\uXXXX` is a UTF-16 unit).
pub fn literal(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_visible(c) => quoted.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::click::of_alert::OfAlert;
    use crate::clock::Tick;

    #[test]
    fn nothing_ends_a_literal_but_its_end() {
        for (text, quoted) in [
            ("https://a.example/", r#""https://a.example/""#),
            ("a\" or true //", r#""a\" or true //""#),
            ("a\\", r#""a\\""#),
            ("a\nb\u{202e}\u{1f600}", "\"a\\u000ab\\u202e😀\""),
            ("\u{e0001}", r#""\udb40\udc01""#),
        ] {
            assert_eq!(literal(text), quoted);
        }
    }

    #[test]
    fn it_asks_for_all_that_was_asked_for() {
        let from = Tick::from_unix_seconds(1_784_498_400);
        let mut selection = Selection::default();
        selection.urls.add("https://a.example/?q=\"x\"");
        selection.hosts.add("b.example").unwrap();
        selection.users.add("Bob@contoso.example");
        selection.networks.add("192.0.2.7").unwrap();
        selection.networks.add("2001:db8::/32").unwrap();
        selection.messages.add("M");
        selection.in_chain.0.push("kit".to_owned());
        selection.ending = Ending::ClickedThrough;
        let (url, host, user) = (
            Some("https://b.example".into()),
            Some("b.example".into()),
            Some("ann@contoso.example".into()),
        );
        selection.alert = Some(OfAlert { id: 7, url, host, user });
        insta::assert_snapshot!(portal_query(Span::new(from, from.plus(1)), &selection), @r#"
        UrlClickEvents
        | where Timestamp >= datetime(2026-07-19T22:00:00Z) and Timestamp < datetime(2026-07-19T22:00:00.0000001Z)
        | extend UrlHost = tolower(tostring(parse_url(iff(Url matches regex "^[A-Za-z][A-Za-z0-9+.-]*://", Url, strcat("http://", Url))).Host))
        | where Url in~ ("https://a.example/?q=\"x\"")
        | where UrlHost in ("b.example") or UrlHost endswith ".b.example"
        | where AccountUpn in~ ("bob@contoso.example")
        | where IPAddress =~ "192.0.2.7" or ipv6_is_in_range(IPAddress, "2001:db8::/32")
        | where NetworkMessageId in~ ("m")
        | where UrlChain contains "kit"
        | where IsClickedThrough == true
        | where Url == "https://b.example"
        | where UrlHost == "b.example"
        | where AccountUpn =~ "ann@contoso.example"
        | order by Timestamp asc
        "#);
    }
}
