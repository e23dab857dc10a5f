//! What a looking command looks at: tenants and a window, named on the command line.

use crate::cli::args::window::Window;
use crate::cli::{CommandError, Context};
use crate::click::selection::Exclusion;
use crate::store::Store;
use crate::view::scope::{Scope, find_tenants, select_tenants};

/// The window and the tenants, as they are named.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ScopeArguments {
    #[command(flatten)]
    window: Window,
    /// Only this tenant; may be given more than once
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,
}

/// The store, opened for reading, with the tenants and the window that are meant.
pub(in crate::cli) struct StoreView {
    pub(in crate::cli) store: Store,
    pub(in crate::cli) scope: Scope,
    /// What is left out unless asked for.
    pub(in crate::cli) exclusions: Vec<Exclusion>,
}

impl ScopeArguments {
    /// Whether a window is given.
    pub(in crate::cli) const fn has_window(&self) -> bool {
        self.window.is_given()
    }
}

impl StoreView {
    pub(in crate::cli) fn open(
        context: &Context,
        scope: &ScopeArguments,
    ) -> Result<Self, CommandError> {
        let config = context.config()?;
        let span = scope.window.span(config.summary.window, context.clock.now())?;
        let tenants = select_tenants(&config, &scope.tenant)?;
        let store = Store::open_read_only(&config.store.path)?;
        let tenants = store.read(|snapshot| find_tenants(snapshot, &tenants))?;
        Ok(Self { store, scope: Scope { tenants, span }, exclusions: config.exclusions })
    }
}
