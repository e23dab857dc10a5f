//! The command line: one file a command.

mod config;
mod exit;
mod run;
mod sync;
mod text;

use std::path::{Path, PathBuf};

use clap::{ArgAction, Parser, Subcommand};

pub use exit::{Exit, Failure};

use crate::clock::Clock;
use crate::config::{Config, Tenant, environment};
use crate::telemetry::{self, Level, LogFormat};

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
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Command),
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
pub(crate) struct Context {
    config: Option<PathBuf>,
    clock: Clock,
}

impl Context {
    /// The configuration: from the file that was named, or the default one.
    fn config(&self) -> Result<Config, Failure> {
        let path = self.config.as_deref().unwrap_or(Path::new(DEFAULT_CONFIG));
        Ok(Config::load(Some(path), environment())?)
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
    telemetry::start(arguments.log_format, level);
    let context = Context { config: arguments.config, clock: Clock::System };
    match dispatch(&context, arguments.command) {
        Ok(exit) => exit,
        Err(Failure::ClosedPipe) => Exit::Done,
        Err(Failure::Said(exit, why)) => {
            complain(&why);
            exit
        }
    }
}

fn dispatch(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Run => run::run(context),
        Command::Sync(arguments) => sync::run(context, &arguments),
        Command::Config(command) => config::run(context, &command),
    }
}

/// Errors go to stderr.
#[expect(clippy::print_stderr, reason = "this is where errors are shown")]
fn complain(why: &str) {
    for line in why.lines() {
        eprintln!("clickwarden: {line}");
    }
}

/// The tenants that a command is for: the one named, or all.
fn chosen<'c>(config: &'c Config, name: Option<&str>) -> Result<Vec<&'c Tenant>, Failure> {
    let Some(name) = name else { return Ok(config.tenants.iter().collect()) };
    let found: Vec<&Tenant> = config.tenants.iter().filter(|t| t.name == name).collect();
    if found.is_empty() {
        let known: Vec<&str> = config.tenants.iter().map(|t| t.name.as_str()).collect();
        let known = known.join(", ");
        let name = crate::quote::one_line(name);
        return Err(Failure::Said(
            Exit::BadConfig,
            format!("--tenant: no tenant is named {name:?}; configured are: {known}"),
        ));
    }
    Ok(found)
}

/// Looks at the files that the tenants' sections name; all problems at once.
fn check_files<'c>(tenants: impl IntoIterator<Item = &'c Tenant>) -> Result<(), Failure> {
    let problems: Vec<_> = tenants.into_iter().flat_map(Tenant::check_files).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

/// The runtime that commands with a network run on.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let made = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    made.map_err(|error| Failure::failed(format!("cannot start threads: {error}")))
}
