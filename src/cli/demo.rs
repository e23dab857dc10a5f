//! `clickwarden demo`: a simulated tenant on loopback, the daemon beside it, and what an operator
//! sees.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Context, Exit, Failure, runtime, summary};
use crate::clock::{Clock, Span, Tick, ticks_of};
use crate::collect::Patience;
use crate::config::Config;
use crate::daemon::{Board, Means, collect};
use crate::demo::{Settings, Tenant, invented_table};
use crate::lifecycle::{End, Lifecycle};
use crate::pulse::Pulse;
use crate::store::{Store, TenantKey};

/// The invention's seed: every demo tells the same story, up to now.
const SEED: u64 = 2026;
/// How often the end of a pass is looked for.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// End after the first summary
    #[arg(long)]
    once: bool,
    /// How many clicks to invent for the last 30 days
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    clicks: u32,
    /// Keep configuration and store in this folder, which must not exist yet
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// Where the demo's files live: a folder that goes with it, or one that stays.
enum Place {
    Passing(tempfile::TempDir),
    Kept(PathBuf),
}

impl Place {
    fn new(keep: Option<&Path>) -> Result<Self, Failure> {
        let Some(dir) = keep else {
            let made = tempfile::Builder::new().prefix("clickwarden-demo-").tempdir();
            return made.map(Self::Passing).map_err(|e| cannot("make a temporary folder", &e));
        };
        let made = fs::DirBuilder::new().mode(0o700).create(dir);
        made.map_err(|e| cannot(&format!("make {} (--keep)", dir.display()), &e))?;
        let dir = dir.canonicalize().map_err(|e| cannot("find the folder of --keep", &e))?;
        Ok(Self::Kept(dir))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Passing(dir) => dir.path(),
            Self::Kept(dir) => dir,
        }
    }
}

fn cannot(what: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot {what}: {error}"))
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let place = Place::new(arguments.keep.as_deref())?;
    let runtime = runtime()?;
    let end = runtime.block_on(show(&context.clock, arguments, place.path()))?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    if let Place::Kept(dir) = &place {
        let dir = dir.display();
        writeln!(
            std::io::stdout(),
            "Kept in {dir}: clickwarden -c {dir}/clickwarden.toml summary"
        )?;
    }
    Ok(end)
}

async fn show(clock: &Clock, arguments: &Arguments, dir: &Path) -> Result<Exit, Failure> {
    let table = invented_table(SEED, clock.now(), arguments.clicks as usize);
    let tenant = Tenant::start(Settings::new(clock.clone()), table).await;
    let tenant = tenant.map_err(|e| cannot("listen on loopback", &e))?;
    let path = configure(dir, &tenant)?;
    let config = Config::load(Some(&path), std::iter::empty())?;
    let store = tokio::task::block_in_place(|| Store::open(&config.store.path))?;
    introduce(&tenant, arguments)?;
    let mut lifecycle = Lifecycle::begin().map_err(|e| cannot("listen to signals", &e))?;
    let mut audience = Audience {
        key: tokio::task::block_in_place(|| store.tenant(NAME))?,
        store: store.clone(),
        clock: clock.clone(),
        window: ticks_of(config.summary.window),
        rounds: if arguments.once { Rounds::One } else { Rounds::Many },
        last: None,
        clicks: 0,
    };
    let (means, board) = (Means::new(store, clock.clone()), Board::default());
    let made = || means.collectors(&config.tenants, &config.collect, Patience::Wait);
    for collector in tokio::task::block_in_place(made)? {
        let (clock, board) = (clock.clone(), board.clone());
        let (stop, pause) = (lifecycle.stop(), means.pause.clone());
        lifecycle.spawn(collect(collector, stop, clock, board, Pulse::default(), pause));
    }
    let (stop, (tell, told)) = (lifecycle.stop(), tokio::sync::oneshot::channel());
    lifecycle.spawn(async move {
        let shown = audience.watch(&stop).await;
        stop.cancel();
        // Nobody listens any more only if the program is ending anyway.
        let _ = tell.send(shown);
    });
    let end = lifecycle.run().await;
    told.await.unwrap_or(Ok(()))?;
    Ok(if end == End::Died { Exit::Failed } else { Exit::Done })
}

