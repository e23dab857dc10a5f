//! Reads `[[sink]]`.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;

use super::super::duration::{HOUR, SECOND};
use super::super::keys::SectionKeys;
use super::super::named::one_of;
use super::super::tenant::{Tenant, check_name};
use super::{
    Audience, ChatKind, ChatRoom, GraphMail, Layout, Login, Plain, Route, Sink, SinkKind, Smtp,
    Tls, WebhookReceiver,
};
use crate::message::UrlDisplay;
use crate::message::severity::Severity;

/// Every section.
pub(in crate::config) fn all(root: &mut SectionKeys<'_>, tenants: &[Tenant]) -> Vec<Sink> {
    let known: Vec<&str> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    let mut names: Vec<String> = Vec::new();
    root.each("sink", |keys| {
        let name = keys.required("name", "name it: reports say where they go by this name");
        let name = name.filter(|name| check_name(keys, name));
        if let Some(name) = &name {
            if names.contains(name) {
                let problem = "another sink has this name, too".to_owned();
                keys.report("name", problem, "give each a name of its own");
            }
            names.push(name.clone());
        }
        let kind = kind(keys, &known);
        let route = route(keys, kind.as_ref());
        let audience = audience(keys, &known);
        let pace = pace(keys, kind.as_ref());
        let urls = if keys.switch("full_urls") { UrlDisplay::Full } else { UrlDisplay::Cut };
        let least = Severity::default();
        let min_severity =
            one_of(keys, "min_severity", Severity::ALL, Severity::name, least).unwrap_or(least);
        let location = keys.here();
        keys.refuse_unknown();
        let audience = audience?;
        Some(Sink { name: name?, kind: kind?, route, audience, pace, urls, min_severity, location })
    })
}

/// The settings that only some types have.
const OF_A_TYPE: [&str; 14] = [
    "url_file",
    "layout",
    "signing_key_files",
    "template_file",
    "host",
    "port",
    "tls",
    "username",
    "password_file",
    "oauth",
    "tenant",
    "from",
    "to",
    "path",
];

fn kind(keys: &mut SectionKeys<'_>, known: &[&str]) -> Option<SinkKind> {
    let named = keys.required("type", &format!("choose {}", types()));
    match named.as_deref().unwrap_or_default() {
        "email" => smtp(keys, known).map(SinkKind::Email),
        "graph-mail" => graph_mail(keys, known).map(SinkKind::GraphMail),
        "webhook" => receiver(keys).map(SinkKind::Webhook),
        "file" => {
            let path = keys.required("path", "name the file that lines are added to");
            path.map(|named| SinkKind::File(keys.written_place_of(&named)))
        }
        other => {
            if let Some(kind) = ChatKind::ALL.into_iter().find(|kind| kind.name() == other) {
                return room(keys, kind).map(SinkKind::Chat);
            }
            // What else stands there belongs to the type that was meant.
            keys.know(&OF_A_TYPE);
            if !other.is_empty() {
                let problem =
                    format!("{:?} is no type of sink", crate::text::escape::one_line(other));
                keys.report("type", problem, format!("choose {}", types()));
            }
            None
        }
    }
}

/// The types to choose from.
fn types() -> String {
    let chats = ChatKind::ALL.map(ChatKind::name).join(", ");
    format!("email, graph-mail, {chats}, webhook or file")
}

fn url_file(keys: &mut SectionKeys<'_>) -> Option<PathBuf> {
    let remedy = "name the file that holds the address, which is a secret";
    keys.required_path("url_file", remedy)
}

fn room(keys: &mut SectionKeys<'_>, kind: ChatKind) -> Option<ChatRoom> {
    let (url_file, layout) = (url_file(keys), layout(keys));
    Some(ChatRoom { kind, url_file: url_file?, layout: layout? })
}

fn layout(keys: &mut SectionKeys<'_>) -> Option<Layout> {
    if !keys.is_set("layout") {
        return Some(Layout::default());
    }
    keys.parsed("layout", |text| match text {
        "table" => Ok(Layout::Table),
        "lines" => Ok(Layout::Lines),
        _ => Err(("is no layout".to_owned(), "choose table or lines".to_owned())),
    })
}

fn receiver(keys: &mut SectionKeys<'_>) -> Option<WebhookReceiver> {
    let url_file = url_file(keys);
    let key_files: Vec<PathBuf> =
        keys.texts("signing_key_files").iter().map(|named| keys.place_of(named)).collect();
    if key_files.len() > 2 {
        let problem = format!("names {} files", key_files.len());
        keys.report("signing_key_files", problem, "name one, or two while keys change");
    }
    let template_file = keys.path_of("template_file");
    Some(WebhookReceiver { url_file: url_file?, key_files, template_file })
}

fn smtp(keys: &mut SectionKeys<'_>, known: &[&str]) -> Option<Smtp> {
    let host = keys.required("host", "name the mail server");
    let tls = tls(keys);
    let usual = match tls {
        Some(Tls::Implicit) => 465,
        Some(Tls::None) => 25,
        _ => 587,
    };
    let port = keys.number("port", 1..=65_535, "", usual);
    let login = login(keys, known);
    let (from, to) = writers(keys);
    Some(Smtp {
        host: host?,
        port: u16::try_from(port?).ok()?,
        tls: tls?,
        login: login?,
        from: from?,
        to: to?,
    })
}

