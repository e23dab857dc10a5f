//! Rows of `UrlClickEvents` with all that is known to go wrong in them.

use clickwarden::clock::{HOUR, MINUTE, SECOND, Tick};
use serde_json::{Value as Json, json};

/// An hour on which the generated rows lie, and a little around it.
pub fn base() -> Tick {
    Tick::parse("2026-11-22T05:00:00Z").unwrap()
}

/// Rows with all that is known to go wrong: odd actions, null and empty cells, the same URL in two
/// casings, doubles, pairs that share a `ReportId`, ticks on and beside every edge.
pub fn nasty_rows(count: usize) -> Vec<Json> {
    nasty_rows_around(base(), 7, count)
}

/// The same from two hours before `base` to three after it, by another seed.
pub fn nasty_rows_around(base: Tick, seed: u64, count: usize) -> Vec<Json> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut rows: Vec<Json> = Vec::with_capacity(count);
    while rows.len() < count {
        let row = nasty_row(&mut random, base);
        if random.u8(..) < 20 {
            rows.push(row.clone());
        }
        if random.u8(..) < 40 {
            let mut through = row.clone();
            through["IsClickedThrough"] = json!(true);
            rows.push(through);
        }
        rows.push(row);
    }
    rows
}

/// The URLs of the rows.
pub const URLS: [&str; 10] = [
    "",
    "https://a.example/",
    "https://A.example/",
    "https://a.example",
    "https://ü.example/😀/e\u{301}",
    "\"quoted\" \\ 'both'",
    "=cmd|' /c calc'!A0",
    "tab\tline\nend",
    "https://b.example/?q=1,2;3|4",
    "\u{202e}moc.example",
];

fn nasty_row(random: &mut fastrand::Rng, base: Tick) -> Json {
    const ACTIONS: [&str; 16] = [
        "ClickAllowed",
        "ClickBlocked",
        "ClickBlockedByTenantPolicy",
        "UrlErrorPage",
        "UrlScanInProgress",
        "CLICKBLOCKED",
        "clickallowed",
        " ClickBlocked ",
        "ClickBlocked,ClickAllowed",
        "ClickBlocked_ClickAllowed",
        "xClickBlocked",
        "ClickBlocked2",
        "Click Blocked",
        "",
        "UrlErrorPage;UrlScanInProgress",
        "—ClickAllowed—",
    ];
    let pick =
        |random: &mut fastrand::Rng, from: &[&str]| from[random.usize(..from.len())].to_owned();
    let report = format!("{:x}-{}", random.u8(..16), random.u8(..));
    json!({
        "Timestamp": nasty_time(random, base).to_string(),
        "Url": pick(random, &URLS),
        "ActionType": pick(random, &ACTIONS),
        "AccountUpn": pick(random, &["u@a.example", "U@A.EXAMPLE", "", "ß@a.example"]),
        "Workload": pick(random, &["Email", "Teams", "Office", "Copilot"]),
        "NetworkMessageId": pick(random, &["", "53913957-73ec-4a39-d4ee-08dee5b715c8"]),
        "ThreatTypes": pick(random, &["", "Phish", "Phish, Malware"]),
        "IPAddress": pick(random, &["192.0.2.7", "2001:db8::106c"]),
        "IsClickedThrough": ([json!(true), json!(false), Json::Null][random.usize(..3)].clone()),
        "UrlChain": pick(random, &["", "[\"https://a.example/\"]"]),
        "ReportId": if random.bool() { report } else { report.to_uppercase().replacen('0', "z", 1) },
    })
}

/// Times on and within a tick of the edges of microseconds, seconds, minutes and hours, and others.
fn nasty_time(random: &mut fastrand::Rng, base: Tick) -> Tick {
    let step = [10, SECOND, MINUTE, HOUR][random.usize(..4)];
    let somewhere = base.plus(random.i64(-2 * HOUR..3 * HOUR));
    match random.u8(..4) {
        0 => somewhere,
        1 => somewhere.floor(step),
        _ => somewhere.floor(step).plus(random.i64(-1..=1)),
    }
}
