//! Documents of Markdown that have a table with a heading that we know, such as our own.

use super::{List, Place, Why, heading, line, prose, typed};

/// Reads the text if it has such a table; whether it has.
pub(super) fn read(text: &str, list: &mut List) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let tables: Vec<usize> =
        lines.windows(2).enumerate().filter_map(|(at, two)| begin(at, two)).collect();
    if tables.is_empty() {
        return false;
    }
    let mut columns: Option<(Vec<usize>, Option<usize>)> = None;
    for (at, line) in lines.iter().enumerate() {
        if tables.contains(&at) {
            let names = cells(line);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            columns = Some((heading::values(&names), heading::kind(&names)));
        } else if !line.starts_with('|') {
            columns = None;
            outside(line, at + 1, list);
        } else if let Some((values, kind)) = columns.as_ref().filter(|_| !is_ruler(line)) {
            row(line, at + 1, (values, *kind), list);
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
    (is_table && !heading::values(&names).is_empty()).then_some(at)
}

fn is_ruler(line: &str) -> bool {
    line.starts_with('|') && line.chars().all(|c| "|-: ".contains(c))
}

/// What stands around a table says something about it; what is an indicator is one all the same.
fn outside(line: &str, number: usize, list: &mut List) {
    if line.starts_with('#') {
        return;
    }
    match prose::items(line) {
        Ok(items) => items.into_iter().for_each(|item| list.add(item)),
        Err(why @ Why::Cut) if line.contains("://") => list.refuse(Place::Line(number), line, why),
        Err(_) => {}
    }
}

fn row(line: &str, number: usize, columns: (&[usize], Option<usize>), list: &mut List) {
    let (cells, place) = (cells(line), || Place::Line(number));
    let kind = columns.1.and_then(|at| cells.get(at)).map(String::as_str);
    for at in columns.0 {
        match cells.get(*at) {
            Some(cell) if cell.contains('…') => list.refuse(place(), line, Why::Cut),
            Some(cell) => typed::add(kind, cell, list, place),
            None => list.refuse(place(), line, Why::Cells),
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
