//! A digest of clicks that nobody made: invented, and drawn as a real one is.

use std::sync::Arc;

use crate::click::tally::{Class, Tally};
use crate::clock::{DAY, HOUR, MINUTE, Span, Tick};
use crate::config::{Attach, Report};
use crate::coverage::Coverage;
use crate::message::Content;
use crate::rules::invented_alert;
use crate::store::TenantKey;
use crate::summary::Row;

use super::corrections::Corrections;
use super::due::DigestWindow;
use super::figures::{DigestPlan, Figures};
use super::measure::DigestTotals;
use super::open_alerts::OpenAlerts;
use super::people::{RankedUser, RankedUsers};
use super::risk::{UrlRisk, UserRisk};
use super::urls::{ListedUrl, UrlScope};
use super::{attach, content};

/// What a sink would get of `report` for the last 24 hours, marked as a test.
pub fn sample(report: &Report, now: Tick) -> Content {
    let scheduled = now.floor(HOUR);
    let span = Span::new(scheduled.plus(-DAY), scheduled);
    let window = DigestWindow { scheduled, span, missing: Vec::new() };
    let tenant = report.tenants.first().map_or("", String::as_str);
    let figures = figures(tenant, span);
    let scope = match report.attach {
        Attach::None => None,
        Attach::Risky => Some(UrlScope::Suspicious),
        Attach::All => Some(UrlScope::All),
    };
    let csv = scope.and_then(|scope| attach::of(&figures.urls, scope).ok());
    let plan = DigestPlan { report, exclusions: &[], window: &window };
    content::draw(&plan, &figures, csv).as_test()
}

fn figures(tenant: &str, span: Span) -> Figures {
    let open = (invented_alert(span.until), tenant.to_owned());
    Figures {
        coverage: Coverage {
            as_of: Some(span.until.plus(10 * MINUTE)),
            hours: 24,
            settled: 23,
            provisional: 1,
            ..Coverage::default()
        },
        totals: totals(1_234, 25, 1),
        before: Some(totals(1_178, 20, 0)),
        open_alerts: OpenAlerts { first: vec![open], all: 1 },
        at_risk: RankedUsers { first: vec![user("jane.doe@contoso.example", tenant)], all: 1 },
        urls: urls(tenant, span),
        repeated: RankedUsers::default(),
        corrections: Corrections { digests: 1, ..Corrections::default() },
        csv: None,
    }
}

fn totals(rows: u64, blocked: u64, past_block: u64) -> DigestTotals {
    let allowed = rows - blocked;
    DigestTotals {
        tally: Tally { rows, blocked, allowed, clicked_through: past_block, ..Tally::default() },
        urls: 412,
        clean_urls: 410,
        clean_clicks: rows - blocked,
        past_block,
        users_at_risk: past_block,
        ..DigestTotals::default()
    }
}

fn user(name: &str, tenant: &str) -> RankedUser {
    let risk = UserRisk { past_block: 1, threats: 2, threat_urls: 1, ..UserRisk::default() };
    RankedUser { name: name.to_owned(), tenant: tenant.to_owned(), risk }
}

fn urls(tenant: &str, span: Span) -> Vec<ListedUrl> {
    let past = Tally { rows: 24, blocked: 24, clicked_through: 1, ..Tally::default() };
    let blocked = Tally { rows: 1, blocked: 1, ..Tally::default() };
    let risk = UrlRisk { past_block: 1, ..UrlRisk::default() };
    let login = "https://login-portal.example/signin?token=0123456789";
    let parcel = "https://parcel.example/track";
    vec![
        listed(row(login, tenant, past, span), Class::Risky, risk, Some(true)),
        listed(row(parcel, tenant, blocked, span), Class::Blocked, UrlRisk::default(), Some(false)),
    ]
}

fn listed(row: Row, class: Class, risk: UrlRisk, is_new: Option<bool>) -> ListedUrl {
    ListedUrl { row, key: TenantKey(0), id: 0, risk, class, is_new }
}

fn row(url: &str, tenant: &str, tally: Tally, span: Span) -> Row {
    Row {
        url: url.to_owned(),
        tally,
        clickers: tally.rows.min(20),
        first_click: span.from.plus(9 * HOUR),
        last_click: span.until.plus(-2 * HOUR),
        threat_types: Arc::from(vec!["Phish".to_owned()]),
        workloads: Arc::from(vec!["Email".to_owned()]),
        tenant: Arc::from(tenant),
    }
}
