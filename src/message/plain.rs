//! Content as plain text: dead wherever it is pasted, and read well in any font of one width.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::content::{Block, Content, Envelope, Fact, Share, Table, Tone, UrlDisplay, Value};
use crate::text::defang;
use crate::text::number::grouped;

/// Columns that a bar takes.
const BAR_WIDTH: usize = 40;
/// The longest value that is shown, in columns of text: what follows says nothing to people.
const LONGEST_VALUE: usize = 120;

/// A value as people are shown it: nothing in it can be followed.
pub fn shown(value: &Value, urls: UrlDisplay) -> String {
    match value {
        Value::Words(words) => words.clone(),
        Value::Number(number) => grouped(*number),
        Value::Url(url) if url.is_empty() => "(empty)".to_owned(),
        Value::Url(url) => match urls {
            UrlDisplay::Cut => defang::without_tokens(url, LONGEST_VALUE),
            UrlDisplay::Full => defang::defang(url),
        },
        Value::Data(text) => defang::text_within(text, LONGEST_VALUE),
    }
}

/// The parts of a line as one text.
pub fn line(parts: &[Value], urls: UrlDisplay) -> String {
    parts.iter().map(|part| shown(part, urls)).collect()
}

/// What stands before a line that must not be missed, in words.
pub const fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Good | Tone::Plain => "",
        Tone::Warning => "Note: ",
        Tone::Bad => "Attention: ",
    }
}

/// What follows a table of which `left_out` rows are not shown.
pub fn more(left_out: u64, table: &Table) -> Option<String> {
    let (all, noun) = (table.rows.len() as u64 + table.left_out, &table.noun);
    let lister = table.lister.as_ref().map(|command| format!(": {command}")).unwrap_or_default();
    match left_out {
        _ if all == 0 => Some(format!("No {noun}")),
        0 => None,
        left_out if left_out == all => {
            Some(format!("{} {noun}, not shown here{lister}", grouped(all)))
        }
        left_out => Some(format!("… and {} more {noun}{lister}", grouped(left_out))),
    }
}

/// A row where there is no table: what it is about, and what there is to say of it. Counts of
/// nothing say nothing.
pub fn listed(table: &Table, row: &[Value], urls: UrlDisplay) -> (String, String) {
    let about = row.first().map(|value| shown(value, urls)).unwrap_or_default();
    let named = table.columns.iter().zip(row).skip(1);
    let told = named.filter(|(_, value)| **value != Value::Number(0));
    let told = told.map(|(name, value)| format!("{name} {}", shown(value, urls)));
    (about, told.collect::<Vec<_>>().join(" · "))
}

/// A fact with its change, as one text.
pub fn fact(fact: &Fact) -> String {
    let change = fact.change.as_ref().map(|change| format!(" ({change})")).unwrap_or_default();
    format!("{}{change}", grouped(fact.value))
}

/// The whole message.
pub fn text(content: &Content, envelope: &Envelope) -> String {
    let mut text = format!("{}\n", content.title);
    for block in &content.blocks {
        text.push('\n');
        add(&mut text, block, envelope);
    }
    // Writing to a String cannot fail, here and below.
    let _ = write!(text, "\n-- \nclickwarden, message {}\n", envelope.shown_id());
    text
}

fn add(text: &mut String, block: &Block, envelope: &Envelope) {
    match block {
        Block::Heading(heading) => {
            let _ = writeln!(text, "{heading}\n{}", "-".repeat(heading.width()));
        }
        Block::Line { tone, parts } => {
            let _ = writeln!(text, "{}{}", mark(*tone), line(parts, envelope.urls));
        }
        Block::Facts(facts) => {
            let width = facts.iter().map(|fact| fact.label.width()).max().unwrap_or(0);
            for each in facts {
                let _ = writeln!(text, "{:<width$}  {}", each.label, fact(each));
            }
        }
        Block::Bar(shares) => bar(text, shares),
        Block::Table(shown) => table(text, shown, envelope),
        Block::Code(code) => {
            for line in code.lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
        Block::Links(links) => {
            for link in links {
                let _ = writeln!(text, "{}: {}", link.label, link.address);
            }
        }
    }
}

fn bar(text: &mut String, shares: &[Share]) {
    let width = shares.iter().map(|share| share.label.width()).max().unwrap_or(0);
    for (share, filled) in shares.iter().zip(parts_of(shares, BAR_WIDTH)) {
        let (label, count) = (&share.label, grouped(share.count));
        let _ = writeln!(text, "{label:<width$}  {count:>9}  {}", "#".repeat(filled));
    }
}

/// How many of `units` each share takes: by its count, and one at least where there is any.
pub fn parts_of(shares: &[Share], units: usize) -> Vec<usize> {
    let total: u64 = shares.iter().map(|share| share.count).sum();
    let part = |share: &Share| match (share.count, total) {
        (0, _) | (_, 0) => 0,
        (count, total) => {
            let exact = u128::from(count) * units as u128 / u128::from(total);
            usize::try_from(exact).unwrap_or(units).max(1)
        }
    };
    shares.iter().map(part).collect()
}

/// A table with the numbers in front, so that a long URL breaks no column.
fn table(text: &mut String, table: &Table, envelope: &Envelope) {
    let (rows, left_out) = table.shown(envelope.rows);
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| shown(cell, envelope.urls)).collect())
        .collect();
    let is_long = |place: usize| {
        rows.iter().any(|row| matches!(row.get(place), Some(Value::Url(_) | Value::Data(_))))
    };
    let (mut order, long): (Vec<usize>, Vec<usize>) =
        (0..table.columns.len()).partition(|place| !is_long(*place));
    order.extend(long);
    let all = std::iter::once(&table.columns).chain(&cells);
    let width = |place: usize| {
        all.clone().filter_map(|row| row.get(place)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let is_number = |place: usize| {
        matches!(rows.first().and_then(|row| row.get(place)), Some(Value::Number(_)))
    };
    for row in all.clone() {
        let mut line = String::new();
        for place in &order {
            let cell = row.get(*place).map_or("", String::as_str);
            let pad = " ".repeat(width(*place) - cell.width());
            let (before, after) = if is_number(*place) { (&*pad, "") } else { ("", &*pad) };
            line.extend([before, cell, after, "  "]);
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if let Some(more) = more(left_out, table) {
        let _ = writeln!(text, "{more}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages wait in the outbox while the program is updated.
    #[test]
    fn a_table_of_before_is_read_and_names_no_command() {
        let before = r#"{"columns":["URL"],"rows":[[{"Number":1}]],"left_out":43,"noun":"URLs"}"#;
        let table: Table = serde_json::from_str(before).unwrap();
        assert_eq!(more(43, &table).unwrap(), "… and 43 more URLs");
        assert_eq!(serde_json::to_string(&table).unwrap(), before);
        let table = Table { lister: Some("clickwarden summary".to_owned()), ..table };
        assert_eq!(more(43, &table).unwrap(), "… and 43 more URLs: clickwarden summary");
        assert_eq!(more(44, &table).unwrap(), "44 URLs, not shown here: clickwarden summary");
    }

    #[test]
    fn a_whole_url_is_cut_nowhere() {
        let url = format!("https://u:p@evil.example/{}?t=1#x", "a/".repeat(200));
        let value = Value::Url(url.clone());
        assert_eq!(crate::text::refang::refang(&shown(&value, UrlDisplay::Full)), url);
        let cut = shown(&value, UrlDisplay::Cut);
        assert!(cut.width() <= LONGEST_VALUE && cut.contains('…'), "{cut}");
    }
}
