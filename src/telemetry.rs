//! Logs: to stderr, for people or as JSON. Control characters in values are escaped by the
//! subscriber (since 0.3.20).

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// What is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What somebody may have to act on.
    Warn,
    /// What the program does.
    Info,
    /// How it does it.
    Debug,
    /// Everything of ours.
    Trace,
}

/// Starts logging. A second call changes nothing.
pub fn start(format: LogFormat, level: Level) {
    let ours = match level {
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    };
    let filter = EnvFilter::new(format!("warn,clickwarden={ours}"));
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE);
    // Only a second start fails, and then logs go where they went before.
    let _ = match format {
        LogFormat::Human => base.with_target(false).try_init(),
        LogFormat::Json => base.json().flatten_event(true).try_init(),
    };
}
