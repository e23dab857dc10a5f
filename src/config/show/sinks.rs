//! `[[sink]]` as TOML.

use std::path::Path;

use toml::{Table, Value};

use super::super::{
    Audience, Layout, Login, Plain, Route, Sink, SinkKind, Smtp, Tls, format_duration,
};
use super::values::{table, text, texts};
use crate::message::UrlDisplay;
use crate::message::severity::Severity;

/// A sink with the settings in effect.
pub(super) fn of(sink: &Sink) -> Table {
    let Route { ca_file, proxy, plain } = &sink.route;
    let mut all = table([
        ("name", Some(text(&sink.name))),
        ("type", Some(text(&sink.kind.name()))),
        ("ca_file", ca_file.as_ref().map(|path| text(&path.display()))),
        ("proxy", proxy.as_ref().map(text)),
        ("allow_http", (*plain == Plain::Anywhere).then_some(Value::Boolean(true))),
        ("full_urls", (sink.urls == UrlDisplay::Full).then_some(Value::Boolean(true))),
        (
            "min_severity",
            (sink.min_severity > Severity::Low).then(|| text(&sink.min_severity.name())),
        ),
        ("pace", (!sink.pace.is_zero()).then(|| text(&format_duration(sink.pace)))),
    ]);
    match &sink.audience {
        Audience::All => all.insert("shared".to_owned(), Value::Boolean(true)),
        Audience::Tenants(names) => all.insert("tenants".to_owned(), texts(names)),
    };
    all.extend(of_kind(&sink.kind));
    all
}

fn of_kind(kind: &SinkKind) -> Table {
    let path = |path: &Path| Some(text(&path.display()));
    match kind {
        SinkKind::Chat(room) => table([
            ("url_file", path(&room.url_file)),
            ("layout", (room.layout == Layout::Lines).then(|| text(&"lines"))),
        ]),
        SinkKind::File(file) => table([("path", path(file))]),
        SinkKind::Webhook(receiver) => {
            let keys: Vec<_> = receiver.key_files.iter().map(|file| file.display()).collect();
            table([
                ("url_file", path(&receiver.url_file)),
                ("signing_key_files", (!keys.is_empty()).then(|| texts(&keys))),
                ("template_file", receiver.template_file.as_deref().and_then(path)),
            ])
        }
        SinkKind::GraphMail(mail) => table([
            ("tenant", Some(text(&mail.tenant))),
            ("from", Some(text(&mail.from))),
            ("to", Some(texts(&mail.to))),
        ]),
        SinkKind::Email(smtp) => of_smtp(smtp),
    }
}

fn of_smtp(smtp: &Smtp) -> Table {
    let tls = match smtp.tls {
        Tls::StartTls => "starttls",
        Tls::Implicit => "implicit",
        Tls::None => "none",
    };
    let mut all = table([
        ("host", Some(text(&smtp.host))),
        ("port", Some(Value::from(i64::from(smtp.port)))),
        ("tls", Some(text(&tls))),
        ("from", Some(text(&smtp.from))),
        ("to", Some(texts(&smtp.to))),
    ]);
    all.extend(match &smtp.login {
        Login::Nobody => Table::new(),
        Login::Password { username, file } => table([
            ("username", Some(text(username))),
            ("password_file", Some(text(&file.display()))),
        ]),
        Login::Token { username, tenant } => table([
            ("username", Some(text(username))),
            ("oauth", Some(Value::Boolean(true))),
            ("tenant", Some(text(tenant))),
        ]),
    });
    all
}
