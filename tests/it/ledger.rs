//! A receiver on loopback that keeps its own ledger of what arrived, and tells at each point of an
//! exchange how far it has come.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its `webhook-id`.
    pub id: String,
    pub body: String,
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Somebody connected.
    Connected,
    /// A request is there, and in the ledger.
    Arrived,
    /// Half of the answer is written.
    Half,
    /// The answer is written.
    Answered,
}

/// What the receiver does at a point; `false` ends the connection there.
type Hook = dyn FnMut(Point) -> bool + Send;

/// The receiver. It answers until the test ends.
pub struct Receiver {
    pub url: String,
    ledger: Arc<Mutex<Vec<Arrived>>>,
    hook: Arc<Mutex<Box<Hook>>>,
}

impl Receiver {
    /// Answers everything with `answer`, a head such as `HTTP/1.1 204 No Content`.
    pub fn start(answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let ledger: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let always: Box<Hook> = Box::new(|_| true);
        let hook = Arc::new(Mutex::new(always));
        let receiver = Self { url, ledger: ledger.clone(), hook: hook.clone() };
        let answer = format!("{answer}\r\ncontent-length: 0\r\n\r\n");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (ledger, hook, answer) = (ledger.clone(), hook.clone(), answer.clone());
                std::thread::spawn(move || serve(stream, &ledger, &hook, &answer));
            }
        });
        receiver
    }

    /// From now on asks `hook` at every point.
    pub fn ask(&self, hook: impl FnMut(Point) -> bool + Send + 'static) {
        *self.hook.lock().unwrap() = Box::new(hook);
    }

    /// What arrived so far, in order.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.ledger.lock().unwrap().clone()
    }
}

/// Exchanges on one connection, until its end. `None` ends it.
fn serve(
    mut stream: TcpStream,
    ledger: &Mutex<Vec<Arrived>>,
    hook: &Mutex<Box<Hook>>,
    answer: &str,
) -> Option<()> {
    let at = |point| hook.lock().unwrap()(point).then_some(());
    at(Point::Connected)?;
    loop {
        let arrived = read(&mut stream)?;
        ledger.lock().unwrap().push(arrived);
        at(Point::Arrived)?;
        let (half, rest) = answer.split_at(answer.len() / 2);
        stream.write_all(half.as_bytes()).ok()?;
        at(Point::Half)?;
        stream.write_all(rest.as_bytes()).ok()?;
        at(Point::Answered)?;
    }
}

fn read(stream: &mut TcpStream) -> Option<Arrived> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
        line.and_then(|line| line.split_once(": ")).map(|(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length").unwrap().parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    let id = header("webhook-id").unwrap_or_default();
    Some(Arrived { id, body: String::from_utf8(body).unwrap() })
}
