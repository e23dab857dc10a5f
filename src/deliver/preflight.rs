//! What is wrong with the files that a sink names, found before the first message.

use std::path::Path;

use super::address::read_address;
use super::http::refusal;
use super::make::ChannelContext;
use super::{Channel, chat, webhook};
use crate::config::{Login, Sink, SinkKind, secret};
use crate::network;

impl Channel {
    /// The channel of a configured sink, if nothing is wrong with the files that it names; else every
    /// problem, each a sentence that names the key. Speaks to nobody.
    pub fn checked(sink: &Sink, context: ChannelContext<'_>) -> Result<Self, Vec<String>> {
        let mut found = problems(sink);
        match Self::of(sink, context) {
            Ok(channel) if found.is_empty() => return Ok(channel),
            Ok(_) => {}
            Err(error) => found.push(error.to_string()),
        }
        Err(found)
    }
}

fn problems(sink: &Sink) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(file) = sink.kind.url_file() {
        found.extend(address(file, sink));
    }
    match &sink.kind {
        SinkKind::Webhook(receiver) => {
            found
                .extend(receiver.key_files.iter().filter_map(|file| webhook::read_key(file).err()));
        }
        SinkKind::Email(smtp) => {
            if let Login::Password { file, .. } = &smtp.login {
                let problem = secret::read(file).err();
                found.extend(problem.map(|p| format!("password_file: {}; {}", p.what, p.remedy)));
            }
            let ca_file = sink.route.ca_file.as_deref().map(network::certificates);
            found.extend(ca_file.and_then(Result::err).map(|error| format!("ca_file: {error}")));
        }
        SinkKind::Chat(_) | SinkKind::GraphMail(_) | SinkKind::File(_) => {}
    }
    found
}

fn address(file: &Path, sink: &Sink) -> Option<String> {
    let url = match read_address(file) {
        Ok(url) => url,
        Err(problem) => return Some(problem),
    };
    let objection = || match &sink.kind {
        SinkKind::Chat(room) => chat::objection(room.kind, &url),
        _ => None,
    };
    let why = refusal(&sink.route, &url).or_else(objection)?;
    Some(format!("url_file: {}: {why}", file.display()))
}
