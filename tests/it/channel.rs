//! Channels made of a configuration as an operator writes it, each with a receiver on loopback.

use clickwarden::auth::SharedAuth;
use clickwarden::clock::{Clock, Tick};
use clickwarden::config::Config;
use clickwarden::deliver::{Channel, ChannelContext, Outcome, Outgoing};
use clickwarden::message::{Content, Envelope, UrlDisplay, sample};
use clickwarden::outbox::ReadySink;
use serde_json::Value;
use wiremock::ResponseTemplate;

use crate::program::Program;
use crate::receiver::Receiver;
use crate::support::NOW;
use crate::tenants::file;

/// The id of every message here.
pub const ID: &str = "0123456789abcdef0123456789abcdef";

/// A channel and who listens at its end.
pub struct Line {
    pub receiver: Receiver,
    pub channel: Channel,
    _program: Program,
}

impl Line {
    /// A sink of a type that has an address; `settings` are more lines of its section.
    pub fn new(kind: &str, settings: &str) -> Self {
        Self::answering(kind, settings, vec![ResponseTemplate::new(200)], &Clock::manual(NOW))
    }

    pub fn answering(
        kind: &str,
        settings: &str,
        answers: Vec<ResponseTemplate>,
        clock: &Clock,
    ) -> Self {
        let (receiver, program) = (Receiver::answering(answers), Program::offline());
        let url_file = file(&program.folder, "url", &receiver.address(), 0o600);
        let channel = configured(
            &program,
            &format!("type = {kind:?}\nurl_file = {url_file:?}\n{settings}"),
            clock,
        );
        Self { receiver, channel, _program: program }
    }

    /// Delivers a message whole.
    pub fn deliver(&self, content: &Content) -> Outcome {
        self.receiver.run(deliver(&self.channel, content, u32::MAX))
    }

    /// What came of a message that was taken.
    pub fn drawn(&self, content: &Content) -> Value {
        assert_eq!(self.deliver(content), Outcome::Accepted);
        self.receiver.requests().last().unwrap().body_json().unwrap()
    }
}

/// The channel of a sink with these settings, beside what is configured already.
pub fn configured(program: &Program, settings: &str, clock: &Clock) -> Channel {
    sink(program, settings, clock).channel
}

/// The sink itself.
pub fn sink(program: &Program, settings: &str, clock: &Clock) -> ReadySink {
    program.configure_also(&format!("[[sink]]\nname = \"soc\"\n{settings}\n"));
    let path = program.folder.path().join("clickwarden.toml");
    let config = Config::load(Some(&path), []).unwrap();
    let (auth, sample) = (SharedAuth::default(), sample());
    let context = ChannelContext { tenants: &config.tenants, auth: &auth, clock, sample: &sample };
    let settings = config.sinks[0].clone();
    ReadySink { channel: Channel::checked(&settings, context).unwrap(), settings }
}

/// Delivers a message with at most `rows` rows in a table.
pub async fn deliver(channel: &Channel, content: &Content, rows: u32) -> Outcome {
    let envelope = envelope(NOW, rows);
    channel.deliver(Outgoing { content, envelope: &envelope, recipient: "" }).await
}

pub fn envelope(written: Tick, rows: u32) -> Envelope {
    Envelope { id: ID.to_owned(), written, rows, urls: UrlDisplay::Cut }
}
