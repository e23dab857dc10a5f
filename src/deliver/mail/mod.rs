//! A mail: the same bytes for the same message, whoever carries it.

mod html;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};

use super::Parcel;
use crate::clock::duration_of;
use crate::report::{Content, Envelope, Kind, plain};

/// The most rows of a table: mail programs cut a long mail off, Gmail at 102 KB.
const MOST_ROWS: u32 = 100;

/// The message as HTML.
pub(super) fn html(content: &Content, envelope: &Envelope) -> String {
    html::draw(content, envelope)
}

/// The mail from `from` to all of `to`. Fails only for what is no address.
pub(super) fn draw(parcel: Parcel<'_>, from: &Mailbox, to: &[Mailbox]) -> Result<Message, String> {
    let Parcel { content, envelope, .. } = parcel;
    let envelope = &Envelope { rows: envelope.rows.min(MOST_ROWS), ..envelope.clone() };
    let (id, domain) = (&envelope.id, from.email.domain());
    let written = std::time::UNIX_EPOCH + duration_of(envelope.written.0);
    let mut builder = Message::builder()
        .from(from.clone())
        .subject(&content.title)
        .date(written)
        .message_id(Some(format!("<{id}@{domain}>")));
    for each in to {
        builder = builder.to(each.clone());
    }
    let mut message = builder.multipart(body(parcel, envelope)).map_err(|e| e.to_string())?;
    for (name, value) in automatic(content.kind, domain) {
        message.headers_mut().insert_raw(HeaderValue::new(name, value));
    }
    Ok(message)
}

/// What tells programs that no person wrote this: no answer by machines (RFC 3834, and Exchange's
/// own), and a list to sort it by (RFC 2919).
fn automatic(kind: Kind, domain: &str) -> [(HeaderName, String); 3] {
    let list = kind.event_type();
    [
        (HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()),
        (HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "All".to_owned()),
        (HeaderName::new_from_ascii_str("List-Id"), format!("<{list}.{domain}>")),
    ]
}

/// The parts. Their boundaries are made of the message's id, so that they are always the same.
fn body(parcel: Parcel<'_>, envelope: &Envelope) -> MultiPart {
    let content = parcel.content;
    let boundary = |part: &str| format!("{part}-{}", envelope.id);
    let texts = MultiPart::alternative()
        .boundary(boundary("text"))
        .singlepart(SinglePart::plain(plain::text(content, envelope)))
        .singlepart(SinglePart::html(html::draw(content, envelope)));
    let Some(file) = &content.attachment else { return texts };
    let csv = ContentType::parse("text/csv; charset=utf-8").unwrap_or(ContentType::TEXT_PLAIN);
    let csv = Attachment::new(file.name.clone()).body(file.csv.clone(), csv);
    MultiPart::mixed().boundary(boundary("whole")).multipart(texts).singlepart(csv)
}
