//! Entries of Microsoft's Tenant Allow/Block List.

use super::list::{Indicator, RefusalReason};
use super::names::is_name;
use crate::click::pattern::{Area, HostScope, host, host_name};

/// An entry of the Tenant Allow/Block List that has a tilde or a star; `None` if it is none. Where
/// Microsoft means the name alone (`~example.com`), pages of it are looked for, too.
pub(super) fn entry(text: &str) -> Option<Result<Indicator, RefusalReason>> {
    if let Some(begin) = text.strip_suffix('*').filter(|begin| begin.contains("://")) {
        let (_, rest) = begin.split_once("://")?;
        let is_host = host_name(begin).is_some() && rest.contains('/') && !rest.contains('*');
        return is_host.then(|| area(rest, HostScope::Itself).ok_or(RefusalReason::Star));
    }
    if text.contains("://") || !text.contains(['~', '*']) {
        return None;
    }
    let bare = text.strip_prefix('~').map(|rest| rest.strip_suffix('~').unwrap_or(rest));
    if let Some(name) = bare {
        let host = host(name).filter(|_| is_name(name));
        return host.map(|host| Ok(Indicator::Host(host)));
    }
    // A star in a path that is no list's is part of the URL.
    let (before, path) = text.split_once('/').unwrap_or((text, ""));
    match (before.strip_prefix("*."), path.strip_suffix('*')) {
        (None, None) if !before.contains('*') => None,
        (Some(name), None) if path.is_empty() && is_name(name) => None,
        (_, Some(path)) if path.contains('*') || !(path.is_empty() || path.ends_with('/')) => {
            Some(Err(RefusalReason::Star))
        }
        (Some(name), Some("")) if !name.contains('.') => {
            Some(host(name).map(Indicator::Host).ok_or(RefusalReason::Star))
        }
        (Some(name), Some(path)) => {
            Some(area(&format!("{name}/{path}"), HostScope::Below).ok_or(RefusalReason::Star))
        }
        (None, Some(path)) => {
            Some(area(&format!("{before}/{path}"), HostScope::Itself).ok_or(RefusalReason::Star))
        }
        _ => Some(Err(RefusalReason::Star)),
    }
}

/// All URLs that begin with what stands before a star at the end; `None` if nothing does.
pub(super) fn begun(text: &str) -> Option<Indicator> {
    let begin = text.strip_suffix('*').filter(|begin| !begin.contains('*'))?;
    let (name, _) = begin.split_once('/')?;
    area(begin, HostScope::Itself).filter(|_| is_name(name))
}

/// All URLs that begin so: a host, a slash, and perhaps more.
pub(super) fn area(text: &str, scope: HostScope) -> Option<Indicator> {
    let (_, path) = text.split_once('/')?;
    let host = host_name(&format!("http://{text}"))?;
    Some(Indicator::Area(Area { host, scope, path: format!("/{path}") }))
}
