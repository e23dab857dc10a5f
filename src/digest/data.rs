//! A digest as data for programs: whole numbers and whole URLs, in the words of the summary.

use serde_json::{Value as Json, json};

use crate::click::tally::Tally;
use crate::clock::Span;
use crate::store::{Alert, Confidence, ReportedUrl};

use super::corrections::Correction;
use super::figures::{DigestPlan, Figures};
use super::measure::DigestTotals;
use super::open_alerts::last_click;
use super::people::RankedUser;
use super::urls::ListedUrl;

/// The whole digest.
pub(super) fn draw(plan: &DigestPlan<'_>, figures: &Figures) -> Json {
    let Span { from, until } = plan.window.span;
    json!({
        "report": plan.report.name,
        "scheduled": plan.window.scheduled.to_string(),
        "from": from.to_string(),
        "until": until.to_string(),
        "tenants": plan.report.tenants,
        "coverage": coverage(plan, figures),
        "excluded": figures.totals.excluded,
        "totals": totals(&figures.totals),
        "before": figures.before.as_ref().map(totals),
        "open_alerts": figures.open_alerts.first.iter().map(open_alert).collect::<Vec<_>>(),
        "users_at_risk": all(&figures.at_risk.first, person),
        "rows": all(&figures.urls, url),
        "repeat_users": all(&figures.repeated.first, person),
        "corrections": all(&figures.corrections.list, correction),
    })
}

fn all<T>(list: &[T], draw: impl Fn(&T) -> Json) -> Vec<Json> {
    list.iter().map(draw).collect()
}

fn coverage(plan: &DigestPlan<'_>, figures: &Figures) -> Json {
    let coverage = &figures.coverage;
    json!({
        "words": coverage.in_words(),
        "as_of": coverage.as_of.map(|at| at.to_string()),
        "hours": coverage.hours,
        "settled": coverage.settled,
        "provisional": coverage.provisional,
        "disputed": coverage.disputed,
        "missing": coverage.missing(),
        "no_pass_since": plan.window.missing,
    })
}

fn totals(totals: &DigestTotals) -> Json {
    let mut all = counts(&totals.tally);
    if let Some(all) = all.as_object_mut() {
        for (name, count) in [
            ("Clicks", totals.tally.rows),
            ("BlockedByTenantPolicy", totals.tally.blocked_by_tenant_policy),
            ("Other", totals.tally.other),
            ("Urls", totals.urls),
            ("CleanUrls", totals.clean_urls),
            ("CleanClicks", totals.clean_clicks),
            ("ClickedPastBlock", totals.past_block),
            ("ClickedPastScan", totals.past_scan),
            ("AllowedWithThreat", totals.allowed_with_threat),
            ("UsersAtRisk", totals.users_at_risk),
        ] {
            all.insert(name.to_owned(), count.into());
        }
    }
    all
}

/// The five counts.
fn counts(tally: &Tally) -> Json {
    json!({
        "Blocked": tally.blocked,
        "Allowed": tally.allowed,
        "PendingVerdict": tally.pending_verdict,
        "Error": tally.error,
        "ClickedThrough": tally.clicked_through,
    })
}

fn person(person: &RankedUser) -> Json {
    json!({
        "User": person.name,
        "ClickedPastBlock": person.risk.past_block,
        "ClickedPastScan": person.risk.past_scan,
        "AllowedWithThreat": person.risk.allowed,
        "ThreatUrls": person.risk.threat_urls,
        "ThreatClicks": person.risk.threats,
        "Tenant": person.tenant,
    })
}

fn url(url: &ListedUrl) -> Json {
    let mut all = counts(&url.row.tally);
    if let (Some(all), Json::Object(more)) = (all.as_object_mut(), more(url)) {
        all.extend(more);
    }
    all
}

fn more(url: &ListedUrl) -> Json {
    json!({
        "Url": url.row.url,
        "BlockedByTenantPolicy": url.row.tally.blocked_by_tenant_policy,
        "Other": url.row.tally.other,
        "Clickers": url.row.clickers,
        "FirstClick": url.row.first_click.to_string(),
        "LastClick": url.row.last_click.to_string(),
        "ThreatTypes": url.row.threat_types.as_ref(),
        "Workloads": url.row.workloads.as_ref(),
        "Tenant": url.row.tenant.as_ref(),
        "Class": url.class.name(),
        "New": url.is_new,
        "ClickedPastBlock": url.risk.past_block,
        "AllowedWithThreat": url.risk.allowed,
    })
}

fn open_alert((alert, tenant): &(Alert, String)) -> Json {
    json!({
        "Id": alert.id,
        "Rule": alert.rule,
        "Severity": alert.severity.name(),
        "Url": alert.group.url,
        "Host": alert.group.host,
        "User": alert.group.user,
        "Opened": alert.opened.to_string(),
        "LastClick": last_click(alert).to_string(),
        "Owner": alert.owner,
        "PossibleFalsePositive": alert.confidence == Confidence::PossibleFalsePositive,
        "Tenant": tenant,
    })
}

fn correction(correction: &Correction) -> Json {
    let reported = |reported: &ReportedUrl| {
        let mut all = counts(&reported.tally);
        if let Some(all) = all.as_object_mut() {
            all.insert("Class".to_owned(), reported.class.name().into());
        }
        all
    };
    json!({
        "Url": correction.url,
        "Tenant": correction.tenant.as_ref(),
        "Digest": correction.scheduled.to_string(),
        "Before": reported(&correction.before),
        "Now": reported(&correction.now),
    })
}
