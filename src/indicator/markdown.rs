//! Documents of Markdown that have a table with a heading that we know, such as our own.

use super::heading::Heading;
use super::list::{IndicatorList, Item, ItemPlace, LeftOut, RefusalReason};
use super::{line, prose, typed};

/// Reads the text if it has such a table; whether it has.
pub(super) fn read(text: &str, list: &mut IndicatorList) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let tables: Vec<usize> =
        lines.windows(2).enumerate().filter_map(|(at, two)| begin(at, two)).collect();
    if tables.is_empty() {
        return false;
    }
    let mut columns: Option<Heading> = None;
    for (at, line) in lines.iter().enumerate() {
        if tables.contains(&at) {
            let names = cells(line);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            columns = Some(Heading::of(&names));
        } else if !line.starts_with('|') {
            columns = None;
            outside(line, at + 1, list);
        } else if let Some(heading) = columns.as_ref().filter(|_| !is_ruler(line)) {
            row(line, at + 1, heading, list);
        } else {
            line::read_line(line, at + 1, list);
        }
    }
    true
}

/// The place of a heading that has what we know, and a ruler below it.
fn begin(at: usize, two: &[&str]) -> Option<usize> {
    let [heading, ruler] = two else { return None };
    let is_table = heading.starts_with('|') && is_ruler(ruler);
    let names = cells(heading);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (is_table && !Heading::of(&names).values.is_empty()).then_some(at)
}

fn is_ruler(line: &str) -> bool {
    line.starts_with('|') && line.chars().all(|c| "|-: ".contains(c))
}

/// What stands around a table says something about it; what is an indicator is one all the same.
fn outside(line: &str, number: usize, list: &mut IndicatorList) {
    if line.starts_with('#') {
        return;
    }
    match prose::items(line) {
        Ok(items) => items.into_iter().for_each(|item| list.add(item)),
        Err(why @ RefusalReason::Cut) if line.contains("://") => {
            list.refuse(ItemPlace::Line(number), line, why);
        }
        Err(_) => {}
    }
}

fn row(line: &str, number: usize, heading: &Heading, list: &mut IndicatorList) {
    let (cells, place) = (cells(line), || ItemPlace::Line(number));
    if heading.is_exceeded(&cells) {
        return list.refuse(place(), line, RefusalReason::MoreCells);
    }
    match heading.chosen(&cells) {
        Err(why) => list.refuse(place(), line, why),
        Ok(values) if values.is_empty() => list.add(Item::LeftOut(LeftOut::Empty)),
        Ok(values) => {
            for (column, cell) in values {
                if cell.contains('…') {
                    list.refuse(place(), line, RefusalReason::Cut);
                } else {
                    typed::add(heading.about(&cells), column, cell, list, place);
                }
            }
        }
    }
}

/// The cells of a row, without what shows them as code.
fn cells(line: &str) -> Vec<String> {
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').unwrap_or(line);
    let cell = |cell: &str| cell.trim().trim_matches('`').trim().replace("\\u{7c}", "|");
    line.split('|').map(cell).collect()
}
