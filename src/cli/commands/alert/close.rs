//! `clickwarden alert close`: what alerts were, one or many at once.

use std::io::Write as _;

use crate::cli::args::filters::host_flag;
use crate::cli::args::text_arg::text_arg;
use crate::cli::context::existing_store;
use crate::cli::print::alert::named;
use crate::cli::{CommandError, Context, Exit};
use crate::config::Config;
use crate::store::{Closure, NamedTenant, Store, Verdict};
use crate::view::actions::once;
use crate::view::alerts::{self, AlertFilter};
use crate::view::scope::{find_tenants, select_tenants};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The alerts' numbers, as `alert list` shows them
    #[arg(
        value_name = "ID",
        required_unless_present_any = ["rule", "host"],
        conflicts_with_all = ["rule", "host", "tenant"]
    )]
    ids: Vec<i64>,
    /// Every open alert of this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Every open alert about this host, or a URL that leads there
    #[arg(long, value_name = "HOST", allow_hyphen_values = true)]
    host: Option<String>,
    /// Of these only those of this tenant; may be given more than once
    #[arg(long, value_name = "NAME")]
    tenant: Vec<String>,
    /// What they were
    #[arg(long, value_enum)]
    verdict: VerdictArgument,
    /// Where else the case is kept
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    ticket: String,
    /// Anything to remember
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum VerdictArgument {
    /// True positive: what the rule looks for
    Tp,
    /// False positive: the rule was wrong. Its group stays quiet for 30 days
    Fp,
    /// The rule was right, and no harm was done or meant. Its group stays quiet for 30 days
    Benign,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let closure = arguments.closure()?;
    let host = arguments.host.as_deref().map(host_flag).transpose()?;
    let (config, now) = (context.config()?, context.clock.now());
    let store = existing_store(&config)?;
    let ids = match &*arguments.ids {
        [] => arguments.matching(&store, &config, host.as_deref())?,
        ids => once(ids),
    };
    if ids.is_empty() {
        return Err(CommandError::failed("no open alert matches, and nothing was changed"));
    }
    let closed = store.close_alerts(&ids, &closure, now)?;
    let mut out = std::io::stdout().lock();
    for alert in &closed {
        writeln!(out, "{}: closed as {}", named(alert), closure.verdict.name())?;
    }
    if arguments.verdict != VerdictArgument::Tp {
        writeln!(
            out,
            "the same rule opens no alert on the same group for 30 days; see `clickwarden status`"
        )?;
    }
    Ok(Exit::Done)
}

impl Arguments {
    fn closure(&self) -> Result<Closure, CommandError> {
        Ok(Closure {
            verdict: match self.verdict {
                VerdictArgument::Tp => Verdict::TruePositive,
                VerdictArgument::Fp => Verdict::FalsePositive,
                VerdictArgument::Benign => Verdict::Benign,
            },
            ticket: text_arg("--ticket", &self.ticket)?,
            note: text_arg("--note", &self.note)?,
        })
    }

    /// The numbers of the open alerts that are meant.
    fn matching(
        &self,
        store: &Store,
        config: &Config,
        host: Option<&str>,
    ) -> Result<Vec<i64>, CommandError> {
        let tenants = select_tenants(config, &self.tenant)?;
        Ok(store.read(|snapshot| {
            let named = NamedTenant::keys(&find_tenants(snapshot, &tenants)?);
            let tenants = (!self.tenant.is_empty()).then_some(named);
            let filter = AlertFilter { rule: self.rule.as_deref(), host, tenants };
            alerts::open_ids(snapshot, &filter)
        })?)
    }
}
