//! The flags that say which clicks: of different flags all must hold, of one flag given several
//! times any.

use std::path::PathBuf;

use crate::cli::CommandError;
use crate::cli::args::ioc::Unreadable;
use crate::cli::args::lookup::Lookup;
use crate::cli::args::typed;
use crate::click::pattern;
use crate::click::selection::{Ending, Selection};
use crate::store::Store;
use crate::text::escape::one_line;
use crate::text::{refang::readings, refang::refang};

#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Which clicks (different flags: all hold; one flag repeated: any)")]
pub(in crate::cli) struct Filters {
    /// On this URL, as it is or as any of our outputs shows it (hxxps, [.]); case of scheme and host,
    /// a default port, punycode, Safe Links and Proofpoint's links make no difference
    #[arg(long, value_name = "URL", allow_hyphen_values = true)]
    url: Vec<String>,
    /// By this user, compared without case; also as a table shows it (`[@]`)
    #[arg(long, value_name = "UPN", allow_hyphen_values = true)]
    user: Vec<String>,
    /// On URLs that lead to this host or one below it: example.com means www.example.com, too
    #[arg(long, value_name = "HOST", allow_hyphen_values = true)]
    host: Vec<String>,
    /// On a link of the message with this `NetworkMessageId`
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    message: Vec<String>,
    /// With this `ReportId`
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    report_id: Vec<String>,
    /// From this address or network, such as 192.0.2.7 or `2001:db8::/32`
    #[arg(long, value_name = "NETWORK", allow_hyphen_values = true)]
    ip: Vec<String>,
    /// That ended so, such as `ClickBlocked`: a whole term of `ActionType`, without case
    #[arg(long, value_name = "ACTION", allow_hyphen_values = true)]
    action: Vec<String>,
    /// With this threat, such as Phish: one of `ThreatTypes`, without case
    #[arg(long, value_name = "THREAT", allow_hyphen_values = true)]
    threat: Vec<String>,
    /// In this workload, such as Email or Teams, without case
    #[arg(long, value_name = "WORKLOAD", allow_hyphen_values = true)]
    workload: Vec<String>,
    /// With a URL in `UrlChain` that has this text in it, without case
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    in_chain: Vec<String>,
    /// Where the user went on past a warning: `IsClickedThrough` is true
    #[arg(long)]
    clicked_through: bool,
    /// On, by or from anything that this file lists: URLs and hosts (also those behind a redirect),
    /// users, addresses, networks (of the user or of a URL), ids; lists, CSV, JSON of feeds, MISP
    /// and STIX, also defanged. A line that cannot be read is refused, and nothing is looked for
    #[arg(long, value_name = "FILE")]
    ioc: Vec<PathBuf>,
    /// Go on without the lines of --ioc that cannot be read
    #[arg(long, requires = "ioc")]
    ioc_skip: bool,
}

impl Filters {
    /// Whether none is given.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the flags mean. What is given may be as it is shown, whole.
    pub(in crate::cli) fn selection(&self, store: &Store) -> Result<Selection, CommandError> {
        let mut selection = Selection::default();
        for url in &self.url {
            let lookup = Lookup { store, flag: "--url" };
            lookup.urls(url)?.meant().iter().for_each(|url| selection.urls.add(url));
        }
        for user in &self.user {
            let lookup = Lookup { store, flag: "--user" };
            lookup.users(user)?.iter().for_each(|user| selection.users.add(user));
        }
        let all =
            |texts: &[String]| texts.iter().flat_map(|text| readings(text)).collect::<Vec<_>>();
        for id in all(&self.message) {
            selection.messages.add(&id);
        }
        for id in all(&self.report_id) {
            selection.reports.add(&id);
        }
        for text in &self.host {
            let host = Lookup { store, flag: "--host" }.host(text)?;
            selection.hosts.add(&host).ok_or_else(|| typed::no_host(text))?;
        }
        let network = |ip: &str| selection.networks.add(&refang(ip));
        let problem = "is no address; write it as 192.0.2.7 or 192.0.2.0/24";
        each("--ip", problem, &self.ip, network)?;
        selection.actions.0.clone_from(&self.action);
        selection.threats.0.clone_from(&self.threat);
        selection.workloads.0.clone_from(&self.workload);
        selection.in_chain.0 = all(&self.in_chain);
        if self.clicked_through {
            selection.ending = Ending::ClickedThrough;
        }
        if !self.ioc.is_empty() {
            let unreadable = if self.ioc_skip { Unreadable::Skip } else { Unreadable::Refuse };
            selection.indicators = Some(crate::cli::args::ioc::read(&self.ioc, unreadable)?);
        }
        Ok(selection)
    }
}

/// The one host that `--host` names.
pub(in crate::cli) fn host_flag(text: &str) -> Result<String, CommandError> {
    pattern::host(&refang(text)).ok_or_else(|| typed::no_host(text))
}

fn each(
    flag: &str,
    problem: &str,
    texts: &[String],
    mut add: impl FnMut(&str) -> Option<()>,
) -> Result<(), CommandError> {
    match texts.iter().find(|text| add(text).is_none()) {
        None => Ok(()),
        Some(text) => Err(CommandError::usage(format!("{flag}: {:?} {problem}", one_line(text)))),
    }
}
