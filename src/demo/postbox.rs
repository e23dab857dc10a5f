//! A mail server on a loopback port, which takes any mail and keeps the last: as much of SMTP (RFC
//! 5321) as a sender needs that neither signs in nor asks for TLS.

mod dialogue;
mod limits;
mod lines;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::inbox::Inbox;
use super::mail::Mail;
use dialogue::{Dialogue, Then};
use limits::LARGEST_MAIL;
use lines::{Lines, SmtpLine};

/// Connections at once; one more is closed at once.
const MOST_CONNECTIONS: usize = 8;
/// How long a connection lasts, whatever happens on it.
const CONNECTION_TIMEOUT: Duration = Duration::from_mins(1);
/// How long to rest when no connection can be taken.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Bytes of a command and of a line of a mail, with their ends (RFC 5321, 4.5.3.1).
const LONGEST_COMMAND: usize = 512;
const LONGEST_LINE: usize = 1_000;

/// A running mail server; it stops when it is dropped.
pub struct Postbox {
    address: SocketAddr,
    _stop: DropGuard,
}

impl Postbox {
    /// Starts one on a free port of 127.0.0.1. Must be called within a tokio runtime.
    pub async fn start(inbox: Inbox) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, inbox, stop.clone()));
        Ok(Self { address, _stop: stop.drop_guard() })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn serve(listener: TcpListener, inbox: Inbox, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    while let Some(taken) = stop.run_until_cancelled(listener.accept()).await {
        let Ok((stream, _)) = taken else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let (connection, stop) = (SmtpConnection::new(stream, inbox.clone()), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            // What goes wrong with a connection is the sender's affair.
            let _ = stop
                .run_until_cancelled(tokio::time::timeout(CONNECTION_TIMEOUT, connection.run()))
                .await;
        });
    }
}

/// A connection.
struct SmtpConnection {
    lines: Lines<OwnedReadHalf>,
    answers: OwnedWriteHalf,
    dialogue: Dialogue,
    inbox: Inbox,
}

impl SmtpConnection {
    fn new(stream: TcpStream, inbox: Inbox) -> Self {
        let (questions, answers) = stream.into_split();
        Self { lines: Lines::new(questions), answers, dialogue: Dialogue::default(), inbox }
    }

    async fn run(mut self) -> io::Result<()> {
        self.say("220 clickwarden-demo ESMTP").await?;
        while let Some(line) = self.lines.next(LONGEST_COMMAND).await? {
            let reply = self.dialogue.answer(&line);
            self.say(&reply.text).await?;
            match reply.then {
                Then::Listen => {}
                Then::Mail => {
                    let Some(answer) = self.take().await? else { break };
                    self.say(answer).await?;
                }
                Then::Leave => break,
            }
        }
        self.answers.shutdown().await
    }

    /// Takes a mail to its end; the answer to it. `None` if the connection ends before.
    async fn take(&mut self) -> io::Result<Option<&'static str>> {
        let Some(content) = self.content().await? else { return Ok(None) };
        let envelope = self.dialogue.take_envelope();
        let read = content.map(|bytes| Mail::read(envelope, bytes));
        Ok(Some(match read {
            Ok(Ok(mail)) => {
                self.inbox.put(|kept| kept.mail = Some(Arc::new(mail)));
                "250 2.0.0 Kept"
            }
            Ok(Err(_)) => "554 5.6.0 This is no mail",
            Err(refusal) => refusal,
        }))
    }

    /// The lines of a mail up to the dot, or why they are refused.
    async fn content(&mut self) -> io::Result<Option<Result<Vec<u8>, &'static str>>> {
        let mut content = Ok(Vec::new());
        while let Some(line) = self.lines.next(LONGEST_LINE).await? {
            if line.is_dot() {
                return Ok(Some(content));
            }
            // A mail that is refused is read to its end nonetheless.
            content = content.and_then(|content| added(content, &line));
        }
        Ok(None)
    }

    async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.answers.write_all(format!("{answer}\r\n").as_bytes()).await
    }
}

/// The mail with one more line, of which a dot that was put before another goes (RFC 5321, 4.5.2).
fn added(mut content: Vec<u8>, line: &SmtpLine) -> Result<Vec<u8>, &'static str> {
    let line = match line {
        SmtpLine::Whole(line) => line.strip_prefix(b".").unwrap_or(line),
        SmtpLine::TooLong => return Err("500 5.6.0 A line of the mail is too long"),
        SmtpLine::Bare => return Err("550 5.6.0 A line of the mail does not end with CR LF"),
    };
    content.extend_from_slice(line);
    content.extend_from_slice(b"\r\n");
    if content.len() > LARGEST_MAIL { Err("552 5.3.4 The mail is too big") } else { Ok(content) }
}
