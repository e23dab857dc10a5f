//! `clickwarden sink`: trying out where messages go.

use std::io::Write as _;

use super::text::plain;
use super::{Context, Exit, Failure, runtime};
use crate::clock::Clock;
use crate::config::{Config, Sink};
use crate::deliver::{Channel, Means, Outcome, Parcel};
use crate::network::Clients;
use crate::report::{Envelope, sample};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Send a harmless sample to a sink now, and tell what came back
    Test {
        /// The sink's name
        name: String,
    },
}

pub(super) fn run(context: &Context, command: &Command) -> Result<Exit, Failure> {
    let Command::Test { name } = command;
    let config = context.config()?;
    let sink = named(&config, name)?;
    let channel = checked(sink, &config, &context.clock)
        .map_err(|found| Failure::Said(Exit::BadConfig, found.join("\n")))?;
    let sample = sample();
    let envelope = Envelope {
        id: crate::guid::guid().replace('-', ""),
        written: context.clock.now(),
        rows: u32::MAX,
        urls: sink.urls,
    };
    let runtime = runtime()?;
    let mut exit = Exit::Done;
    for recipient in sink.recipients() {
        let parcel = Parcel { content: &sample, envelope: &envelope, recipient: &recipient };
        let outcome = runtime.block_on(channel.deliver(parcel));
        exit = exit.worst(tell(name, &recipient, &outcome)?);
    }
    Ok(exit)
}

/// The channel of a sink, or all that is wrong with the files that it names.
pub(super) fn checked(sink: &Sink, config: &Config, clock: &Clock) -> Result<Channel, Vec<String>> {
    let (clients, sample) = (Clients::default(), sample());
    let means = Means { tenants: &config.tenants, clients: &clients, clock, sample: &sample };
    let named = |problem: &String| format!("sink {}: {problem}", sink.name);
    Channel::checked(sink, means).map_err(|found| found.iter().map(named).collect())
}

fn named<'c>(config: &'c Config, name: &str) -> Result<&'c Sink, Failure> {
    config.sinks.iter().find(|sink| sink.name == name).ok_or_else(|| {
        let known: Vec<&str> = config.sinks.iter().map(|sink| sink.name.as_str()).collect();
        let known = match known.as_slice() {
            [] => "none is configured: add a [[sink]] section".to_owned(),
            known => format!("configured are: {}", known.join(", ")),
        };
        let name = crate::quote::one_line(name);
        Failure::Said(Exit::BadConfig, format!("no sink is named {name:?}; {known}"))
    })
}

/// Says what came of it; an answer that is not yes goes to stderr, with what to do.
fn tell(name: &str, recipient: &str, outcome: &Outcome) -> Result<Exit, Failure> {
    let to = if recipient.is_empty() { String::new() } else { format!(", {recipient}") };
    let (exit, told) = match outcome {
        Outcome::Accepted => {
            writeln!(std::io::stdout(), "sink {}{}: accepted the sample", plain(name), plain(&to))?;
            return Ok(Exit::Done);
        }
        Outcome::MessageLater { told, .. } | Outcome::SinkLater { told, .. } => {
            (Exit::TryLater, told)
        }
        Outcome::TooBig { told } | Outcome::Refused { told } | Outcome::Broken { told } => {
            (Exit::Failed, told)
        }
    };
    super::complain(&format!("sink {name}{to}: {told}"));
    Ok(exit)
}
