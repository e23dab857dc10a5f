//! Everything that a digest tells, gathered from one state of the store.

use crate::click::selection::Exclusion;
use crate::clock::Span;
use crate::config::{Attach, Report};
use crate::coverage::{self, Coverage};
use crate::store::{NamedTenant, Snapshot, StoreError};

use super::attach;
use super::corrections::{self, CorrectionScope, Corrections};
use super::due::DigestWindow;
use super::measure::{self, DigestTotals, MeasuredTenant};
use super::open_alerts::OpenAlerts;
use super::people::{self, RankedUsers};
use super::urls::{self, ListedUrl, Listing, UrlScope};

/// What is to be told.
#[derive(Clone, Copy, Debug)]
pub struct DigestPlan<'a> {
    /// The report.
    pub report: &'a Report,
    /// What is in no count.
    pub exclusions: &'a [Exclusion],
    /// What it covers.
    pub window: &'a DigestWindow,
}

/// What is told.
pub(super) struct Figures {
    pub coverage: Coverage,
    pub totals: DigestTotals,
    /// Of the period before, as long; `None` if the copy of it is not whole.
    pub before: Option<DigestTotals>,
    pub open_alerts: OpenAlerts,
    pub at_risk: RankedUsers,
    pub urls: Vec<ListedUrl>,
    pub repeated: RankedUsers,
    pub corrections: Corrections,
    /// The attached file.
    pub csv: Option<String>,
}

impl Figures {
    pub(super) fn of(snapshot: &Snapshot<'_>, plan: &DigestPlan<'_>) -> Result<Self, StoreError> {
        let (report, span) = (plan.report, plan.window.span);
        let named = snapshot.find_tenants(report.tenants.iter().map(String::as_str))?;
        let keys = NamedTenant::keys(&named);
        let scope = CorrectionScope {
            report: &report.name,
            scheduled: plan.window.scheduled,
            tenants: &keys,
            exclusions: plan.exclusions,
        };
        let corrections = corrections::find(snapshot, scope)?;
        let before = before(snapshot, plan, &named)?;
        let query = measure::query(&keys, plan.exclusions, span);
        let mut tenants = measure::measure(snapshot, &query)?;
        let counted =
            if report.attach == Attach::All { UrlScope::All } else { UrlScope::Suspicious };
        urls::count_clickers(snapshot, &mut tenants, counted)?;
        let top = report.top as usize;
        let mut urls = Listing::of(snapshot, &tenants, UrlScope::Suspicious, report.order, top)?
            .take(snapshot, top)?;
        urls::mark_new(snapshot, span, &mut urls)?;
        Ok(Self {
            coverage: coverage::of(snapshot, &named, span)?,
            totals: measure::totals(&tenants),
            before,
            open_alerts: OpenAlerts::find(snapshot, &named, top)?,
            at_risk: people::at_risk(snapshot, &tenants, top)?,
            urls,
            repeated: people::repeated(snapshot, &tenants, top)?,
            corrections,
            csv: csv(snapshot, &tenants, report.attach)?,
        })
    }
}

/// The totals of the period before, where the copy of that is whole.
fn before(
    snapshot: &Snapshot<'_>,
    plan: &DigestPlan<'_>,
    tenants: &[NamedTenant],
) -> Result<Option<DigestTotals>, StoreError> {
    let Span { from, .. } = plan.window.span;
    let span = Span::new(from.plus(-plan.window.span.ticks()), from);
    if span.is_empty() || coverage::of(snapshot, tenants, span)?.missing() > 0 {
        return Ok(None);
    }
    let query = measure::query(&NamedTenant::keys(tenants), plan.exclusions, span);
    Ok(Some(measure::totals(&measure::measure(snapshot, &query)?)))
}

fn csv(
    snapshot: &Snapshot<'_>,
    tenants: &[MeasuredTenant<'_>],
    attach: Attach,
) -> Result<Option<String>, StoreError> {
    let scope = match attach {
        Attach::None => return Ok(None),
        Attach::Risky => UrlScope::Suspicious,
        Attach::All => UrlScope::All,
    };
    attach::draw(snapshot, tenants, scope).map(Some)
}
