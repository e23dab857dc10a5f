//! What a looking command looks at: tenants and a window, named on the command line.

use super::window::Window;
use super::{Context, Failure, chosen, keys};
use crate::clock::Span;
use crate::selection::Exclusion;
use crate::store::{Store, TenantKey};

/// The window and the tenants, as they are named.
#[derive(Debug, clap::Args)]
pub(super) struct Scope {
    #[command(flatten)]
    window: Window,
    /// Only this tenant; may be given more than once
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,
}

/// The store, opened for reading, with the tenants and the window that are meant.
pub(super) struct View {
    pub(super) store: Store,
    pub(super) tenants: Vec<(TenantKey, String)>,
    pub(super) span: Span,
    /// What is left out unless asked for.
    pub(super) exclusions: Vec<Exclusion>,
}

impl View {
    pub(super) fn open(context: &Context, scope: &Scope) -> Result<Self, Failure> {
        let config = context.config()?;
        let span = scope.window.span(config.summary.window, context.clock.now())?;
        let tenants = chosen(&config, &scope.tenant)?;
        let store = Store::open_read_only(&config.store.path)?;
        let tenants = store.read(|snapshot| keys(snapshot, &tenants))?;
        Ok(Self { store, tenants, span, exclusions: config.exclusions })
    }
}