/// The tenant's name in the demo.
const NAME: &str = "contoso";

/// Writes the configuration and the secret, as an operator would.
fn configure(dir: &Path, tenant: &Tenant) -> Result<PathBuf, Failure> {
    let Settings { tenant_id, client_id, client_secret, .. } = tenant.settings();
    let (secret, config) = (dir.join("client-secret"), dir.join("clickwarden.toml"));
    let quoted = |path: &Path| toml::Value::from(path.display().to_string()).to_string();
    let (url, store, file) = (tenant.url(), quoted(&dir.join("clickwarden.db")), quoted(&secret));
    let text = format!(
        "# A simulated tenant: its addresses are gone when the demo ends.\n\
         [store]\npath = {store}\n\n\
         [[tenant]]\nname = \"{NAME}\"\ntenant_id = \"{tenant_id}\"\nclient_id = \"{client_id}\"\n\
         client_secret_file = {file}\nlogin_url = \"{url}\"\ngraph_url = \"{url}\"\n\n\
         [collect]\ninterval = \"10s\"\ncalls_per_minute = 45\n"
    );
    for (path, text) in [(&secret, client_secret), (&config, &text)] {
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|e| cannot(&format!("write {}", path.display()), &e))?;
    }
    Ok(config)
}

fn introduce(tenant: &Tenant, arguments: &Arguments) -> Result<(), Failure> {
    let (url, clicks) = (tenant.url(), arguments.clicks);
    writeln!(
        std::io::stdout(),
        "A simulated tenant answers on {url}, with about {clicks} invented clicks of the last 30 days.\n\
         clickwarden signs in and collects them over HTTP, as it would from Microsoft Graph.\n"
    )?;
    Ok(())
}

/// How many summaries to show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounds {
    One,
    Many,
}

/// Looks at the store as any reader does, and shows a summary after each pass that brought news.
struct Audience {
    store: Store,
    key: TenantKey,
    clock: Clock,
    /// The summary's window, in ticks.
    window: i64,
    rounds: Rounds,
    /// The end of the last pass that was seen.
    last: Option<Tick>,
    /// How many clicks the last summary was of.
    clicks: u64,
}

impl Audience {
    async fn watch(&mut self, stop: &CancellationToken) -> Result<(), Failure> {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            let shown = tokio::task::block_in_place(|| self.look())?;
            if shown && self.rounds == Rounds::One {
                break;
            }
        }
        Ok(())
    }

    /// Shows a summary if a pass has ended that brought news.
    fn look(&mut self) -> Result<bool, Failure> {
        let (ended, clicks) = self.store.read(|snapshot| {
            Ok((snapshot.progress(self.key)?.pass_ended, snapshot.size()?.clicks))
        })?;
        if ended.is_none() || ended == self.last {
            return Ok(false);
        }
        self.last = ended;
        let new = clicks - self.clicks;
        if new == 0 {
            return Ok(false);
        }
        let first = self.clicks == 0;
        self.clicks = clicks;
        let now = self.clock.now();
        let mut out = std::io::stdout().lock();
        if !first {
            writeln!(out, "\n{}: {new} new clicks", super::text::time(now))?;
        }
        drop(out);
        let span = Span::new(now.plus(-self.window), now);
        summary::table(&self.store, &[(self.key, NAME.to_owned())], span)?;
        if first && self.rounds == Rounds::Many {
            writeln!(
                std::io::stdout(),
                "\nNew clicks come in while it runs; Ctrl-C ends the demo."
            )?;
        }
        Ok(true)
    }
}
