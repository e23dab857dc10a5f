//! A mail that came, taken apart.

use mailparse::{MailParseError, ParsedMail};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Who said to send it, and to whom.
    pub envelope: MailEnvelope,
    /// As it came.
    pub bytes: Vec<u8>,
    /// Its headers, decoded.
    pub headers: Vec<(String, String)>,
    /// What it consists of, in order.
    pub parts: Vec<MailPart>,
}

/// What was said before a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailEnvelope {
    /// Who sends it.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
}

/// A part that has no parts of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailPart {
    /// What it is, such as `text/html`.
    pub media: String,
    /// Of a file.
    pub name: Option<String>,
    /// Its text, decoded.
    pub text: String,
}

impl Mail {
    /// Takes a mail apart.
    pub(super) fn read(envelope: MailEnvelope, bytes: Vec<u8>) -> Result<Self, MailParseError> {
        let parsed = mailparse::parse_mail(&bytes)?;
        let headers = parsed.headers.iter().map(|each| (each.get_key(), each.get_value()));
        let headers = headers.collect();
        let leaves = parsed.parts().filter(|part| part.subparts.is_empty());
        let parts = leaves.map(MailPart::read).collect::<Result<_, _>>()?;
        Ok(Self { envelope, bytes, headers, parts })
    }

    /// The value of a header; empty without one.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(each, _)| each.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The first part of a kind that is not a file.
    pub fn part(&self, media: &str) -> Option<&MailPart> {
        self.parts.iter().find(|part| part.media == media && part.name.is_none())
    }
}

impl MailPart {
    fn read(part: &ParsedMail<'_>) -> Result<Self, MailParseError> {
        let name = part.get_content_disposition().params.remove("filename");
        Ok(Self { media: part.ctype.mimetype.clone(), name, text: part.get_body()? })
    }
}
