//! Tables with a heading: CSV as feeds, platforms and we write it.

use super::heading::Heading;
use super::list::{IndicatorList, Item, ItemPlace, LeftOut, RefusalReason};
use super::typed;

/// What separates cells.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// In how many lines a heading is looked for. Banners are shorter.
const MOST_HEADING_LINES: usize = 60;

/// What a table's heading says.
struct CsvColumns {
    delimiter: char,
    heading: Heading,
}

/// One row: its cells, or why there are none.
type Row = Result<Vec<String>, RefusalReason>;

/// Reads the text if it is a table with a heading that we know; whether it is.
pub(super) fn read(text: &str, list: &mut IndicatorList) -> bool {
    let Some((lines, columns)) = columns(text) else { return false };
    let start = text.split_inclusive('\n').take(lines).map(str::len).sum();
    let mut rest = text.get(start..).unwrap_or_default();
    let mut number = lines + 1;
    while !rest.is_empty() {
        let (row, len) = row(rest, columns.delimiter);
        let taken = rest.get(..len).unwrap_or(rest);
        if !is_silent(taken) {
            add(&row, &columns, (taken, number), list);
        }
        number += taken.matches('\n').count();
        rest = rest.get(len..).unwrap_or_default();
    }
    true
}

/// Comments and empty lines.
fn is_silent(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn add(row: &Row, columns: &CsvColumns, (text, number): (&str, usize), list: &mut IndicatorList) {
    let place = || ItemPlace::Line(number);
    let cells = match row {
        Ok(cells) => cells,
        Err(why) => return list.refuse(place(), text, *why),
    };
    let heading = &columns.heading;
    // Something was taken apart that is one, such as a URL with a comma.
    if heading.is_exceeded(cells) {
        return list.refuse(place(), text, RefusalReason::MoreCells);
    }
    match heading.chosen(cells) {
        Err(why) => list.refuse(place(), text, why),
        Ok(values) if values.is_empty() => list.add(Item::LeftOut(LeftOut::Empty)),
        Ok(values) => {
            for (column, value) in values {
                typed::add(heading.about(cells), column, unguarded(value), list, place);
            }
        }
    }
}

/// A cell as it was before it was made harmless to spreadsheets, by an apostrophe.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(cell)
}

/// How many lines the heading and what is before it take, and the columns. A heading may stand behind
/// a `#`, as the last line of a banner.
fn columns(text: &str) -> Option<(usize, CsvColumns)> {
    let mut found = None;
    for (number, line) in (1..).zip(text.lines()).take(MOST_HEADING_LINES) {
        let bare = line.trim();
        let comment = bare.strip_prefix('#').map(str::trim);
        if let Some(columns) = DELIMITERS.iter().find_map(|it| named(comment.unwrap_or(bare), *it))
        {
            found = Some((number, columns));
        }
        if comment.is_none() && !bare.is_empty() {
            break;
        }
    }
    found
}

fn named(line: &str, delimiter: char) -> Option<CsvColumns> {
    let cells = row(line, delimiter).0.ok()?;
    let names: Vec<&str> = cells.iter().map(String::as_str).collect();
    let heading = Heading::of(&names);
    let is_heading = !heading.values.is_empty() && (cells.len() > 1 || delimiter == ',');
    is_heading.then_some(CsvColumns { delimiter, heading })
}

/// The cells of the first row of `text`, and how many bytes it takes. Unlike RFC 4180 blanks may stand
/// before quotes, as in the feeds of abuse.ch. A quote that is not closed spoils its line alone.
fn row(text: &str, delimiter: char) -> (Row, usize) {
    let line_end = text.find('\n').map_or(text.len(), |end| end + 1);
    let (mut cells, mut at) = (Vec::new(), 0);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start_matches(' ').len();
        let begin = rest.get(blank..).unwrap_or_default();
        let (cell, len) = match begin.strip_prefix('"') {
            Some(quoted) => match closed(quoted) {
                Some((cell, len)) => (cell, blank + 1 + len),
                None => return (Err(RefusalReason::Quote), line_end),
            },
            None => (String::new(), 0),
        };
        let after = rest.get(len..).unwrap_or_default();
        let end = after.find([delimiter, '\n']).unwrap_or(after.len());
        let plain = after.get(..end).unwrap_or_default().trim();
        cells.push(if cell.is_empty() { plain.to_owned() } else { cell });
        at += len + end + 1;
        if after.get(end..).is_none_or(|rest| !rest.starts_with(delimiter)) {
            return (Ok(cells), at.min(text.len()));
        }
    }
}

/// The text of a quoted cell, and the length with its closing quote.
fn closed(text: &str) -> Option<(String, usize)> {
    let mut at = 0;
    loop {
        at += text.get(at..)?.find('"')? + 1;
        if !text.get(at..)?.starts_with('"') {
            return Some((text.get(..at - 1)?.replace("\"\"", "\""), at));
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<String> {
        row(text, ',').0.unwrap()
    }

    #[test]
    fn cells_are_those_of_the_feeds() {
        assert_eq!(cells("a, \"b,\"\"c\" ,\"\",d\r\ne"), ["a", "b,\"c", "", "d"]);
        assert_eq!(row("\"a\nb\",c\nd", ','), (Ok(vec!["a\nb".to_owned(), "c".to_owned()]), 8));
        assert_eq!(row("\"a\nb,c\n", ','), (Err(RefusalReason::Quote), 3));
        assert_eq!(cells(""), [""]);
        assert_eq!(cells("a,"), ["a", ""]);
    }
}
