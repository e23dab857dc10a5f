//! `clickwarden sink`: trying out where messages go.

use std::io::Write as _;
use std::path::Path;

use crate::cli::args::named;
use crate::cli::context::{runtime, shared_auth};
use crate::cli::print::text::{counted, plain, to_second};
use crate::cli::{CommandError, Context, Exit};
use crate::clock::Tick;
use crate::clock::schedule::{Schedule, Zones};
use crate::config::{Attach, Config, Order, Report, SectionLocation, Sink};
use crate::deliver::{Outcome, Outgoing};
use crate::digest;
use crate::message::{Content, Envelope, sample};
use crate::outbox::ReadySink;
use crate::rules;
use crate::store::{OpenRefusal, Store, StoreError};

#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Send a harmless sample to a sink now, and print what came back; on success a paused sink is
    /// resumed
    Test(Test),
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Test {
    /// The sink's name
    name: String,
    /// Send what an alert looks like, marked TEST
    #[arg(long, conflicts_with = "digest")]
    alert: bool,
    /// Send what a digest looks like, marked TEST
    #[arg(long)]
    digest: bool,
}

pub(in crate::cli) fn run(context: &Context, command: &Command) -> Result<Exit, CommandError> {
    let Command::Test(arguments) = command;
    let name = &arguments.name;
    let config = context.config()?;
    let sink = named::sink(&config, name)?;
    let auth = shared_auth(&config, &context.clock);
    let ReadySink { channel, .. } = ReadySink::checked(sink, &config, &auth, &context.clock)
        .map_err(|found| CommandError::Each(Exit::BadConfig, found))?;
    let sample = arguments.sample(&config, sink, context.clock.now());
    let envelope = Envelope {
        id: crate::ids::guid().replace('-', ""),
        written: context.clock.now(),
        rows: u32::MAX,
        urls: sink.urls,
    };
    let runtime = runtime()?;
    let mut exit = Exit::Done;
    for recipient in sink.recipients() {
        let outgoing = Outgoing { content: &sample, envelope: &envelope, recipient: &recipient };
        let outcome = runtime.block_on(channel.deliver(outgoing));
        exit = exit.worst(tell(name, &recipient, &outcome)?);
    }
    if exit == Exit::Done {
        go_on(name, &config.store.path, context.clock.now())?;
    }
    Ok(exit)
}

impl Test {
    /// What is sent. A sink that no report names gets what a daily one would send.
    fn sample(&self, config: &Config, sink: &Sink, now: Tick) -> Content {
        if self.alert {
            let tenant = tenants(config, sink).into_iter().next().unwrap_or_default();
            return rules::sample(config, &tenant, now);
        }
        if self.digest {
            let named = config.reports.iter().find(|report| report.sinks.contains(&sink.name));
            let daily = || daily(config, sink);
            return named.cloned().or_else(daily).map_or_else(sample, |r| digest::sample(&r, now));
        }
        sample()
    }
}

/// Whose messages it may get.
fn tenants(config: &Config, sink: &Sink) -> Vec<String> {
    let names = config.tenants.iter().map(|tenant| tenant.name.clone());
    names.filter(|name| sink.audience.may_hear_of(std::slice::from_ref(name))).collect()
}

fn daily(config: &Config, sink: &Sink) -> Option<Report> {
    let schedule = Schedule::parse("0 8 * * *", Zones::newest().get("UTC")?).ok()?;
    Some(Report {
        name: "daily".to_owned(),
        schedule,
        window: None,
        top: 25,
        order: Order::default(),
        sinks: vec![sink.name.clone()],
        tenants: tenants(config, sink),
        attach: Attach::default(),
        location: SectionLocation::default(),
    })
}

/// Ends the pause of a sink that works, if there is one. A running daemon sees that by itself.
fn go_on(name: &str, path: &Path, now: Tick) -> Result<(), CommandError> {
    let store = match Store::open_read_only(path) {
        Ok(store) => store,
        // Nothing was ever sent.
        Err(StoreError::Refused {
            why: OpenRefusal::Missing | OpenRefusal::Older { .. }, ..
        }) => {
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let queue = store.read(|snapshot| snapshot.queues(now))?.remove(name).unwrap_or_default();
    if queue.paused.is_none() {
        return Ok(());
    }
    drop(store);
    if let Some(paused) = Store::open(path)?.unpause(name, now)? {
        let (shown, since, waiting) = (plain(name), to_second(paused.since), queue.waiting);
        let waits = counted(waiting, "message");
        writeln!(
            std::io::stdout(),
            "sink {shown}: resumed, was paused since {since} UTC; {waits} waiting"
        )?;
    }
    Ok(())
}

/// Says what came of it; an answer that is not yes goes to stderr, with what to do.
fn tell(name: &str, recipient: &str, outcome: &Outcome) -> Result<Exit, CommandError> {
    let to = if recipient.is_empty() { String::new() } else { format!(", {recipient}") };
    let (exit, detail) = match outcome {
        Outcome::Accepted => {
            writeln!(std::io::stdout(), "sink {}{}: accepted the sample", plain(name), plain(&to))?;
            return Ok(Exit::Done);
        }
        Outcome::MessageLater { detail, .. } | Outcome::SinkLater { detail, .. } => {
            (Exit::TryLater, detail)
        }
        Outcome::TooBig { detail } | Outcome::Refused { detail } | Outcome::Broken { detail } => {
            (Exit::Failed, detail)
        }
    };
    crate::cli::print::stderr::print_error(&format!("sink {name}{to}: {detail}"));
    Ok(exit)
}
