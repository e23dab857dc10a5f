//! A simulated tenant and the real program beside it, configured by a file as an operator would.

use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use clickwarden::click::Text;
use clickwarden::click::selection::Selection;
use clickwarden::clock::{Clock, Span, Tick};
use clickwarden::collect::{Collector, Start};
use clickwarden::config::Config;
use clickwarden::daemon::Resources;
use clickwarden::demo::{Tenant, TenantSettings};
use clickwarden::kql::{self, Table, Value};
use clickwarden::store::{ClickFilter, Store, Withdrawn};

/// One simulated tenant, and the program's folder.
pub struct Stand {
    pub tenant: Tenant,
    pub dir: tempfile::TempDir,
    /// The test damages the store, so that no check of it is made in the end.
    pub damaged: bool,
}

/// Whatever a test did to the program, its store is in order.
impl Drop for Stand {
    fn drop(&mut self) {
        if self.damaged || std::thread::panicking() || !self.database().exists() {
            return;
        }
        // One that was made and never used has no tables yet.
        if let Ok(store) = Store::open_read_only(&self.database()) {
            assert_eq!(crate::db_check::damaged_parts(&store).unwrap(), []);
        }
    }
}

/// What identifies a row, and its details: enough to tell two rows apart.
pub type Bare = (String, Vec<String>, Option<bool>);

impl Stand {
    /// A tenant that shows `table` by the machine's clock; `collect` are more lines of that section.
    pub async fn new(table: Table, collect: &str) -> Self {
        Self::with(TenantSettings::new(Clock::System), table, collect).await
    }

    /// The same, with other settings of the tenant; it answers any number of calls.
    pub async fn with(settings: TenantSettings, table: Table, collect: &str) -> Self {
        let settings = TenantSettings { calls_per_minute: None, ..settings };
        let tenant = Tenant::start(settings, table).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let stand = Self { tenant, dir, damaged: false };
        stand.write_secret(&stand.tenant.settings().client_secret.clone());
        stand.write_config(collect);
        stand
    }

    /// A collector as the daemon makes it, by this clock.
    pub async fn collector(&self, clock: &Clock) -> Collector {
        let config = Config::load(Some(&self.config()), []).unwrap();
        let (database, clock) = (self.database(), clock.clone());
        let made = move || {
            let resources = Resources::new(Store::open(&database).unwrap(), clock);
            resources
                .collectors(&config.tenants, &config.collect, Start::WhenDue)
                .unwrap()
                .remove(0)
        };
        tokio::task::spawn_blocking(made).await.unwrap()
    }

    pub fn write_secret(&self, secret: &str) {
        let path = self.dir.path().join("secret");
        fs::write(&path, secret).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn write_config(&self, collect: &str) {
        fs::write(self.config(), self.config_text(&self.tenant.url(), collect)).unwrap();
    }

    /// A configuration that reaches the tenant by `url`.
    pub fn config_text(&self, url: &str, collect: &str) -> String {
        let TenantSettings { tenant_id, client_id, .. } = self.tenant.settings();
        let dir = self.dir.path().display();
        format!(
            "[store]\npath = \"{dir}/clicks.db\"\n\n[[tenant]]\nname = \"contoso\"\n\
             tenant_id = \"{tenant_id}\"\nclient_id = \"{client_id}\"\n\
             client_secret_file = \"{dir}/secret\"\nlogin_url = \"{url}\"\ngraph_url = \"{url}\"\n\n\
             [collect]\ncalls_per_minute = 1000000\n{collect}\n"
        )
    }

    /// Another configuration file beside the first; its path.
    pub fn write_other_config(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub fn config(&self) -> PathBuf {
        self.dir.path().join("clickwarden.toml")
    }

    pub fn database(&self) -> PathBuf {
        self.dir.path().join("clicks.db")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        program(&self.config(), arguments)
    }

    /// Runs a command to its end. Blocks, as tests on several threads may.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts a command, its words unheard.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The rows that the tenant shows of a span now, sorted.
    pub fn truth(&self, span: Span) -> Vec<Bare> {
        self.truth_at(span, Clock::System.now())
    }

    /// The rows that the tenant shows of a span at `now`, sorted.
    pub fn truth_at(&self, span: Span, now: Tick) -> Vec<Bare> {
        let query = kql::query::fetch(span);
        let statement = kql::parse(&query).unwrap();
        self.tenant.read(|table| {
            let answer = kql::run(&statement, table.at(now)).unwrap();
            let names: Vec<String> = answer.columns().map(|(name, _)| name.to_owned()).collect();
            let mut rows: Vec<Bare> =
                answer.rows().map(|row| bare(&names, row.collect())).collect();
            rows.sort();
            rows
        })
    }

    /// The rows that the copy holds live of a span, sorted.
    pub fn copy(&self, span: Span) -> Vec<Bare> {
        copy(&self.database(), span)
    }
}

/// The program, to be run with a configuration file and nothing of this environment.
pub fn program(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clickwarden"));
    command.arg("--config").arg(config).args(arguments).env_clear();
    command
}

/// A program that is killed when the test ends before it does.
pub struct Running(pub Child);

impl Running {
    /// Starts it, its words going to the file `words`.
    pub fn start(mut command: Command, words: &Path) -> Self {
        let words = fs::File::options().create(true).append(true).open(words).unwrap();
        Self(command.stdout(Stdio::null()).stderr(words).spawn().unwrap())
    }

    /// Asks it to stop, which it must do well.
    pub fn stop(mut self) {
        signal(&self.0, "TERM");
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It fails only where the program has ended.
        let _ = (self.0.kill(), self.0.wait());
    }
}

/// Sends a signal, such as `TERM`.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status();
    assert!(sent.unwrap().success());
}

fn bare(names: &[String], values: Vec<Value<'_>>) -> Bare {
    let mut texts = vec![String::new(); Text::COUNT];
    let (mut at, mut through) = (String::new(), None);
    for (name, value) in names.iter().zip(values) {
        match value {
            Value::Time(tick) => at = tick.to_string(),
            Value::Bool(value) if name == "IsClickedThrough" => through = Some(value),
            Value::Text(text) => {
                if let Some(column) = Text::ALL.iter().position(|column| column.name() == name) {
                    texts[column] = text.to_owned();
                }
            }
            _ => {}
        }
    }
    (at, texts, through)
}

/// The live rows of a store's only tenant.
pub fn copy(database: &Path, span: Span) -> Vec<Bare> {
    let store = Store::open_read_only(database).unwrap();
    let mut rows: Vec<Bare> = Vec::new();
    store
        .read(|snapshot| {
            let tenants = snapshot.tenants()?.into_iter().map(|(key, _)| key).collect();
            let filter = ClickFilter {
                tenants,
                span,
                selection: Selection::default(),
                withdrawn: Withdrawn::Hide,
            };
            snapshot.clicks(&filter, |stored| {
                let texts = stored.click.texts.iter().map(|text| (*text).to_owned()).collect();
                let at = stored.click.timestamp.to_string();
                rows.push((at, texts, stored.click.is_clicked_through));
                ControlFlow::Continue(())
            })
        })
        .unwrap();
    rows.sort();
    rows
}
