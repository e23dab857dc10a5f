//! Everything that a digest tells, gathered from one state of the store.

use crate::click::selection::Exclusion;
use crate::clock::Span;
use crate::config::{Attach, Report};
use crate::coverage::{self, Coverage};
use crate::store::{NamedTenant, Snapshot, StoreError};

use super::attach;
use super::corrections::{self, Asked, Corrections};
use super::due::Window;
use super::measure::{self, Tenant, Totals};
use super::open_alerts::Open;
use super::people::{self, People};
use super::urls::{self, Listing, Url, Which};

/// What is to be told.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The report.
    pub report: &'a Report,
    /// What is in no count.
    pub exclusions: &'a [Exclusion],
    /// What it covers.
    pub window: &'a Window,
}

/// What is told.
pub(super) struct Figures {
    pub coverage: Coverage,
    pub totals: Totals,
    /// Of the period before, as long; `None` if the copy of it is not whole.
    pub before: Option<Totals>,
    pub open: Open,
    pub at_risk: People,
    pub urls: Vec<Url>,
    pub repeated: People,
    pub corrections: Corrections,
    /// The attached file.
    pub csv: Option<String>,
}

impl Figures {
    pub(super) fn of(snapshot: &Snapshot<'_>, plan: &Plan<'_>) -> Result<Self, StoreError> {
        let (report, span) = (plan.report, plan.window.span);
        let named = snapshot.find_tenants(report.tenants.iter().map(String::as_str))?;
        let keys = NamedTenant::keys(&named);
        let asked = Asked {
            report: &report.name,
            scheduled: plan.window.scheduled,
            tenants: &keys,
            exclusions: plan.exclusions,
        };
        let corrections = corrections::find(snapshot, asked)?;
        let before = before(snapshot, plan, &named)?;
        let query = measure::query(&keys, plan.exclusions, span);
        let mut tenants = measure::measure(snapshot, &query)?;
        let which = if report.attach == Attach::All { Which::All } else { Which::Suspicious };
        urls::count_clickers(snapshot, &mut tenants, which)?;
        let top = report.top as usize;
        let mut urls = Listing::of(snapshot, &tenants, Which::Suspicious, report.order, top)?
            .take(snapshot, top)?;
        urls::mark_new(snapshot, span, &mut urls)?;
        Ok(Self {
            coverage: coverage::of(snapshot, &named, span)?,
            totals: measure::totals(&tenants),
            before,
            open: Open::find(snapshot, &named, top)?,
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
    plan: &Plan<'_>,
    tenants: &[NamedTenant],
) -> Result<Option<Totals>, StoreError> {
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
    tenants: &[Tenant<'_>],
    attach: Attach,
) -> Result<Option<String>, StoreError> {
    let which = match attach {
        Attach::None => return Ok(None),
        Attach::Risky => Which::Suspicious,
        Attach::All => Which::All,
    };
    attach::draw(snapshot, tenants, which).map(Some)
}
