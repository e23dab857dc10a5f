//! What a looking command looks at: tenants and a window, named on the command line.

use super::window::Window;
use super::{CommandError, Context, select_tenants, tenant_keys};
use crate::click::selection::Exclusion;
use crate::clock::Span;
use crate::store::{Store, TenantKey};

/// The window and the tenants, as they are named.
#[derive(Debug, clap::Args)]
pub(super) struct ScopeArguments {
    #[command(flatten)]
    window: Window,
    /// Only this tenant; may be given more than once
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,
}

/// The store, opened for reading, with the tenants and the window that are meant.
pub(super) struct StoreView {
    pub(super) store: Store,
    pub(super) tenants: Vec<(TenantKey, String)>,
    pub(super) span: Span,
    /// What is left out unless asked for.
    pub(super) exclusions: Vec<Exclusion>,
}

impl StoreView {
    pub(super) fn open(context: &Context, scope: &ScopeArguments) -> Result<Self, CommandError> {
        let config = context.config()?;
        let span = scope.window.span(config.summary.window, context.clock.now())?;
        let tenants = select_tenants(&config, &scope.tenant)?;
        let store = Store::open_read_only(&config.store.path)?;
        let tenants = store.read(|snapshot| tenant_keys(snapshot, &tenants))?;
        Ok(Self { store, tenants, span, exclusions: config.exclusions })
    }
}
