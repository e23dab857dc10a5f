//! The blocks that a digest is made of.

use crate::message::{Block, Share, Table, Tone, Value};

use super::figures::DigestPlan;
use super::measure::DigestTotals;

pub(super) fn line(tone: Tone, words: impl Into<String>) -> Block {
    Block::Line { tone, parts: vec![Value::Words(words.into())] }
}

pub(super) fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

/// A table, with a column of tenants where there are several.
pub(super) fn table(
    plan: &DigestPlan<'_>,
    columns: &[&str],
    rows: impl Iterator<Item = (Vec<Value>, String)>,
    (all, noun): (u64, &str),
    lister: Option<String>,
) -> Block {
    let several = plan.report.tenants.len() > 1;
    let mut columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
    columns.extend(several.then(|| "Tenant".to_owned()));
    let rows = rows.map(|(mut row, tenant)| {
        row.extend(several.then_some(Value::Words(tenant)));
        row
    });
    let rows: Vec<_> = rows.collect();
    let left_out = all.saturating_sub(rows.len() as u64);
    Block::Table(Table { columns, rows, left_out, noun: noun.to_owned(), lister })
}

pub(super) fn bar(totals: &DigestTotals) -> Block {
    let share = |label: &str, count, tone| Share { label: label.to_owned(), count, tone };
    let tally = totals.tally;
    Block::Bar(vec![
        share("Blocked", tally.blocked, Tone::Good),
        share("Allowed", tally.allowed, Tone::Plain),
        share("Pending verdict", tally.pending_verdict, Tone::Warning),
        share("Error", tally.error, Tone::Warning),
        share("Clicked through", tally.clicked_through, Tone::Bad),
    ])
}
