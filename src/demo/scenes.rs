//! What people click on: invented links, users and verdicts, some of them hostile.
//!
//! Every host ends in `.example` or `.test`, which belong to nobody.

use fastrand::Rng;

use crate::click::{Click, Text};
use crate::clock::Tick;

/// One invented click.
#[derive(Clone, Debug, Default)]
pub(super) struct ClickScene {
    pub url: String,
    pub action: &'static str,
    pub user: String,
    pub workload: &'static str,
    pub message: String,
    pub threats: &'static str,
    pub methods: &'static str,
    pub address: String,
    pub through: Option<bool>,
    pub chain: String,
    pub report: String,
    pub app: &'static str,
}

impl ClickScene {
    /// The scene as a click at `timestamp`.
    pub fn click(&self, timestamp: Tick) -> Click<'_> {
        let texts = Text::ALL.map(|text| match text {
            Text::Url => self.url.as_str(),
            Text::ActionType => self.action,
            Text::AccountUpn => &self.user,
            Text::Workload => self.workload,
            // In what little was seen of it, SourceId repeats the message's id.
            Text::NetworkMessageId | Text::SourceId => &self.message,
            Text::IPAddress => &self.address,
            Text::ReportId => &self.report,
            Text::ThreatTypes => self.threats,
            Text::DetectionMethods => self.methods,
            Text::UrlChain => &self.chain,
            Text::AppName => self.app,
            Text::AppVersion => "0.0.0000",
        });
        Click { timestamp, texts, is_clicked_through: self.through, extra: "" }
    }
}

const FIRST_NAMES: [&str; 16] = [
    "ana", "ben", "chloe", "dmitri", "emeka", "fatima", "goran", "hana", "ivo", "jun", "katya",
    "liam", "mei", "noor", "olga", "pavel",
];
const LAST_NAMES: [&str; 12] = [
    "almeida",
    "berg",
    "castillo",
    "dubois",
    "eriksen",
    "fischer",
    "gupta",
    "haddad",
    "ito",
    "jansen",
    "kowalski",
    "lindqvist",
];
const CLEAN_SITES: [&str; 12] = [
    "intranet.northwind.example",
    "docs.partner.example",
    "travel.example",
    "news.example",
    "shop.example",
    "calendar.example",
    "support.vendor.example",
    "git.example",
    "video.example",
    "bank.example",
    "weather.example",
    "forum.example",
];
/// Links that try to break whoever shows them.
const HOSTILE_SITES: [&str; 12] = [
    "https://xss.test/<script>alert(document.domain)</script>",
    "https://xss.test/\"><img src=x onerror=alert(1)>",
    "=HYPERLINK(\"https://formula.test/\"&A1,\"open\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "https://escape.test/\u{1b}[2J\u{1b}[31mALL CLEAR\u{1b}[0m",
    "https://bidi.test/\u{202e}gpj.exe",
    "https://lines.test/one\r\ntwo\tthree",
    "https://[markdown](https://md.test)/`code`|cell|",
    "https://mention.test/<!channel> @everyone",
    "https://wide.test/😀/ツ/e\u{301}",
    "https://template.test/{{7*7}}${7*7}<%= 7*7 %>",
    "https://xn--80ak6aa92e.test/#fragment?a=%00%0d%0a",
];
const HOSTILE_USERS: [&str; 4] = [
    "=cmd|'/c calc'!a0@northwind.example",
    "<b>root</b>@northwind.example",
    "\u{202e}nimda@northwind.example",
    "a\u{7}\u{1b}[1mdmin@northwind.example",
];

/// A made-up GUID.
pub(super) fn guid(random: &mut Rng) -> String {
    let (a, b) = (random.u64(..), random.u64(..));
    let (time, mid, high) = (a >> 32, a >> 16 & 0xFFFF, a & 0xFFFF);
    format!("{time:08x}-{mid:04x}-{high:04x}-{:04x}-{:012x}", b >> 48, b & 0xFFFF_FFFF_FFFF)
}

/// A place in a list of which the front is chosen most, as with sites and senders.
fn rank(random: &mut Rng, length: usize) -> usize {
    ((length as f64 + 1.0).powf(random.f64()) - 1.0) as usize
}

fn one_of<'a>(random: &mut Rng, list: &[&'a str]) -> &'a str {
    list.get(random.usize(..list.len().max(1))).copied().unwrap_or_default()
}

