//! The real program, with a configuration and a store in a folder of its own.

use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use clickwarden::click::Present;
use clickwarden::clock::{Clock, Span, Tick};
use clickwarden::store::{Changes, FetchedAnswer, Lease, LeaseClaim, Owner, Store};
use clickwarden::sync_state::hour::Acceptance;

use crate::support::{Row, clicks};
use crate::tenants::{CLIENT_ID, SECRET, file};

/// A folder with `clickwarden.toml`, a secret and perhaps a store.
pub struct Program {
    pub folder: tempfile::TempDir,
}

/// What a run gave.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ran {
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, Some(0), "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Program {
    /// Configured for the tenants `names` at `server`.
    pub fn of(names: &[&str], server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret = file(&folder, "secret", SECRET, 0o600);
        let store = folder.path().join("c.db");
        let tenant = |name: &&str| {
            format!(
                "[[tenant]]\nname = {name:?}\ntenant_id = \"{name}.example\"\n\
                 client_id = {CLIENT_ID:?}\nclient_secret_file = {secret:?}\n\
                 login_url = {server:?}\ngraph_url = {server:?}\n",
            )
        };
        let tenants: String = names.iter().map(tenant).collect();
        let config = format!("[store]\npath = {store:?}\n{tenants}");
        let program = Self { folder };
        program.configure(&config);
        program
    }

    /// One tenant that is never called.
    pub fn offline() -> Self {
        Self::of(&["contoso"], "http://127.0.0.1:9")
    }

    pub fn configure(&self, text: &str) {
        std::fs::write(self.folder.path().join("clickwarden.toml"), text).unwrap();
    }

    /// Adds to the configuration.
    pub fn configure_also(&self, text: &str) {
        let path = self.folder.path().join("clickwarden.toml");
        let config = std::fs::read_to_string(&path).unwrap();
        self.configure(&format!("{config}\n{text}"));
    }

    pub fn store_path(&self) -> PathBuf {
        self.folder.path().join("c.db")
    }

    /// The store, opened for writing, and a lease on the tenant `name`.
    pub fn store(&self, name: &str) -> (Store, Lease) {
        let store = Store::open(&self.store_path()).unwrap();
        let tenant = store.tenant(name).unwrap();
        let ttl = Duration::from_mins(2);
        let claim = store.lease(tenant, &Owner::here(), ttl, Clock::System.now()).unwrap();
        let LeaseClaim::Granted(lease) = claim else { panic!("{claim:?}") };
        (store, lease)
    }

    /// Puts rows into the store as an accepted answer for the whole of `span`.
    pub fn fill(&self, tenant: &str, rows: &[Row], span: Span) {
        self.fill_at(tenant, rows, span, Clock::System.now());
    }

    pub fn fill_at(&self, tenant: &str, rows: &[Row], span: Span, now: Tick) {
        let (store, lease) = self.store(tenant);
        let batch = store.prepare(clicks(rows), Present::ALL);
        let changes = Changes::default();
        store
            .apply(
                &lease,
                &FetchedAnswer { batch: &batch, window: span, acceptance: Acceptance::Accept },
                &changes,
                now,
            )
            .unwrap();
        store.release(&lease).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_clickwarden"));
        command.arg("--config").arg(self.folder.path().join("clickwarden.toml")).args(arguments);
        command.env_clear();
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }
}