fn tls(keys: &mut SectionKeys<'_>) -> Option<Tls> {
    if !keys.is_set("tls") {
        return Some(Tls::StartTls);
    }
    keys.parsed("tls", |text| match text {
        "starttls" => Ok(Tls::StartTls),
        "implicit" => Ok(Tls::Implicit),
        "none" => Ok(Tls::None),
        _ => Err(("is no kind of TLS".to_owned(), "choose starttls, implicit or none".to_owned())),
    })
}

fn login(keys: &mut SectionKeys<'_>, known: &[&str]) -> Option<Login> {
    let username = keys.text("username");
    let file = keys.path_of("password_file");
    let oauth = keys.switch("oauth");
    let tenant = if oauth { tenant(keys, known) } else { None };
    let remedy = "set username with password_file, username with oauth = true, or none of them";
    match (username, file, oauth) {
        (None, None, false) => Some(Login::Nobody),
        (Some(username), Some(file), false) => Some(Login::Password { username, file }),
        (Some(username), None, true) => Some(Login::Token { username, tenant: tenant? }),
        (_, Some(_), true) => {
            keys.report("password_file", "stands beside oauth = true".to_owned(), remedy);
            None
        }
        (None, _, _) => {
            keys.report("username", "is missing".to_owned(), remedy);
            None
        }
        (Some(_), None, false) => {
            keys.report("password_file", "is missing".to_owned(), remedy);
            None
        }
    }
}

fn graph_mail(keys: &mut SectionKeys<'_>, known: &[&str]) -> Option<GraphMail> {
    let tenant = tenant(keys, known);
    let (from, to) = writers(keys);
    Some(GraphMail { tenant: tenant?, from: from?, to: to? })
}

/// The tenant whose app sends: with a single tenant that one.
fn tenant(keys: &mut SectionKeys<'_>, known: &[&str]) -> Option<String> {
    if let ([only], false) = (known, keys.is_set("tenant")) {
        return Some((*only).to_owned());
    }
    let name = keys.required("tenant", "name the tenant whose app sends")?;
    if known.contains(&name.as_str()) {
        return Some(name);
    }
    let remedy = format!("choose from {}", known.join(", "));
    keys.report("tenant", "is no tenant's name".to_owned(), remedy);
    None
}

fn writers(keys: &mut SectionKeys<'_>) -> (Option<Mailbox>, Option<Vec<Mailbox>>) {
    const ADDRESS_REMEDY: &str = "write it as soc@contoso.com or \"SOC <soc@contoso.com>\", the address in \
                          ASCII letters";
    let from = keys.required("from", ADDRESS_REMEDY).and_then(|text| {
        let from = mailbox(&text);
        if from.is_none() {
            keys.report("from", "is no address of mail".to_owned(), ADDRESS_REMEDY);
        }
        from
    });
    let mut to = Vec::new();
    let all = keys.each_text("to", "is no address of mail", ADDRESS_REMEDY, |text| {
        to.push(mailbox(text)?);
        Some(())
    });
    if all.is_some() && to.is_empty() {
        keys.report("to", "names nobody".to_owned(), "write it as [\"soc@contoso.com\"]");
    }
    (from, all.map(|()| to).filter(|to| !to.is_empty()))
}

/// An address that every mail server takes, with a name or without.
fn mailbox(text: &str) -> Option<Mailbox> {
    let mailbox = text.parse::<Mailbox>().ok()?;
    let named = mailbox.name.as_deref().unwrap_or_default();
    let address: &str = mailbox.email.as_ref();
    (address.is_ascii() && !named.chars().any(char::is_control)).then_some(mailbox)
}

fn route(keys: &mut SectionKeys<'_>, kind: Option<&SinkKind>) -> Route {
    if let (Some(SinkKind::Email(_)), true) = (kind, keys.is_set("proxy")) {
        let problem = "is set, but SMTP goes through no proxy".to_owned();
        keys.report("proxy", problem, "take it away, or send by graph-mail, which can");
    }
    let plain = if keys.switch("allow_http") { Plain::Anywhere } else { Plain::Loopback };
    Route { ca_file: keys.path_of("ca_file"), proxy: keys.proxy("proxy"), plain }
}

fn audience(keys: &mut SectionKeys<'_>, known: &[&str]) -> Option<Audience> {
    let tenants = keys.texts("tenants");
    let shared = keys.switch("shared");
    for (place, _) in tenants.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str()))
    {
        let remedy = format!("choose from {}", known.join(", "));
        keys.report(&format!("tenants[{place}]"), "is no tenant's name".to_owned(), remedy);
    }
    match (tenants.is_empty(), shared) {
        (false, false) => Some(Audience::Tenants(tenants)),
        (true, true) => Some(Audience::All),
        (true, false) if known.len() < 2 => Some(Audience::All),
        (true, false) => {
            let remedy = "name its tenants, so that no customer's users are shown to another, or \
                          set shared = true";
            keys.report("tenants", "is missing, and there are several".to_owned(), remedy);
            None
        }
        (false, true) => {
            let problem = "stands beside tenants".to_owned();
            keys.report("shared", problem, "keep one of them");
            None
        }
    }
}

/// Teams takes four messages a second, Slack one, Exchange Online thirty mails a minute.
fn pace(keys: &mut SectionKeys<'_>, kind: Option<&SinkKind>) -> Duration {
    let usual = match kind {
        Some(SinkKind::Chat(_)) => Duration::from_secs(1),
        Some(SinkKind::Email(_) | SinkKind::GraphMail(_)) => Duration::from_secs(2),
        _ => Duration::ZERO,
    };
    keys.duration("pace", SECOND..=HOUR).unwrap_or(usual)
}
