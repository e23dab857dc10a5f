//! Reads clicks an hour at a time, so that whoever reads our output slowly holds up no writer.

use std::ops::ControlFlow;

use crate::cli::Failure;
use crate::click::{Click, Clicks};
use crate::clock::{Span, Tick};
use crate::store::{ClickFilter, State, Store, TenantKey};

/// What to read.
pub(super) struct Reading<'s> {
    pub store: &'s Store,
    pub filter: ClickFilter,
    /// The tenants of the filter with their names.
    pub tenants: Vec<(TenantKey, String)>,
    /// The most clicks.
    pub limit: Option<usize>,
}

/// A click as it is printed.
pub(super) struct Shown<'a> {
    pub click: Click<'a>,
    pub tenant: &'a str,
    pub first_stored: Tick,
    pub state: State,
}

/// The clicks of one hour, out of the store.
#[derive(Default)]
struct Hourful {
    clicks: Clicks,
    rest: Vec<(TenantKey, Tick, State)>,
}

impl Reading<'_> {
    /// Shows `visit` the clicks, newest first. Tells whether there are more than the limit.
    ///
    /// Each hour is one state of the store. A row never changes its time, so none is shown twice
    /// or missed.
    pub(super) fn each(
        &self,
        mut visit: impl FnMut(&Shown<'_>) -> Result<(), Failure>,
    ) -> Result<bool, Failure> {
        let mut left = self.limit.unwrap_or(usize::MAX);
        for hour in self.held()?.hours().rev() {
            let span = hour.span().intersect(self.filter.span);
            let hourful = self.read(span, left.saturating_add(1))?;
            for (click, (key, first_stored, state)) in hourful.clicks.iter().zip(&hourful.rest) {
                if left == 0 {
                    return Ok(true);
                }
                left -= 1;
                let tenant = self.name(*key);
                visit(&Shown { click, tenant, first_stored: *first_stored, state: *state })?;
            }
        }
        Ok(false)
    }

    /// The part of the window in which the store has clicks.
    fn held(&self) -> Result<Span, Failure> {
        let edges = self.store.read(|snapshot| {
            let size = snapshot.size()?;
            Ok(size.oldest.zip(size.newest))
        })?;
        let Some((oldest, newest)) = edges else { return Ok(Span::new(Tick(0), Tick(0))) };
        Ok(self.filter.span.intersect(Span::new(oldest, newest.plus(1))))
    }

    fn read(&self, span: Span, most: usize) -> Result<Hourful, Failure> {
        let filter = ClickFilter { span, ..self.filter.clone() };
        let (mut hourful, mut fits) = (Hourful::default(), true);
        self.store.read(|snapshot| {
            snapshot.clicks(&filter, |stored| {
                if hourful.rest.len() == most {
                    return ControlFlow::Break(());
                }
                if !hourful.clicks.push(&stored.click) {
                    fits = false;
                    return ControlFlow::Break(());
                }
                hourful.rest.push((stored.tenant, stored.first_stored, stored.state));
                ControlFlow::Continue(())
            })
        })?;
        if fits { Ok(hourful) } else { Err(Failure::failed("an hour has more than 4 GiB of text")) }
    }

    fn name(&self, key: TenantKey) -> &str {
        self.tenants.iter().find(|(known, _)| *known == key).map_or("", |(_, name)| name)
    }
}
