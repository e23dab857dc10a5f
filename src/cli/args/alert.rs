//! `--alert`: what an alert is about, as a question for clicks.

use crate::cli::CommandError;
use crate::cli::args::scope::{ScopeArguments, StoreView};
use crate::click::of_alert::OfAlert;
use crate::store::{Alert, NamedTenant};
use crate::view::scope::tenant_names;

/// The alert whose clicks are meant.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AlertArgument {
    /// The clicks of this alert: of its URL, host or user, in its tenant, and in its window unless
    /// --window or --until is given
    #[arg(long, value_name = "ID", conflicts_with = "tenant")]
    alert: Option<i64>,
}

impl AlertArgument {
    /// The alert's number, if one is given.
    pub(in crate::cli) const fn id(&self) -> Option<i64> {
        self.alert
    }

    /// Narrows `view` to the alert's tenant and window, and gives what it is about.
    pub(in crate::cli) fn narrow(
        &self,
        view: &mut StoreView,
        scope: &ScopeArguments,
    ) -> Result<Option<OfAlert>, CommandError> {
        let Some(id) = self.alert else { return Ok(None) };
        let found =
            view.store.read(|snapshot| Ok((snapshot.alert(id)?, tenant_names(snapshot)?)))?;
        let (Some(alert), names) = found else { return Err(unknown(id)) };
        let name = names.get(&alert.tenant).map_or("", String::as_str);
        view.scope.tenants = vec![NamedTenant::stored(alert.tenant, name)];
        if !scope.has_window() {
            view.scope.span = alert.window;
        }
        Ok(Some(about(alert)))
    }
}

fn about(alert: Alert) -> OfAlert {
    OfAlert { id: alert.id, url: alert.group.url, host: alert.group.host, user: alert.group.user }
}

fn unknown(id: i64) -> CommandError {
    CommandError::failed(format!(
        "--alert: there is no alert {id}; see `clickwarden alert list --state all`"
    ))
}
