//! The command line: arguments to be read (`args`), what is done (`commands`), and what is shown (`print`).

mod args;
mod commands;
mod exit;
mod parse;
mod print;

use std::path::{Path, PathBuf};

use clap::{ArgAction, Parser, Subcommand};

pub use exit::{CommandError, Exit};
pub use parse::parse;

use commands::{
    alert, check, clicks, completions, config, db, demo, evidence, export, man, outbox, report,
    rule, run, silence, sink, status, summary, sync,
};
use print::text;

use crate::clock::Clock;
use crate::config::{Config, Problem, Tenant, environment};
use crate::process::logging::{self, Level, LogFormat};
use crate::store::{Snapshot, Store, StoreError, TenantKey};

/// Where the configuration is looked for when nothing names it.
const DEFAULT_CONFIG: &str = "/etc/clickwarden/clickwarden.toml";

/// Keeps a checked copy of Microsoft Defender's URL clicks and tells how every click ended.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Arguments {
    /// The configuration file [default: /etc/clickwarden/clickwarden.toml]
    #[arg(short, long, global = true, value_name = "FILE", env = "CLICKWARDEN_CONFIG")]
    config: Option<PathBuf>,
    /// Say more: -v how, -vv everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// How log lines look
    #[arg(long, global = true, value_enum, default_value_t)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: keep the copy in step until told to stop
    Run,
    /// One collection pass, then exit
    Sync(sync::Arguments),
    /// Show for each URL how its clicks ended
    Summary(summary::Arguments),
    /// Show the clicks behind the summary, newest first
    Clicks(Box<clicks::Arguments>),
    /// Put all that is known of a case into one zip file that proves itself whole
    Evidence(Box<evidence::Arguments>),
    /// Write whole rows, all or those stored or changed since a time
    Export(export::Arguments),
    /// A simulated tenant and the daemon beside it: nothing to set up
    Demo(demo::Arguments),
    /// What rules found: look at it, take it in hand, close it
    #[command(subcommand)]
    Alert(alert::Command),
    /// Keep alerts quiet for a while
    #[command(subcommand)]
    Silence(silence::Command),
    /// What is looked for
    #[command(subcommand)]
    Rule(rule::Command),
    /// Show how collection stands, the worst tenant first
    Status(status::Arguments),
    /// Try everything that collection needs, and say what to do where it fails
    Check(check::Arguments),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Print a script that teaches a shell these commands
    Completions(completions::Arguments),
    /// Print the manual
    Man(man::Arguments),
    /// What is told on a schedule: when, and now
    #[command(subcommand)]
    Report(report::Command),
    /// Look at what is on its way, and decide about what is stuck
    #[command(subcommand)]
    Outbox(outbox::Command),
    /// Try out where messages go
    #[command(subcommand)]
    Sink(sink::Command),
    /// Look after the database
    #[command(subcommand)]
    Db(db::Command),
}

impl Command {
    /// A daemon tells what it does; a command only what somebody may have to act on.
    const fn level(&self) -> Level {
        match self {
            Self::Run => Level::Info,
            _ => Level::Warn,
        }
    }
}

/// What every command gets.
#[derive(Clone)]
pub(crate) struct Context {
    config: Option<PathBuf>,
    clock: Clock,
}

impl Context {
    /// The file of the configuration: the one that was named, or the default one.
    fn config_path(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new(DEFAULT_CONFIG))
    }

    /// The configuration.
    fn config(&self) -> Result<Config, CommandError> {
        Ok(self.load()?)
    }

    /// The configuration, or everything that is wrong with it.
    fn load(&self) -> Result<Config, Vec<Problem>> {
        Config::load(Some(self.config_path()), environment())
    }
}

/// Runs a command.
pub fn run(arguments: Arguments) -> Exit {
    let level = match (arguments.verbose, arguments.command.level()) {
        (0, level) => level,
        (1, Level::Warn) => Level::Info,
        (1, _) | (2, Level::Warn) => Level::Debug,
        _ => Level::Trace,
    };
    let journal = std::env::var("JOURNAL_STREAM").ok();
    if let Err(error) = logging::start(arguments.log_format, level, journal.as_deref()) {
        print_error(&format!("--log-format journald: the journal cannot be reached: {error}"));
        return Exit::Failed;
    }
    let context = Context { config: arguments.config, clock: Clock::System };
    match dispatch(&context, arguments.command) {
        Ok(exit) => exit,
        Err(CommandError::ClosedPipe) => Exit::Done,
        Err(CommandError::Said(exit, why)) => {
            print_error(&why);
            exit
        }
        Err(CommandError::Each(exit, all)) => {
            for why in &all {
                print_error(why);
            }
            exit
        }
    }
}

