//! The clicks of the benches: shaped like real ones, URLs of about 100 bytes.

use clickwarden::click::{Click, Text};
use clickwarden::clock::Tick;

/// How many URLs are clicked on.
pub const URLS: u64 = 100_000;
/// How many users click.
pub const PEOPLE: u64 = 2_000;

/// About 100 bytes.
pub fn url(number: u64) -> String {
    format!(
        "https://host{}.example.com/path/{:016x}/{:016x}?id={number:08}&utm=mail",
        number % 5_000,
        number.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        number.wrapping_mul(0xC2B2_AE3D_27D4_EB4F),
    )
}

/// Gives `take` one more click.
pub fn invent(random: &mut fastrand::Rng, timestamp: Tick, take: impl FnOnce(&Click<'_>)) {
    let url = url(random.u64(..URLS));
    let (message, report) = (guid(random), guid(random));
    let user = format!("user{:04}@contoso.example.com", random.u64(..PEOPLE));
    let ip = format!("198.51.{}.{}", random.u8(..8), random.u8(..));
    let chain = format!("[\"{url}\"]");
    let (action, threat) = match random.u32(..100) {
        0..80 => ("ClickAllowed", ""),
        80..94 => ("ClickBlocked", "Phish"),
        94..98 => ("UrlScanInProgress", ""),
        _ => ("UrlErrorPage", ""),
    };
    let mut texts = [""; Text::COUNT];
    for (column, text) in [
        (Text::Url, url.as_str()),
        (Text::ActionType, action),
        (Text::AccountUpn, user.as_str()),
        (Text::Workload, if random.u8(..10) < 8 { "Email" } else { "Teams" }),
        (Text::NetworkMessageId, message.as_str()),
        (Text::IPAddress, ip.as_str()),
        (Text::ReportId, report.as_str()),
        (Text::ThreatTypes, threat),
        (Text::DetectionMethods, if threat.is_empty() { "" } else { "URL detonation" }),
        (Text::UrlChain, chain.as_str()),
        (Text::AppName, "Mail"),
        (Text::AppVersion, "0.0.0000"),
        (Text::SourceId, message.as_str()),
    ] {
        if let Some(slot) = texts.get_mut(column as usize) {
            *slot = text;
        }
    }
    let is_clicked_through = Some(action == "ClickBlocked" && random.u8(..10) == 0);
    take(&Click { timestamp, texts, is_clicked_through, extra: "" });
}

fn guid(random: &mut fastrand::Rng) -> String {
    let (a, b) = (random.u64(..), random.u64(..));
    let (one, two, three) = (a >> 32, a >> 16 & 0xFFFF, a & 0xFFFF);
    format!("{one:08x}-{two:04x}-{three:04x}-{:04x}-{:012x}", b >> 48, b & 0xFFFF_FFFF_FFFF)
}
