//! Logs: to stderr for people, for the journal or as JSON, or to the journal itself. Control
//! characters in values are escaped by the subscriber (since 0.3.20).

use std::fmt;
use std::io::{IsTerminal as _, stderr};

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Compact, DefaultFields, Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// For people; where stderr is the journal, with the priority it expects and without a time
    #[default]
    Auto,
    /// For people
    Human,
    /// One JSON object a line
    Json,
    /// To the journal itself, each value in a field of its own
    Journald,
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

/// Starts logging; `journal_stream` is what systemd says of the journal, `JOURNAL_STREAM`. A second
/// call changes nothing.
///
/// # Errors
/// When the journal cannot be reached that was asked for by name.
pub fn start(
    format: LogFormat,
    level: Level,
    journal_stream: Option<&str>,
) -> Result<(), std::io::Error> {
    let ours = match level {
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    };
    // What it logs of a certificate is also in the error, which is told where it is handled.
    let quiet = "rustls_platform_verifier=off";
    let filter = EnvFilter::new(format!("warn,{quiet},clickwarden={ours}"));
    let base = tracing_subscriber::fmt().with_env_filter(filter.clone()).with_writer(stderr);
    // Only a second start fails, and then logs go where they went before.
    let _ = match format {
        LogFormat::Auto if is_the_journal(journal_stream) => {
            base.with_ansi(false).event_format(Prioritised::default()).try_init()
        }
        LogFormat::Auto | LogFormat::Human => {
            base.with_ansi(stderr().is_terminal()).with_target(false).try_init()
        }
        LogFormat::Json => base.json().flatten_event(true).try_init(),
        LogFormat::Journald => {
            let journal = tracing_journald::layer()?.with_field_prefix(Some("CLICKWARDEN".into()));
            tracing_subscriber::registry().with(filter).with(journal).try_init().ok();
            Ok(())
        }
    };
    Ok(())
}

/// Whether stderr is the stream that systemd connected to the journal: its device and inode
/// (systemd.exec(5), `$JOURNAL_STREAM`).
fn is_the_journal(journal_stream: Option<&str>) -> bool {
    let Ok(stat) = rustix::fs::fstat(stderr()) else { return false };
    journal_stream == Some(format!("{}:{}", stat.st_dev, stat.st_ino).as_str())
}

/// Lines that begin with their priority, as the journal takes them from a stream (sd-daemon(3)).
struct Prioritised {
    line: Format<Compact, ()>,
}

impl Default for Prioritised {
    fn default() -> Self {
        let line = tracing_subscriber::fmt::format().compact().without_time();
        Self { line: line.with_target(false).with_level(false).with_ansi(false) }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, DefaultFields> for Prioritised {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, DefaultFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let priority = match *event.metadata().level() {
            tracing::Level::ERROR => 3,
            tracing::Level::WARN => 4,
            tracing::Level::INFO => 6,
            tracing::Level::DEBUG | tracing::Level::TRACE => 7,
        };
        write!(writer, "<{priority}>")?;
        self.line.format_event(context, writer, event)
    }
}
