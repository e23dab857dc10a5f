//! Fits a message into a channel's limits: fewer rows, and where those are not what makes it big,
//! fewer blocks.

use serde_json::Value as Json;

use crate::message::{Block, Content, Envelope, Tone, Value};

/// The drawing that shows most among those that `fit`: as many rows as there is room for. Without
/// any row and still too big, it is cut after as many blocks as fit, and says so. A title alone must
/// fit.
pub(super) fn drawing<T>(
    content: &Content,
    envelope: &Envelope,
    draw: impl Fn(&Content, &Envelope) -> T,
    fits: impl Fn(&T) -> bool,
) -> T {
    let of = |rows| Envelope { rows, ..envelope.clone() };
    let most = envelope.rows.min(content.rows());
    let drawn = largest(most, |rows| draw(content, &of(rows)), &fits);
    if fits(&drawn) {
        return drawn;
    }
    let blocks = content.blocks.len() as u32;
    largest(blocks, |blocks| draw(&beginning(content, blocks as usize), &of(0)), fits)
}

/// The message cut after so many blocks.
fn beginning(content: &Content, blocks: usize) -> Content {
    let mut kept: Vec<Block> = content.blocks.iter().take(blocks).cloned().collect();
    if kept.len() < content.blocks.len() {
        let words = "The rest has no room here.".to_owned();
        kept.push(Block::Line { tone: Tone::Warning, parts: vec![Value::Words(words)] });
    }
    Content {
        kind: content.kind,
        tenants: content.tenants.clone(),
        title: content.title.clone(),
        preview: content.preview.clone(),
        blocks: kept,
        // What is cut so is for people.
        data: Json::Null,
        attachment: None,
    }
}

/// The drawing of the largest number, `most` or less, that `fits`; that of none if none does.
fn largest<T>(most: u32, draw: impl Fn(u32) -> T, fits: impl Fn(&T) -> bool) -> T {
    let whole = draw(most);
    if fits(&whole) {
        return whole;
    }
    // More never makes it smaller: halve the doubt until one number is left.
    let (mut good, mut bad) = (0, most);
    let mut best = draw(0);
    while good + 1 < bad {
        let middle = good + (bad - good) / 2;
        let drawn = draw(middle);
        if fits(&drawn) {
            (good, best) = (middle, drawn);
        } else {
            bad = middle;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Tick;
    use crate::message::plain;
    use crate::message::{UrlDisplay, sample};

    #[test]
    fn as_many_rows_as_fit() {
        let draw = |rows: u32| "x".repeat(10 + rows as usize * 3);
        for (limit, rows) in [(9, 0), (10, 0), (12, 0), (13, 1), (39, 9), (40, 10), (1_000, 10)] {
            let drawn = largest(10, draw, |drawn| drawn.len() <= limit);
            assert_eq!(drawn.len(), 10 + rows * 3, "{limit}");
        }
    }

    #[test]
    fn what_is_big_without_rows_is_cut_after_a_block() {
        let mut content = sample();
        let line = |n: usize| Block::Line {
            tone: Tone::Plain,
            parts: vec![Value::Words(format!("line {n}"))],
        };
        content.blocks.extend((0..1_000).map(line));
        let envelope = Envelope {
            id: "0".to_owned(),
            written: Tick(0),
            rows: u32::MAX,
            urls: UrlDisplay::Cut,
        };
        for limit in [200, 1_000, 5_000, 100_000] {
            let text = drawing(&content, &envelope, plain::text, |text| text.len() <= limit);
            assert!(text.len() <= limit, "{limit}: {text}");
            assert_eq!(limit < 100_000, text.contains("The rest has no room here."), "{text}");
            assert_eq!(limit == 100_000, text.contains("line 999"), "{text}");
        }
    }
}
