//! `UrlClickEvents` as a table in memory, and clicks as its rows.

use serde_json::Value as Json;

use crate::click::{Click, IS_CLICKED_THROUGH, Text};
use crate::clock::Span;

use super::query::TABLE;
use super::table::{Column, RowId, Table};
use super::value::{Kind, Value};

/// The columns after `Timestamp`, in the order of Defender's table reference.
const COLUMNS: [&str; 14] = [
    "Url",
    "ActionType",
    "AccountUpn",
    "Workload",
    "NetworkMessageId",
    "ThreatTypes",
    "DetectionMethods",
    "IPAddress",
    IS_CLICKED_THROUGH,
    "UrlChain",
    "ReportId",
    "AppName",
    "AppVersion",
    "SourceId",
];

/// An empty `UrlClickEvents` that shows its rows while they are younger than `kept_for` ticks.
pub fn click_table(kept_for: i64) -> Table {
    let kind = |name| if name == IS_CLICKED_THROUGH { Kind::Bool } else { Kind::Text };
    Table::new(TABLE, COLUMNS.map(|name| Column::new(name, kind(name))), kept_for)
}

/// Adds a click that is shown in `shown`. Its extra columns go where the table has a column of
/// that name; others are left out.
pub fn add_click(table: &mut Table, click: &Click<'_>, shown: Span) -> RowId {
    let extra: serde_json::Map<String, Json> =
        serde_json::from_str(click.extra).unwrap_or_default();
    let others: Vec<_> = table.columns().iter().skip(1 + COLUMNS.len()).collect();
    let raw: Vec<_> = others.iter().map(|c| extra.get(&c.name).map(Json::to_string)).collect();
    let mut cells: Vec<Value<'_>> = COLUMNS.iter().map(|name| cell(click, name)).collect();
    for (column, raw) in others.iter().zip(&raw) {
        let json = extra.get(&column.name);
        cells.push(match (column.kind, json) {
            (Kind::Text, Some(Json::String(text))) => Value::Text(text),
            (Kind::Bool, Some(Json::Bool(bool))) => Value::Bool(*bool),
            (Kind::Long, Some(Json::Number(n))) => n.as_i64().map_or(Value::Null, Value::Long),
            (Kind::Real | Kind::Dynamic, Some(_)) => {
                raw.as_deref().map_or(Value::Null, Value::Json)
            }
            (Kind::Time, Some(Json::String(text))) => {
                crate::clock::Tick::parse(text).map_or(Value::Null, Value::Time)
            }
            _ => Value::Null,
        });
    }
    table.add(click.timestamp, shown, &cells)
}

fn cell<'a>(click: &Click<'a>, name: &str) -> Value<'a> {
    match Text::ALL.into_iter().find(|text| text.name() == name) {
        Some(text) => Value::Text(click.text(text)),
        None => click.is_clicked_through.map_or(Value::Null, Value::Bool),
    }
}
