//! What is wrong with the files that a sink names, found before the first message.

use std::path::Path;

use super::address::{is_connector, read_address};
use super::http::refusal;
use super::make::Means;
use super::{Channel, webhook};
use crate::config::{Login, Route, Sink, SinkKind, secret};

impl Channel {
    /// The channel of a configured sink, if nothing is wrong with the files that it names; else every
    /// problem, each a sentence that names the key. Speaks to nobody.
    pub fn checked(sink: &Sink, means: Means<'_>) -> Result<Self, Vec<String>> {
        let mut found = problems(sink);
        match Self::of(sink, means) {
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
        found.extend(address(file, &sink.route));
    }
    match &sink.kind {
        SinkKind::Teams(workflow) => {
            let old = read_address(&workflow.url_file).is_ok_and(|url| is_connector(&url));
            found.extend(old.then(|| CONNECTOR.to_owned()));
        }
        SinkKind::Webhook(receiver) => {
            found
                .extend(receiver.key_files.iter().filter_map(|file| webhook::read_key(file).err()));
        }
        SinkKind::Email(smtp) => {
            if let Login::Password { file, .. } = &smtp.login {
                let problem = secret::read(file).err();
                found.extend(problem.map(|p| format!("password_file: {}; {}", p.what, p.remedy)));
            }
        }
        SinkKind::Slack(_) | SinkKind::GraphMail(_) | SinkKind::File(_) => {}
    }
    found
}

const CONNECTOR: &str = "url_file: this is the address of an Office 365 connector, which Microsoft \
    switched off in May 2026; make a workflow in Teams (\"When a Teams webhook request is \
    received\") and put its address into the file";

fn address(file: &Path, route: &Route) -> Option<String> {
    match read_address(file) {
        Err(problem) => Some(problem),
        Ok(url) => refusal(route, &url).map(|why| format!("url_file: {}: {why}", file.display())),
    }
}
