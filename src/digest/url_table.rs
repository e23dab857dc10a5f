//! The table of a digest's URLs: why each is there, and how its clicks ended.

use crate::click::tally::Tally;
use crate::clock::{SECOND, Span, duration_of};
use crate::config::format_duration;
use crate::message::{Block, Value};

use super::blocks::table;
use super::figures::{DigestPlan, Figures};
use super::urls::ListedUrl;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UrlColumn {
    Url,
    Why,
    /// Whether it is new: shown where it is known of any.
    Seen,
    Blocked,
    Allowed,
    PendingVerdict,
    Error,
    ClickedThrough,
    Clickers,
}

impl UrlColumn {
    const ALL: [Self; 9] = [
        Self::Url,
        Self::Why,
        Self::Seen,
        Self::Blocked,
        Self::Allowed,
        Self::PendingVerdict,
        Self::Error,
        Self::ClickedThrough,
        Self::Clickers,
    ];

    const fn heading(self) -> &'static str {
        match self {
            Self::Url => "URL",
            Self::Why => "Why",
            Self::Seen => "Seen",
            Self::Blocked => "Blocked",
            Self::Allowed => "Allowed",
            Self::PendingVerdict => "Pending verdict",
            Self::Error => "Error",
            Self::ClickedThrough => "Clicked through",
            Self::Clickers => "Clickers",
        }
    }

    fn cell(self, url: &ListedUrl) -> Value {
        let Tally { blocked, allowed, pending_verdict, error, clicked_through, .. } = url.row.tally;
        match self {
            Self::Url => Value::Url(url.row.url.clone()),
            Self::Why => Value::Words(why(url)),
            Self::Seen => Value::Words(seen(url).to_owned()),
            Self::Blocked => Value::Number(blocked),
            Self::Allowed => Value::Number(allowed),
            Self::PendingVerdict => Value::Number(pending_verdict),
            Self::Error => Value::Number(error),
            Self::ClickedThrough => Value::Number(clicked_through),
            Self::Clickers => Value::Number(url.row.clickers),
        }
    }

    /// Whether it says anything of these URLs: rare outcomes that none had take no room.
    fn is_shown(self, urls: &[ListedUrl]) -> bool {
        match self {
            Self::Seen => urls.iter().any(|url| url.is_new.is_some()),
            Self::PendingVerdict | Self::Error => {
                urls.iter().any(|url| self.cell(url) != Value::Number(0))
            }
            _ => true,
        }
    }
}

pub(super) fn draw(plan: &DigestPlan<'_>, figures: &Figures) -> Block {
    let urls = &figures.urls;
    let shown: Vec<UrlColumn> =
        UrlColumn::ALL.into_iter().filter(|column| column.is_shown(urls)).collect();
    let headings: Vec<&str> = shown.iter().map(|column| column.heading()).collect();
    let cells = |url: &ListedUrl| shown.iter().map(|column| column.cell(url)).collect();
    let rows = urls.iter().map(|url| (cells(url), url.row.tenant.to_string()));
    let all = figures.totals.urls - figures.totals.clean_urls;
    table(plan, &headings, rows, (all, "URLs"), Some(lister(plan, figures.totals.urls)))
}

/// The command that lists every URL of the window.
fn lister(plan: &DigestPlan<'_>, urls: u64) -> String {
    let Span { from, until } = plan.window.span;
    let window = format_duration(duration_of(until.since(from) + SECOND - 1));
    let tenants = plan.report.tenants.iter().map(|name| format!(" --tenant {name}"));
    let tenants: String = tenants.take(MOST_TENANTS_NAMED).collect();
    format!("clickwarden summary{tenants} --window {window} --until {until} --limit {urls}")
}

/// More have no room in a command: it lists the URLs of all.
const MOST_TENANTS_NAMED: usize = 3;

/// Why it is listed, the worst first. Threats are those that make a URL risky, in our own words.
fn why(url: &ListedUrl) -> String {
    let (risk, tally) = (url.risk, url.row.tally);
    let names =
        |threat: &&str| url.row.threat_types.iter().any(|named| named.eq_ignore_ascii_case(threat));
    let threats: Vec<&str> = ["Phish", "Malware"].into_iter().filter(names).collect();
    let mut reasons = Vec::new();
    reasons.extend((risk.past_block > 0).then(|| "past a block".to_owned()));
    reasons.extend((risk.past_scan > 0).then(|| "past a scan".to_owned()));
    if !threats.is_empty() {
        let outcome = if risk.allowed > 0 { " allowed" } else { "" };
        reasons.push(format!("{}{outcome}", threats.join(" and ")));
    }
    if reasons.is_empty() {
        let by = if tally.blocked > 0 { "blocked" } else { "blocked by your own list" };
        reasons.push(by.to_owned());
    }
    reasons.join(", ")
}

const fn seen(url: &ListedUrl) -> &'static str {
    match url.is_new {
        Some(true) => "new",
        Some(false) => "known",
        None => "",
    }
}
