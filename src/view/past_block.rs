//! Which clicks went on past a block: those that rules count as `clicked_past_block`, by `ReportId`.

use std::collections::HashMap;

use crate::click::past_warning::{self, WARNING_REACH, Warning};
use crate::click::{Action, Text};
use crate::clock::{Hour, Span, Tick};
use crate::store::{Snapshot, StoreError, StoredClick, TenantKey};

/// Warnings by the ids of URL and user: when each was shown, and which of the live clicks of its tick it is.
type Warnings = HashMap<(u32, u32), Vec<(Tick, u32, Warning)>>;

/// The warnings of a few hours, each hour read once.
#[derive(Default)]
pub(super) struct PastBlocks {
    hours: HashMap<(TenantKey, Hour), Warnings>,
}

impl PastBlocks {
    /// Whether a click of the snapshot went on past a block.
    pub(super) fn has(
        &mut self,
        snapshot: &Snapshot<'_>,
        stored: &StoredClick<'_>,
    ) -> Result<bool, StoreError> {
        let (tenant, click) = (stored.tenant, &stored.click);
        if click.is_clicked_through != Some(true) {
            return Ok(false);
        }
        let report = click.text(Text::ReportId);
        // What it shows itself counts, also where it is withdrawn and in no segment.
        let own = Warning::of(Action::of(click.text(Text::ActionType)));
        let own = own.map(|warning| Ok((report.to_owned(), warning)));
        let shown = self.shown(snapshot, stored)?;
        let shown = shown.into_iter().map(|(tick, nth, warning)| {
            let live = snapshot.live_at(tenant, tick)?;
            Ok((live.get(nth as usize).map(|row| row.report.clone()).unwrap_or_default(), warning))
        });
        let past = past_warning::by_report::<StoreError>(report, own.into_iter().chain(shown))?;
        Ok(past == Warning::Block)
    }

    /// The warnings that its user was shown of its URL within an hour.
    fn shown(
        &mut self,
        snapshot: &Snapshot<'_>,
        stored: &StoredClick<'_>,
    ) -> Result<Vec<(Tick, u32, Warning)>, StoreError> {
        let (tenant, at) = (stored.tenant, stored.click.timestamp);
        let url = snapshot.find_url(stored.click.text(Text::Url))?;
        let person = snapshot.find_person(stored.click.text(Text::AccountUpn))?;
        let Some(who) = url.zip(person) else { return Ok(Vec::new()) };
        let near = Span::new(at.plus(-WARNING_REACH), at.plus(WARNING_REACH + 1));
        // Clicks come in the order of time: hours that were left behind are not met again.
        self.hours.retain(|(_, known), _| near.hours().any(|hour| hour == *known));
        let mut shown = Vec::new();
        for hour in near.hours() {
            let warnings = self.of_hour(snapshot, tenant, hour)?.get(&who).into_iter().flatten();
            shown.extend(warnings.filter(|(tick, ..)| past_warning::is_near(*tick, at)));
        }
        Ok(shown)
    }

    fn of_hour(
        &mut self,
        snapshot: &Snapshot<'_>,
        tenant: TenantKey,
        hour: Hour,
    ) -> Result<&Warnings, StoreError> {
        let entry = self.hours.entry((tenant, hour));
        if let std::collections::hash_map::Entry::Occupied(known) = entry {
            return Ok(known.into_mut());
        }
        let warnings = warnings(snapshot, tenant, hour)?;
        Ok(entry.or_insert(warnings))
    }
}

fn warnings(
    snapshot: &Snapshot<'_>,
    tenant: TenantKey,
    hour: Hour,
) -> Result<Warnings, StoreError> {
    let mut warnings = Warnings::new();
    snapshot.fold(tenant, hour.span(), |slice| {
        let of_kind = |action| Ok(Warning::of(Action::of(&snapshot.word(action)?)));
        let kinds = slice.kinds().map(|kind| of_kind(kind.action));
        let kinds = kinds.collect::<Result<Vec<Option<Warning>>, StoreError>>()?;
        for (place, row) in slice.rows().enumerate() {
            if let Some(warning) = kinds.get(row.kind as usize).copied().flatten() {
                let shown = (row.tick, slice.nth(place), warning);
                warnings.entry((row.url, row.person)).or_default().push(shown);
            }
        }
        Ok(())
    })?;
    Ok(warnings)
}
