//! A mail: the same bytes for the same message, whoever carries it.

mod html;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};

use super::fit;
use super::outcome::Outgoing;
use crate::clock::duration_of;
use crate::message::{Block, Content, Envelope, MessageKind, Tone, Value, plain};
use crate::text::escape::one_line;

/// The most rows of a table: nobody reads more in a mail.
const MOST_ROWS: u32 = 100;
/// The longest HTML: Gmail cuts a mail off at 102 KB.
const LONGEST_HTML: usize = 100_000;

/// The message as HTML.
pub(super) fn html(content: &Content, envelope: &Envelope) -> String {
    html::draw(content, envelope)
}

/// The mail from `from` to all of `to`, in bytes of seven bits. Fails only for what is no address.
pub(super) fn draw(
    outgoing: Outgoing<'_>,
    from: &Mailbox,
    to: &[Mailbox],
) -> Result<Vec<u8>, String> {
    let Outgoing { content, envelope, .. } = outgoing;
    let (id, domain) = (&envelope.id, from.email.domain());
    let written = std::time::UNIX_EPOCH + duration_of(envelope.written.0);
    let mut builder = Message::builder()
        .from(from.clone())
        .subject(one_line(&content.title))
        .date(written)
        .message_id(Some(format!("<{id}@{domain}>")));
    for each in to {
        builder = builder.to(each.clone());
    }
    let mut message = builder.multipart(body(outgoing)).map_err(|error| error.to_string())?;
    for (name, value) in automatic(content.kind, domain) {
        message.headers_mut().insert_raw(HeaderValue::new(name, value));
    }
    Ok(message.formatted())
}

/// What tells programs that no person wrote this: no answer by machines (RFC 3834, and Exchange's
/// own), and a list to sort it by (RFC 2919).
fn automatic(kind: MessageKind, domain: &str) -> [(HeaderName, String); 3] {
    let list = kind.event_type();
    [
        (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()),
        (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All".to_owned()),
        (HeaderName::new_from_ascii_str("List-Id"), format!("<{list}.{domain}>")),
    ]
}

/// The parts. Their boundaries are made of the message's id, so that they are always the same.
fn body(outgoing: Outgoing<'_>) -> MultiPart {
    let Outgoing { content, envelope, .. } = outgoing;
    if content.attachment.is_some() && envelope.rows < u32::MAX {
        let content = &without_file(content);
        return body(Outgoing { content, ..outgoing });
    }
    let boundary = |part: &str| format!("{part}-{}", envelope.id);
    let (plain, html) = texts(content, envelope);
    let texts = MultiPart::alternative()
        .boundary(boundary("text"))
        .singlepart(SinglePart::plain(plain))
        .singlepart(SinglePart::html(html));
    let Some(file) = &content.attachment else { return texts };
    let csv = ContentType::parse("text/csv; charset=utf-8").unwrap_or(ContentType::TEXT_PLAIN);
    let csv = Attachment::new(file.name.clone()).body(file.csv.clone(), csv);
    MultiPart::mixed().boundary(boundary("whole")).multipart(texts).singlepart(csv)
}

/// What is sent after the whole was refused as too big: the file goes first.
fn without_file(content: &Content) -> Content {
    let left_out = "The attached file is left out, for the mail was too big with it.";
    let parts = vec![Value::Words(left_out.to_owned())];
    let mut blocks = content.blocks.clone();
    blocks.push(Block::Line { tone: Tone::Warning, parts });
    Content { attachment: None, blocks, ..content.clone() }
}

/// Plain text and HTML with as many rows as no mail program cuts off.
fn texts(content: &Content, envelope: &Envelope) -> (String, String) {
    let envelope = Envelope { rows: envelope.rows.min(MOST_ROWS), ..envelope.clone() };
    let draw = |content: &Content, envelope: &Envelope| {
        (plain::text(content, envelope), html::draw(content, envelope))
    };
    fit::drawing(content, &envelope, draw, |(_, html)| html.len() <= LONGEST_HTML)
}
