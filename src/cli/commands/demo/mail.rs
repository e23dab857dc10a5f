//! A mail as text, from the bytes that arrived.

use super::frame::{FrameLine, boxed, cut, inside};
use crate::cli::print::text::{bytes, plain};
use crate::demo::{Mail, MailPart};

/// What is shown of its headers.
const HEADERS: [&str; 5] = ["From", "To", "Subject", "Message-ID", "List-Id"];
/// What is shown of its text.
const MOST_LINES: usize = 5;

/// The mail in a box of `width` columns, and what it consists of.
pub(super) fn draw(mail: &Mail, width: usize) -> Vec<String> {
    let room = inside(width);
    let header = |name: &str| format!("{name:<12}{}", plain(mail.header(name)));
    let mut lines: Vec<String> = HEADERS.iter().map(|name| header(name)).collect();
    let text = mail.part("text/plain").map_or("", |part| part.text.as_str());
    let mut body: Vec<String> = text.lines().map(plain).collect();
    let hidden = body.len().saturating_sub(MOST_LINES);
    body.truncate(MOST_LINES);
    let headers = lines.len();
    lines.append(&mut body);
    lines.extend((hidden > 0).then(|| format!("… {hidden} more lines")));
    let mut drawn: Vec<FrameLine> =
        lines.iter().map(|line| FrameLine::Text(cut(line, room))).collect();
    drawn.insert(headers, FrameLine::Rule(String::new()));
    let mut all = vec![String::new()];
    all.extend(boxed("Mail", &drawn, width));
    let parts: Vec<String> = mail.parts.iter().map(part).collect();
    all.push(format!("Its parts: {}.", parts.join(", ")));
    all
}

fn part(part: &MailPart) -> String {
    let name = part.name.as_ref().map(|name| format!(" ({})", plain(name))).unwrap_or_default();
    format!("{}{name} {}", plain(&part.media), bytes(part.text.len() as u64))
}
