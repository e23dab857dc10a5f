//! A connection to a mail server, on which no reply is longer than we are ready to hold: lettre 0.11
//! reads a line to its end before it looks at its length.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::text::number::grouped;

/// What may come between two things that we say. A line of a reply has 512 bytes at most (RFC 5321,
/// 4.5.3.1.5), a handshake of TLS with its certificates a few thousand.
const LARGEST_REPLY: usize = 64 << 10;
/// How long a connection may take to come up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to the first of `addresses` that answers.
pub(super) async fn connect(addresses: &[SocketAddr]) -> io::Result<(TcpStream, SocketAddr)> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await;
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "connection timed out");
        match connected.map_err(late).flatten() {
            Ok(stream) => return Ok((stream, *address)),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// A stream that breaks when a reply does not end.
#[derive(Debug)]
pub(super) struct Bounded<S> {
    stream: S,
    peer: SocketAddr,
    /// Bytes since we last said something.
    heard: usize,
}

impl<S> Bounded<S> {
    /// Bounds what is read from `stream`, which leads to `peer`.
    pub(super) const fn new(stream: S, peer: SocketAddr) -> Self {
        Self { stream, peer, heard: 0 }
    }
}

fn endless() -> io::Error {
    let detail =
        format!("the server's reply does not end within {} bytes", grouped(LARGEST_REPLY as u64));
    io::Error::new(io::ErrorKind::InvalidData, detail)
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.heard > LARGEST_REPLY {
            return Poll::Ready(Err(endless()));
        }
        let before = to.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, to);
        self.heard += to.filled().len() - before;
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // Once broken it stays so, whatever is said in parting.
        if self.heard <= LARGEST_REPLY {
            self.heard = 0;
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> AsyncTokioStream for Bounded<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn replies_of_any_number_pass_and_one_without_end_does_not() {
        let (ours, mut theirs) = tokio::io::duplex(4 << 20);
        let mut bounded = Bounded::new(ours, SocketAddr::from(([127, 0, 0, 1], 25)));
        let mut reply = vec![b'x'; 8 << 10];
        for _ in 0..40 {
            theirs.write_all(&reply).await.unwrap();
            bounded.read_exact(&mut reply).await.unwrap();
            bounded.write_all(b"NOOP\r\n").await.unwrap();
        }
        theirs.write_all(&vec![b'x'; 2 << 20]).await.unwrap();
        let mut held = Vec::new();
        let error = bounded.read_to_end(&mut held).await.unwrap_err();
        assert_eq!(error.to_string(), "the server's reply does not end within 65,536 bytes");
        assert!(held.len() <= 2 * LARGEST_REPLY, "{}", held.len());
        bounded.write_all(b"QUIT\r\n").await.unwrap();
        assert!(bounded.read_exact(&mut reply).await.is_err());
    }
}
