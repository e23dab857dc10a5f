//! A mail server whose reply does not end: the program holds only so much of it.

use std::io::{Read as _, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use tokio_rustls::rustls::{ServerConfig, ServerConnection, Stream};

use crate::mail_server::sink_test;
use crate::program::Program;
use crate::tls::certified;

const TO: &str = "to = [\"ann@contoso.example\"]";
/// What the server has to say: a few times what a reply may have.
const SAID: usize = 1 << 20;

/// How the reply goes on.
#[derive(Clone, Copy)]
enum Endless {
    /// In one line.
    Line,
    /// In lines that are not the last.
    Lines,
}

/// Says its endless greeting once, and waits for the client to go. Gives its port.
fn serve(endless: Endless, tls: Option<ServerConfig>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let said = match endless {
            Endless::Line => format!("220 {}", "x".repeat(SAID)),
            Endless::Lines => "220-x\r\n".repeat(SAID / 7),
        };
        match tls {
            Some(config) => {
                let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
                say(&mut Stream::new(&mut connection, &mut socket), &said);
            }
            None => say(&mut socket, &said),
        }
        wait(&socket);
    });
    port
}

/// Whoever hears too much may hang up in the middle.
fn say(to: &mut impl Write, said: &str) {
    let _ = to.write_all(said.as_bytes()).and_then(|()| to.flush());
}

fn wait(socket: &TcpStream) {
    let mut rest = [0; 1 << 10];
    let mut socket = socket;
    while let Ok(1..) = socket.read(&mut rest) {}
}

#[test]
fn a_reply_that_does_not_end_is_not_held() {
    for (tls, endless) in [
        ("none", Endless::Line),
        ("none", Endless::Lines),
        ("starttls", Endless::Line),
        ("implicit", Endless::Line),
    ] {
        let program = Program::offline();
        let (authority, config) = certified("127.0.0.1");
        let trusted = program.folder.path().join("authority.pem");
        std::fs::write(&trusted, authority).unwrap();
        let port = serve(endless, (tls == "implicit").then_some(config));
        program.configure_also(&format!(
            "[[sink]]\nname = \"soc\"\ntype = \"email\"\nhost = \"127.0.0.1\"\nport = {port}\n\
             tls = {tls:?}\nca_file = {trusted:?}\nfrom = \"a@b.example\"\n{TO}\n"
        ));
        let ran = sink_test(&program);
        assert_eq!(ran.code, Some(75), "{tls}: {}", ran.err);
        let words = "the server's reply does not end within 65,536 bytes";
        assert!(ran.err.contains(words), "{tls}: {}", ran.err);
    }
}