fn dispatch(context: &Context, command: Command) -> Result<Exit, CommandError> {
    match command {
        Command::Run => run::run(context),
        Command::Sync(arguments) => sync::run(context, &arguments),
        Command::Summary(arguments) => summary::run(context, &arguments),
        Command::Clicks(arguments) => clicks::run(context, &arguments),
        Command::Evidence(arguments) => evidence::run(context, &arguments),
        Command::Export(arguments) => export::run(context, &arguments),
        Command::Demo(arguments) => demo::run(context, &arguments),
        Command::Alert(command) => alert::run(context, &command),
        Command::Silence(command) => silence::run(context, &command),
        Command::Rule(command) => rule::run(context, &command),
        Command::Status(arguments) => status::run(context, &arguments),
        Command::Check(arguments) => check::run(context, &arguments),
        Command::Config(command) => config::run(context, &command),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
        Command::Outbox(command) => outbox::run(context, &command),
        Command::Report(command) => report::run(context, &command),
        Command::Sink(command) => sink::run(context, &command),
        Command::Db(command) => db::run(context, &command),
    }
}

/// Errors go to stderr, each on one line, whatever stands in the names that it quotes.
#[expect(clippy::print_stderr, reason = "this is where errors are shown")]
fn print_error(why: &str) {
    eprintln!("clickwarden: {}", text::plain(why));
}

/// The tenants that a command is for: those named, or all.
fn select_tenants<'c>(
    config: &'c Config,
    names: &[String],
) -> Result<Vec<&'c Tenant>, CommandError> {
    let named = |name: &String| config.tenants.iter().any(|tenant| tenant.name == *name);
    if let Some(name) = names.iter().find(|name| !named(name)) {
        let known: Vec<&str> = config.tenants.iter().map(|t| t.name.as_str()).collect();
        let (known, name) = (known.join(", "), crate::text::escape::one_line(name));
        let why = format!("--tenant: no tenant is named {name:?}; configured are: {known}");
        return Err(CommandError::Said(Exit::BadConfig, why));
    }
    let wanted = |tenant: &&Tenant| names.is_empty() || names.contains(&tenant.name);
    Ok(config.tenants.iter().filter(wanted).collect())
}

/// The store, to be written to; it must be there already.
fn existing_store(config: &Config) -> Result<Store, CommandError> {
    Store::open_read_only(&config.store.path)?;
    Ok(Store::open(&config.store.path)?)
}

/// The numbers that tenants have in the store. One that was never collected has none there: it
/// gets one that no tenant has, and so nothing is found of it.
fn tenant_keys(
    snapshot: &Snapshot<'_>,
    tenants: &[&Tenant],
) -> Result<Vec<(TenantKey, String)>, StoreError> {
    const NOBODY: TenantKey = TenantKey(0);
    let known = snapshot.tenants()?;
    let key = |name: &str| known.iter().find(|(_, known)| known == name).map(|(key, _)| *key);
    let keyed = |tenant: &&Tenant| (key(&tenant.name).unwrap_or(NOBODY), tenant.name.clone());
    Ok(tenants.iter().map(keyed).collect())
}

/// Looks at the files that the tenants' sections name: all problems.
fn file_problems<'c>(tenants: impl IntoIterator<Item = &'c Tenant>) -> Vec<Problem> {
    let mut problems: Vec<_> = tenants.into_iter().flat_map(Tenant::check_files).collect();
    // What stands in [app] is wrong once, not once for each tenant.
    let mut said = std::collections::HashSet::new();
    problems.retain(|problem| said.insert(problem.to_string()));
    problems
}

/// The same, all problems at once in words.
fn check_files<'c>(tenants: impl IntoIterator<Item = &'c Tenant>) -> Result<(), CommandError> {
    let problems = file_problems(tenants);
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

/// The runtime that commands with a network run on.
fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    let made = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    made.map_err(|error| CommandError::failed(format!("cannot start threads: {error}")))
}
