//! The command line: arguments to be read (`args`), what is done (`commands`), and what is shown (`print`).

mod args;
mod commands;
mod context;
mod digest_now;
mod error;
mod exit;
mod json_flag;
mod parse;
mod print;
mod tenant_files;

use std::path::PathBuf;

use clap::{ArgAction, CommandFactory as _, Parser, Subcommand};

pub(crate) use context::Context;
pub use error::CommandError;
pub use exit::Exit;
pub use parse::parse;

use commands::{
    alert, check, clicks, completions, config, db, demo, evidence, export, man, outbox, report,
    rule, run, silence, sink, status, summary, sync,
};
use print::stderr::print_error;

use crate::clock::Clock;
use crate::process::logging::{self, Level, LogFormat};

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

/// The whole command line.
fn command_line() -> clap::Command {
    json_flag::with_json(Arguments::command())
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
        Command::Completions(arguments) => completions::run(&arguments, command_line()),
        Command::Man(arguments) => man::run(&arguments, command_line()),
        Command::Outbox(command) => outbox::run(context, &command),
        Command::Report(command) => report::run(context, &command),
        Command::Sink(command) => sink::run(context, &command),
        Command::Db(command) => db::run(context, &command),
    }
}
