//! A message on stdout, drawn as a channel would draw it.

use std::io::Write as _;

use crate::cli::CommandError;
use crate::cli::print::json;
use crate::deliver::html;
use crate::message::{Content, Envelope, markdown, plain};

/// What a message is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub(in crate::cli) enum Format {
    /// As mail without HTML has it
    #[default]
    Text,
    /// As mail has it
    Html,
    /// Markdown
    Md,
    /// As programs get it
    Json,
}

/// Prints a message.
pub(in crate::cli) fn print(
    content: &Content,
    envelope: &Envelope,
    format: Format,
) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    match format {
        Format::Text => out.write_all(plain::text(content, envelope).as_bytes())?,
        Format::Html => out.write_all(html(content, envelope).as_bytes())?,
        Format::Md => out.write_all(markdown::markdown(content, envelope).as_bytes())?,
        Format::Json => {
            json::write_pretty(&mut out, &content.data)?;
            writeln!(out)?;
        }
    }
    Ok(out.flush()?)
}
