//! What a case was asked by, as the flags of the command line call it.

use serde_json::{Map, Value, json};

use crate::click::pattern::UserSet;
use crate::click::selection::{Ending, Indicators, Selection};

/// The lists that are not empty.
pub(crate) fn query(selection: &Selection) -> Value {
    let Selection { urls, hosts, users, networks, messages, reports, .. } = selection;
    let Selection { actions, threats, workloads, in_chain, ending, alert, indicators, .. } =
        selection;
    let lists = [
        ("url", urls.texts()),
        ("host", hosts.texts()),
        ("user", names(users)),
        ("ip", networks.texts()),
        ("message", messages.texts()),
        ("report_id", reports.texts()),
        ("action", actions.0.clone()),
        ("threat", threats.0.clone()),
        ("workload", workloads.0.clone()),
        ("in_chain", in_chain.0.clone()),
    ];
    let mut query = object(lists);
    if *ending == Ending::ClickedThrough {
        query.insert("clicked_through".to_owned(), true.into());
    }
    if let Some(alert) = alert {
        query.insert("alert".to_owned(), alert.id.into());
    }
    if let Some(indicators) = indicators {
        query.insert("ioc".to_owned(), any_of(indicators));
    }
    Value::Object(query)
}

fn any_of(indicators: &Indicators) -> Value {
    let Indicators { urls, hosts, users, networks, ids } = indicators;
    Value::Object(object([
        ("urls", urls.texts()),
        ("hosts", hosts.texts()),
        ("users", names(users)),
        ("networks", networks.texts()),
        ("ids", ids.texts()),
    ]))
}

fn names(users: &UserSet) -> Vec<String> {
    users.names().map(str::to_owned).collect()
}

fn object<const N: usize>(lists: [(&str, Vec<String>); N]) -> Map<String, Value> {
    let lists = lists.into_iter().filter(|(_, texts)| !texts.is_empty());
    lists.map(|(name, texts)| (name.to_owned(), json!(texts))).collect()
}
