//! JSON: a document, one object a line, or a line in a list. Of MISP, STIX, feeds, Defender and us.

use serde_json::{Map, Value};

use super::heading::{Column, Heading, RowContext};
use super::list::{IndicatorList, Item, ItemPlace, LeftOut, RefusalReason};
use super::value::value as one;
use super::{heading, prose, stix, typed};

/// Reads the text if it is JSON; whether it is.
pub(super) fn read(text: &str, list: &mut IndicatorList) -> bool {
    let begin = text.trim_start();
    if !begin.starts_with(['{', '[']) {
        return false;
    }
    if let Ok(document) = serde_json::from_str::<Value>(begin) {
        read_document(&document, list);
        return true;
    }
    let mut lines = begin.lines().filter(|line| !line.trim().is_empty());
    let are_lines = begin.starts_with('{') && lines.all(|line| line.trim_start().starts_with('{'));
    if are_lines {
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            read_line(line.trim(), number, list);
        }
    } else if is_begun(begin) {
        list.refuse(ItemPlace::Line(1), begin, RefusalReason::Json);
    }
    are_lines || is_begun(begin)
}

/// Whether this is the beginning of JSON, and not of a list with brackets.
fn is_begun(text: &str) -> bool {
    let inside = text.trim_start_matches(['{', '[']).trim_start();
    inside.starts_with('"')
        && (text.starts_with('{') || text.contains("\n\"") || !text.contains('\n'))
}

/// Whether a line is a whole object.
pub(super) fn is_object(line: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(line).is_ok()
}

/// Reads one line of JSON Lines.
pub(super) fn read_line(line: &str, number: usize, list: &mut IndicatorList) {
    let place = || ItemPlace::Line(number);
    match serde_json::from_str::<Value>(line) {
        Err(_) => list.refuse(place(), line, RefusalReason::Json),
        Ok(value) => {
            let mut own = IndicatorList::default();
            JsonWalk { list: &mut own, line: Some(number) }.any(&value, "");
            if own == IndicatorList::default() {
                list.refuse(place(), line, RefusalReason::Fields);
            }
            list.append(own);
        }
    }
}

fn read_document(document: &Value, list: &mut IndicatorList) {
    let mut walk = JsonWalk { list, line: None };
    match document {
        // Each item of a plain list is an indicator, or has one.
        Value::Array(items) => walk.each(items, "", Missing::RefusedItem),
        other => walk.any(other, ""),
    }
}

/// What becomes of an item of a list in which there is nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    RefusedItem,
    Passed,
}

/// A walk through a document, to what it holds.
struct JsonWalk<'l> {
    list: &'l mut IndicatorList,
    /// The line, where the document is but one.
    line: Option<usize>,
}

