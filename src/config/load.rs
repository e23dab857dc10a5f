//! The whole configuration, read section by section.

use std::path::Path;

use url::Url;

use super::identity::App;
use super::keys::SectionKeys;
use super::layers::Layers;
use super::problem::{Findings, Problem};
use super::{
    Alerts, Collect, Report, Rule, Sink, Store, Summary, Tenant, Web, apart, collect, exclude,
    report, rule, sink, tenant,
};
use crate::click::selection::Exclusion;

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
    /// them; of `env` only the names that begin with `CLICKWARDEN__` count, those by which a
    /// platform tells where it gives out tokens, and `CREDENTIALS_DIRECTORY`. On failure every problem is listed.
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
