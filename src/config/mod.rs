//! Configuration: defaults, then the file and those in `conf.d` beside it, then
//! `CLICKWARDEN__SECTION__KEY` in the environment. One file of code a section. Everything that is
//! wrong is found at once.

mod alerts;
mod apart;
pub(crate) mod certificate;
mod collect;
mod defaults;
mod duration;
mod exclude;
mod exposed;
mod files;
mod identity;
mod keys;
mod layers;
mod location;
mod named;
mod platform;
mod platform_environment;
mod problem;
mod report;
mod rule;
pub mod secret;
mod show;
mod sink;
mod store;
mod summary;
mod tenant;
mod web;

use std::path::Path;

use url::Url;

pub use alerts::Alerts;
pub use certificate::{Algorithm, Certificate};
pub use collect::Collect;
pub use duration::{format as format_duration, parse as parse_duration};
pub use exposed::exposed;
pub use identity::{Credential, Expiring, Expiry, Identity};
pub use layers::environment;
pub use location::SectionLocation;
pub use platform::{ManagedIdentity, Platform};
pub use platform_environment::PlatformSecret;
pub use problem::Problem;
pub use report::{Attach, Order, Report};
pub use rule::{By, Origin, Rule, Switch};
pub use show::show;
pub use sink::{
    Audience, ChatKind, ChatRoom, GraphMail, Layout, Login, Plain, Route, Sink, SinkKind, Smtp,
    Tls, WebhookReceiver,
};
pub use store::Store;
pub use summary::Summary;
pub use tenant::{Cloud, Tenant};
pub use web::Web;

use crate::click::selection::Exclusion;

use identity::App;
use keys::SectionKeys;
use layers::Layers;
use problem::Findings;

/// A JSON Schema of the file, and of those beside it. Tests hold it to what is read here.
pub const SCHEMA: &str = include_str!("../../config/clickwarden.schema.json");

/// The whole configuration, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the copy is kept.
    pub store: Store,
    /// Whose clicks are collected; at least one tenant, no two of one name.
    pub tenants: Vec<Tenant>,
    /// How they are collected.
    pub collect: Collect,
    /// What the summary shows by default.
    pub summary: Summary,
    /// Clicks that are in no count.
    pub exclusions: Vec<Exclusion>,
    /// The listener for health checks and metrics.
    pub web: Web,
    /// Where messages go.
    pub sinks: Vec<Sink>,
    /// What is told on a schedule.
    pub reports: Vec<Report>,
    /// What is true of all rules.
    pub alerts: Alerts,
    /// What is looked for: the shipped rules, then one's own, also those that are off.
    pub rules: Vec<Rule>,
    /// The names of shipped rules that are on only because a section names them.
    pub turned_on: Vec<String>,
    /// Entries of exclusions and conditions that can never match, which were left out.
    pub unmatchable: Vec<Problem>,
}

impl Config {
    /// Reads the file at `path`, if any, and the files of `conf.d` beside it, and lays `env` over
    /// them; of `env` only the names that begin with `CLICKWARDEN__` count, and those by which a
    /// platform tells where it gives out tokens. On failure every problem is listed.
    ///
    /// Files that the configuration names are not looked at: see [`Tenant::check_files`].
    pub fn load(
        path: Option<&Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<Problem>> {
        let layers = Layers::read(path, env)?;
        let mut findings = Findings::default();
        let config = Self::of(&mut SectionKeys::root(&layers, &mut findings));
        let Findings { mut problems, turned_on, unmatchable } = findings;
        problems.extend(apart::check(&layers));
        match config {
            Some(config) if problems.is_empty() => Ok(Self { turned_on, unmatchable, ..config }),
            _ => Err(problems),
        }
    }

    /// Reads every section, also after one could not be read.
    fn of(root: &mut SectionKeys<'_>) -> Option<Self> {
        let store = Store::of(&mut root.section("store"));
        let app = App::of(&mut root.section("app"));
        let tenants = tenant::all(root, &app);
        let loopback = |url: &Url| crate::network::is_loopback(url);
        let only_loopback =
            !tenants.is_empty() && tenants.iter().all(|tenant| loopback(&tenant.graph_url));
        let pace = if only_loopback { collect::Pace::Free } else { collect::Pace::Shared };
        let collect = Collect::of(&mut root.section("collect"), pace);
        let summary = Summary::of(&mut root.section("summary"));
        let exclusions = exclude::all(root, &tenants);
        let web = Web::of(&mut root.section("web"));
        let sinks = sink::all(root, &tenants);
        let reports = report::all(root, &tenants, &sinks);
        let alerts = Alerts::of(&mut root.section("alerts"), &tenants, &sinks);
        let rules = rule::all(
            root,
            &rule::RuleReferences { tenants: &tenants, sinks: &sinks, alerts: &alerts },
        );
        root.refuse_unknown();
        Some(Self {
            store: store?,
            tenants,
            collect: collect?,
            summary: summary?,
            exclusions,
            web,
            sinks,
            reports,
            alerts,
            rules,
            turned_on: Vec::new(),
            unmatchable: Vec::new(),
        })
    }
}