impl JsonWalk<'_> {
    fn place(&self, path: &str) -> ItemPlace {
        self.line.map_or_else(|| ItemPlace::At(path.to_owned()), ItemPlace::Line)
    }

    fn any(&mut self, value: &Value, path: &str) {
        match value {
            Value::Object(object) => self.object(object, path),
            Value::Array(items) => self.each(items, path, Missing::Passed),
            Value::String(text) => self.text(text, path),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn each(&mut self, items: &[Value], path: &str, missing: Missing) {
        for (place, item) in items.iter().enumerate() {
            let (path, before) = (format!("{path}[{place}]"), self.list.len());
            self.any(item, &path);
            if missing == Missing::RefusedItem && self.list.len() == before {
                let place = self.place(&path);
                self.list.refuse(place, &item.to_string(), RefusalReason::Fields);
            }
        }
    }

    /// A text that stands in a list by itself.
    fn text(&mut self, text: &str, path: &str) {
        let place = self.place(path);
        match one(text) {
            Ok(item) => self.list.add(item),
            Err(_) => match prose::items(text) {
                Ok(items) => items.into_iter().for_each(|item| self.list.add(item)),
                Err(why) => self.list.refuse(place, text, why),
            },
        }
    }

    /// An object of STIX, one with a field that we know, or one that has such objects within.
    fn object(&mut self, object: &Map<String, Value>, path: &str) {
        if let Some(pattern) = object.get("pattern").and_then(Value::as_str) {
            let language = object.get("pattern_type").and_then(Value::as_str).unwrap_or("stix");
            return self.pattern(language, pattern, path);
        }
        let has_values = self.values(object, path);
        for (name, value) in object {
            let below = below(path, name);
            match value {
                Value::Object(hashes) if name == "hashes" => {
                    hashes.iter().for_each(|_| self.list.add(Item::LeftOut(LeftOut::Hash)));
                }
                Value::Array(items) if heading::is_value(name) => {
                    self.each(items, &below, Missing::RefusedItem);
                }
                // What a thing that was read is beside, or has about it, is not looked for.
                _ if has_values => {}
                // What MISP knows of somebody, such as a threat actor, is no indicator.
                Value::Array(items) if name == "Galaxy" || name == "GalaxyCluster" => {
                    for _ in items {
                        self.list.add(Item::LeftOut(LeftOut::Other));
                    }
                }
                Value::Array(items) => self.objects(items, &below),
                Value::Object(_) => self.any(value, &below),
                // A text in a field that we do not know says something else.
                _ => {}
            }
        }
    }

    /// Adds the texts in fields that we know; whether there is something in one.
    fn values(&mut self, object: &Map<String, Value>, path: &str) -> bool {
        let text = |(name, value): (&'_ String, &'_ Value)| {
            Some((name.clone(), value.as_str()?.to_owned()))
        };
        let texts: Vec<(String, String)> = object.iter().filter_map(text).collect();
        let (names, texts): (Vec<String>, Vec<String>) = texts.into_iter().unzip();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let heading = Heading::of(&names);
        // Each name has its text.
        let values = heading.chosen(&texts).unwrap_or_default();
        for (column, text) in &values {
            let name = names.get(column.place).copied().unwrap_or_default();
            let place = self.place(&below(path, name));
            typed::add(heading.about(&texts), *column, text, self.list, || place.clone());
        }
        if values.is_empty() && !heading.values.is_empty() {
            self.list.add(Item::LeftOut(LeftOut::Empty));
        }
        !values.is_empty()
    }

    /// The objects and lists within a list in a field that we do not know. Where some are read, one with
    /// nothing in it is refused.
    fn objects(&mut self, items: &[Value], path: &str) {
        let (before, mut silent) = (self.list.len(), Vec::new());
        for (place, item) in items.iter().enumerate().filter(|(_, item)| !item.is_string()) {
            let (path, before) = (format!("{path}[{place}]"), self.list.len());
            self.any(item, &path);
            if self.list.len() == before && is_flat(item) {
                silent.push((path, item));
            }
        }
        if self.list.len() > before {
            for (path, item) in silent {
                let place = self.place(&path);
                self.list.refuse(place, &item.to_string(), RefusalReason::Fields);
            }
        }
    }

    fn pattern(&mut self, language: &str, pattern: &str, path: &str) {
        if language != "stix" {
            self.list.add(Item::LeftOut(LeftOut::Other));
            return;
        }
        let place = self.place(&format!("{path}.pattern"));
        match stix::comparisons(pattern) {
            None => self.list.refuse(place, pattern, RefusalReason::Pattern),
            Some(found) => {
                let column = Column { place: 0, is_url: false };
                for (kind, text) in found {
                    let about = RowContext { kind: Some(&kind), category: None };
                    typed::add(about, column, &text, self.list, || place.clone());
                }
            }
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether an object has nothing within, and is none of the many kinds that STIX has besides.
fn is_flat(item: &Value) -> bool {
    let Value::Object(object) = item else { return false };
    let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
    !id.contains("--") && !object.values().any(|value| value.is_array() || value.is_object())
}
