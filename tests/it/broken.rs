//! A server that breaks connections in one way.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

/// How it breaks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A reset: closed with the request unread.
    Reset,
    /// Closed without a byte.
    Close,
    /// Bytes that are no HTTP.
    Garbage,
    /// Closed in the middle of a body of known length.
    HalfBody,
    /// Closed in the middle of a chunked body.
    HalfChunks,
    /// A body of good JSON that ends early, and says so nowhere.
    HalfJson,
    /// Headers that never end.
    EndlessHeaders,
    /// A byte every few milliseconds, for ever.
    Trickle,
    /// A compressed body that is 1000 times as large.
    GzipBomb,
    /// A body that says it is compressed, and is not.
    BadGzip,
    /// A good answer, compressed.
    Gzip,
}

/// Bytes in a bomb, when it went off.
pub const BOMB: usize = 8 << 20;

/// Serves on loopback until the test process ends; the address.
pub fn serve(how: How) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Whoever breaks connections must bear that the other side does, too.
            let _ = answer(stream.unwrap(), how);
        }
    });
    format!("http://{address}")
}

fn answer(mut stream: TcpStream, how: How) -> std::io::Result<()> {
    if how == How::Reset {
        // Closing a socket that holds unread bytes resets the connection.
        stream.peek(&mut [0])?;
        return Ok(());
    }
    read_request(&mut stream)?;
    match how {
        How::Reset | How::Close => Ok(()),
        How::Garbage => stream.write_all(b"\x00\x01garbage\r\n\r\n"),
        How::HalfBody => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"schema\":[")
        }
        How::HalfChunks => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"sc\r\n")
        }
        How::HalfJson => stream.write_all(
            b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"schema\":[],\"results\":[{",
        ),
        How::EndlessHeaders => drip(&mut stream, b"HTTP/1.1 200 OK\r\n", b"x"),
        How::Trickle => {
            drip(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{", b" ")
        }
        How::GzipBomb => send(&mut stream, &zipped(&vec![b' '; BOMB])),
        How::BadGzip => send(&mut stream, b"{\"schema\":[],\"results\":[]}"),
        How::Gzip => send(&mut stream, &zipped(b"{\"schema\":[],\"results\":[]}")),
    }
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
    while !is_whole(&request) {
        match stream.read(&mut chunk)? {
            0 => break,
            read => request.extend_from_slice(&chunk[..read]),
        }
    }
    Ok(())
}

/// Whether the headers are there, and as much behind them as they say.
fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    request.len() >= end + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap())
}

fn send(stream: &mut TcpStream, body: &[u8]) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

fn zipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// Writes `drop` whenever the other side has been silent for a moment, until it hangs up.
fn drip(stream: &mut TcpStream, head: &[u8], drop: &[u8]) -> std::io::Result<()> {
    stream.write_all(head)?;
    stream.set_read_timeout(Some(Duration::from_millis(5)))?;
    loop {
        match stream.read(&mut [0]) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.write_all(drop)?,
            Err(error) => return Err(error),
        }
    }
}
