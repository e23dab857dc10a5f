//! A relay between the program and the simulated tenant: it sees what passes, and can hold the
//! answers to fetches back.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// Whose traffic passed, by which connection, and which way. In the order in which it passed.
pub type Passed = (&'static str, usize, Way);

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToTenant,
    FromTenant,
}

/// What several relays saw.
pub type Log = Arc<Mutex<Vec<Passed>>>;

/// Whether answers are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    No,
    /// From the next fetch on.
    AtNextFetch,
    Yes,
}

/// Runs until the test process ends.
#[derive(Clone)]
pub struct Relay {
    pub url: String,
    name: &'static str,
    log: Log,
    hold: Arc<(Mutex<Hold>, Condvar)>,
}

impl Relay {
    /// Relays to `tenant`, an address as in a configuration.
    pub fn start(tenant: &str, name: &'static str, log: &Log) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let hold = Arc::new((Mutex::new(Hold::No), Condvar::new()));
        let relay = Self { url, name, log: log.clone(), hold };
        let (tenant, serving) = (tenant.replace("http://", ""), relay.clone());
        std::thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let (client, tenant) = (client.unwrap(), TcpStream::connect(&tenant).unwrap());
                let (back, forth) = (serving.clone(), serving.clone());
                let (from, to) = (tenant.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || back.pass(from, to, number, Way::FromTenant));
                std::thread::spawn(move || forth.pass(client, tenant, number, Way::ToTenant));
            }
        });
        relay
    }

    /// Holds every answer back, from the next fetch on.
    pub fn hold_at_next_fetch(&self) {
        self.set(Hold::AtNextFetch);
    }

    /// Lets every answer go.
    pub fn let_go(&self) {
        self.set(Hold::No);
    }

    /// Waits until a fetch was sent whose answer is held back.
    pub fn wait_until_held(&self) {
        let (hold, changed) = &*self.hold;
        drop(changed.wait_while(hold.lock().unwrap(), |hold| *hold != Hold::Yes).unwrap());
    }

    fn set(&self, new: Hold) {
        *self.hold.0.lock().unwrap() = new;
        self.hold.1.notify_all();
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, connection: usize, way: Way) {
        let mut chunk = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from.read(&mut chunk) {
            let bytes = &chunk[..read];
            let (hold, changed) = &*self.hold;
            let mut held = hold.lock().unwrap();
            if way == Way::ToTenant && *held == Hold::AtNextFetch && is_fetch(bytes) {
                *held = Hold::Yes;
                changed.notify_all();
            }
            if way == Way::FromTenant {
                held = changed.wait_while(held, |held| *held == Hold::Yes).unwrap();
            }
            drop(held);
            self.log.lock().unwrap().push((self.name, connection, way));
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        // Whoever ended it, both sides hear of it; they may know already.
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
}

fn is_fetch(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("UrlClickEvents") && !text.contains("summarize") && !text.contains("take 0")
}