fn user(random: &mut Rng) -> String {
    if random.u16(..) < 200 {
        return one_of(random, &HOSTILE_USERS).to_owned();
    }
    let name = format!(
        "{}.{}@northwind.example",
        one_of(random, &FIRST_NAMES),
        one_of(random, &LAST_NAMES)
    );
    // Some mail clients send what the user typed at sign-in.
    if random.u8(..) < 5 { name.to_uppercase() } else { name }
}

fn address(random: &mut Rng) -> String {
    if random.u8(..) < 60 {
        format!("2001:db8::{:x}", random.u16(1..))
    } else {
        format!("203.0.113.{}", random.u8(1..255))
    }
}

fn chain(urls: &[&str]) -> String {
    serde_json::to_string(urls).unwrap_or_default()
}

/// An ordinary allowed click in mail on `url`.
fn plain(random: &mut Rng, url: String) -> ClickScene {
    ClickScene {
        chain: chain(&[&url]),
        url,
        action: "ClickAllowed",
        user: user(random),
        workload: "Email",
        message: guid(random),
        address: address(random),
        through: if random.u8(..) < 3 { None } else { Some(false) },
        report: guid(random),
        app: "Mail",
        ..ClickScene::default()
    }
}

/// A click on any ordinary day.
pub(super) fn any(random: &mut Rng) -> ClickScene {
    match random.u16(..1_000) {
        0..550 => {
            let site =
                CLEAN_SITES.get(rank(random, CLEAN_SITES.len())).copied().unwrap_or("news.example");
            let url = format!("https://{site}/page/{}", rank(random, 2_000));
            plain(random, url)
        }
        550..750 => newsletter(random),
        750..850 => outside_mail(random, "Teams", "Teams", "https://docs.partner.example/d/"),
        850..910 => outside_mail(random, "Office", "Word", "https://files.supplier.example/s/"),
        910..940 => outside_mail(random, "Copilot", "Copilot", "https://answers.example/cite/"),
        940..960 => junk(random),
        960..970 => ClickScene { action: "ClickBlockedByTenantPolicy", ..policy(random) },
        970..982 => ClickScene { action: "UrlErrorPage", ..policy(random) },
        982..995 => ClickScene { action: "UrlScanInProgress", ..policy(random) },
        _ => {
            let url = one_of(random, &HOSTILE_SITES).to_owned();
            let action = one_of(random, &["ClickAllowed", "ClickBlocked"]);
            ClickScene { action, ..plain(random, url) }
        }
    }
}

/// A tracking link of a mailing that everyone got: the URL carries a token of its own.
fn newsletter(random: &mut Rng) -> ClickScene {
    let issue = rank(random, 40);
    let token = random.u64(..);
    let target = format!("https://news.example/issue/{issue}");
    let url = format!("https://links.newsletter.example/ls/click?upn=u001.{issue:03}{token:016x}");
    ClickScene { chain: chain(&[&url, &target]), ..plain(random, url) }
}

fn outside_mail(
    random: &mut Rng,
    workload: &'static str,
    app: &'static str,
    at: &str,
) -> ClickScene {
    let url = format!("{at}{}", rank(random, 300));
    ClickScene { workload, app, message: String::new(), ..plain(random, url) }
}

fn junk(random: &mut Rng) -> ClickScene {
    let url = format!("https://parcel-{}.test/track?id={}", rank(random, 30), random.u32(..));
    let threats = one_of(random, &["Phish", "Spam", "Malware", "Phish, Malware"]);
    let methods = r#"{"Phish":["URL detonation reputation"]}"#;
    ClickScene { action: "ClickBlocked", threats, methods, ..plain(random, url) }
}

fn policy(random: &mut Rng) -> ClickScene {
    let url = format!("https://slow-{}.example/", rank(random, 50));
    plain(random, url)
}

/// A click on the campaign's link: let through at first, blocked once its nature is known.
pub(super) fn campaign(random: &mut Rng, known: LinkVerdict) -> ClickScene {
    let url = "https://northwind-payroll.test/login?next=%2Fbonus".to_owned();
    let landing = "https://cdn.northwind-payroll.test/s/index.html";
    let scene = ClickScene { chain: chain(&[&url, landing]), ..plain(random, url) };
    match known {
        LinkVerdict::NotYet => scene,
        LinkVerdict::Phish => ClickScene { action: "ClickBlocked", ..scene.into_phish() },
    }
}

/// What Defender knows of a link when it is clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkVerdict {
    NotYet,
    Phish,
}

impl ClickScene {
    /// The same with the verdict that came later.
    pub fn into_phish(self) -> Self {
        let methods = r#"{"Phish":["URL detonation reputation","Campaign"]}"#;
        Self { threats: "Phish", methods, ..self }
    }
}
