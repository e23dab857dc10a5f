//! Which clicks may have hurt, by URL and by person: a look at the few rows that went past a warning
//! or name a threat.

use std::collections::BTreeMap;

use crate::click::Action;
use crate::click::past_warning::{self, WARNING_REACH, Warning};
use crate::click::tally::{Class, Tally};
use crate::clock::{Span, Tick};
use crate::store::{Snapshot, StoreError, TenantKey};
use crate::summary::groups::UrlGroups;
use crate::summary::hits::{Hit, Hits, Through};

/// What the clicks on one URL came to, besides its tally.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UrlRisk {
    /// Click-throughs, but for those that only went past a scan.
    pub past_block: u32,
    /// Click-throughs of somebody who was shown a scan of that URL within an hour, and no block.
    pub past_scan: u32,
    /// Rows that were allowed, are no click-through, and name a threat.
    pub allowed: u32,
    /// Rows that name a threat and were not blocked.
    pub unblocked_threats: u32,
}

/// What one person's clicks came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UserRisk {
    /// See [`UrlRisk`].
    pub past_block: u32,
    /// See [`UrlRisk`].
    pub past_scan: u32,
    /// See [`UrlRisk`].
    pub allowed: u32,
    /// Rows that name a threat.
    pub threats: u32,
    /// Distinct URLs of those.
    pub threat_urls: u32,
}

impl UrlRisk {
    /// What the clicks on a URL came to. A threat that was neither blocked nor allowed (an error, a
    /// scan under way) counts as risky: nobody knows how it ended.
    pub(super) const fn class(self, tally: Tally) -> Class {
        if tally.clicked_through > 0 || self.unblocked_threats > 0 {
            Class::Risky
        } else if tally.blocked > 0 || tally.blocked_by_tenant_policy > 0 {
            Class::Blocked
        } else {
            Class::Clean
        }
    }
}

impl UserRisk {
    /// Whether something bad may have reached the person.
    pub(super) const fn is_at_risk(self) -> bool {
        self.past_block > 0 || self.past_scan > 0 || self.allowed > 0
    }
}

/// What the clicks of one tenant's window came to, by URL and by person.
#[derive(Debug, Default)]
pub(super) struct WindowRisk {
    /// By place of the group; shorter where the last groups have none.
    urls: Vec<UrlRisk>,
    /// By id; without the nobody.
    pub people: BTreeMap<u32, UserRisk>,
}

impl WindowRisk {
    /// Of the groups that were folded with their hits, which they give up.
    pub(super) fn of(
        snapshot: &Snapshot<'_>,
        tenant: TenantKey,
        span: Span,
        groups: &mut UrlGroups<'_>,
    ) -> Result<Self, StoreError> {
        let Hits { threats: hits, throughs } = groups.take_hits();
        let mut risks = Self { urls: vec![UrlRisk::default(); groups.len()], ..Self::default() };
        for (through, past) in throughs.iter().zip(past(snapshot, tenant, span, &throughs)?) {
            risks.add_through(*through, past);
        }
        for hit in &hits {
            risks.add_hit(*hit);
        }
        risks.count_threat_urls(hits);
        risks.people.remove(&0);
        Ok(risks)
    }

    /// Of the group at a place.
    pub(super) fn at(&self, place: u32) -> UrlRisk {
        self.urls.get(place as usize).copied().unwrap_or_default()
    }

    /// Over all URLs.
    pub(super) fn total(&self) -> UrlRisk {
        self.urls.iter().fold(UrlRisk::default(), |sum, risk| UrlRisk {
            past_block: sum.past_block + risk.past_block,
            past_scan: sum.past_scan + risk.past_scan,
            allowed: sum.allowed + risk.allowed,
            unblocked_threats: sum.unblocked_threats + risk.unblocked_threats,
        })
    }

    fn add_through(&mut self, through: Through, past: Warning) {
        let user = self.people.entry(through.person).or_default();
        let risk = self.urls.get_mut(through.group as usize);
        let (count, of_url) = match past {
            Warning::Block => (&mut user.past_block, risk.map(|risk| &mut risk.past_block)),
            Warning::Scan => (&mut user.past_scan, risk.map(|risk| &mut risk.past_scan)),
        };
        *count += 1;
        if let Some(count) = of_url {
            *count += 1;
        }
    }

    fn add_hit(&mut self, hit: Hit) {
        let allowed = u32::from(hit.is_allowed);
        if let Some(risk) = self.urls.get_mut(hit.group as usize) {
            risk.allowed += allowed;
            risk.unblocked_threats += u32::from(!hit.is_blocked);
        }
        let user = self.people.entry(hit.person).or_default();
        user.allowed += allowed;
        user.threats += 1;
    }

    fn count_threat_urls(&mut self, mut hits: Vec<Hit>) {
        let pair = |hit: &Hit| (hit.person, hit.group);
        hits.sort_unstable_by_key(pair);
        hits.dedup_by_key(|hit| pair(hit));
        for hit in hits {
            self.people.entry(hit.person).or_default().threat_urls += 1;
        }
    }
}

/// What was shown around one person's click-throughs of one URL, and when.
type Around = BTreeMap<(u32, u32), Vec<(Tick, Warning)>>;

/// What each of `throughs` went past, told by time: segments carry no `ReportId`, which would tell it
/// exactly, as rules do.
fn past(
    snapshot: &Snapshot<'_>,
    tenant: TenantKey,
    span: Span,
    throughs: &[Through],
) -> Result<Vec<Warning>, StoreError> {
    let around = around(snapshot, tenant, span, throughs)?;
    let past = |through: &Through| {
        let shown = around.get(&(through.url, through.person));
        past_warning::by_time(through.tick, shown.into_iter().flatten().copied())
    };
    Ok(throughs.iter().map(past).collect())
}

/// The scans and blocks of the pairs of URL and person of `throughs`.
fn around(
    snapshot: &Snapshot<'_>,
    tenant: TenantKey,
    span: Span,
    throughs: &[Through],
) -> Result<Around, StoreError> {
    let mut around: Around =
        throughs.iter().map(|through| ((through.url, through.person), Vec::new())).collect();
    let mut urls = vec![false; throughs.iter().map(|t| t.url as usize + 1).max().unwrap_or(0)];
    for through in throughs {
        urls.get_mut(through.url as usize).into_iter().for_each(|slot| *slot = true);
    }
    if throughs.is_empty() {
        return Ok(around);
    }
    let span = Span::new(span.from.plus(-WARNING_REACH), span.until.plus(WARNING_REACH));
    snapshot.fold(tenant, span, |slice| {
        let kinds =
            slice.kinds().map(|kind| Ok(Warning::of(Action::of(&snapshot.word(kind.action)?))));
        let kinds = kinds.collect::<Result<Vec<_>, StoreError>>()?;
        for row in slice.rows() {
            if urls.get(row.url as usize) == Some(&true)
                && let Some(Some(warning)) = kinds.get(row.kind as usize)
                && let Some(shown) = around.get_mut(&(row.url, row.person))
            {
                shown.push((row.tick, *warning));
            }
        }
        Ok(())
    })?;
    Ok(around)
}
