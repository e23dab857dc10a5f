//! Settings as values of TOML.

use toml::{Table, Value};

pub(super) fn table<const N: usize>(entries: [(&str, Option<Value>); N]) -> Table {
    let set = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    set.collect()
}

pub(super) fn text(value: &impl ToString) -> Value {
    Value::String(value.to_string())
}

/// A list, unless it is empty.
pub(super) fn list(all: &[impl ToString]) -> Option<Value> {
    (!all.is_empty()).then(|| texts(all))
}

pub(super) fn texts(values: &[impl ToString]) -> Value {
    Value::Array(values.iter().map(text).collect())
}
