//! How fast the whole path is: `cargo bench -p clickwarden-bench --bench ingest` prints a table.
//!
//! The real program (`sync`, release) fills an empty store with a million clicks from a server in a
//! process of its own, which keeps its answers rendered, so that the server's work does not count.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::zombie_processes, reason = "a bench")]

mod clicks;
mod program;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use clickwarden::clock::{Clock, DAY, HOUR, Span, Tick};
use clickwarden::demo::{Tenant, TenantSettings};
use clickwarden::kql;
use tokio::net::TcpListener;

use clicks::URLS;

const ROWS: i64 = 1_000_000;
const RUNS: usize = 3;

fn main() {
    if std::env::var_os("CLICKWARDEN_BENCH_SERVER").is_some() {
        tokio::runtime::Runtime::new().unwrap().block_on(serve());
        return;
    }
    program::build();
    let me = std::env::current_exe().unwrap();
    let mut server = Command::new(me)
        .env("CLICKWARDEN_BENCH_SERVER", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    println!("{ROWS} clicks on {URLS} URLs in 7 days, synchronous=FULL, empty store each time\n");
    println!("| run | rows/s, whole process | peak memory, MB | file, MB | calls |");
    println!("| --- | --- | --- | --- | --- |");
    for run in 0..=RUNS {
        // The first run only makes the server render its answers.
        let line = fill(url.trim());
        if run > 0 {
            println!("| {run} {line}");
        }
    }
    server.kill().unwrap();
}

fn fill(url: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    configure(path, url);
    let started = Instant::now();
    let mut sync = Command::new(program::path())
        .arg("--config")
        .arg(path.join("c.toml"))
        .args(["sync", "--format", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let peak = peak_memory(&mut sync);
    let took = started.elapsed();
    let output = sync.wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let tenant = report.pointer("/tenants/0").unwrap();
    let field = |name: &str| tenant.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0);
    let rows = field("new_rows");
    let bytes = fs::metadata(path.join("c.db")).unwrap().len();
    format!(
        "| {:.0} | {peak:.0} | {:.0} | {} |{}",
        rows as f64 / took.as_secs_f64(),
        bytes as f64 / 1e6,
        field("calls"),
        if rows == ROWS as u64 { String::new() } else { format!(" only {rows} rows: {report}") }
    )
}

/// Waits for the process to end; its peak resident memory in MB.
fn peak_memory(child: &mut Child) -> f64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        peak = kib.map_or(peak, |kib| kib * 1024.0 / 1e6);
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}

fn configure(dir: &Path, url: &str) {
    let TenantSettings { tenant_id, client_id, client_secret, .. } =
        TenantSettings::new(Clock::System);
    let secret = dir.join("secret");
    fs::write(&secret, client_secret).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let dir = dir.display();
    let config = format!(
        "[store]\npath = \"{dir}/c.db\"\n[[tenant]]\nname = \"bench\"\ntenant_id = \"{tenant_id}\"\n\
         client_id = \"{client_id}\"\nclient_secret_file = \"{dir}/secret\"\nlogin_url = \"{url}\"\n\
         graph_url = \"{url}\"\n[collect]\nlookback = \"8d\"\ncalls_per_minute = 1000000\nfetch_rows = 18000\n"
    );
    fs::write(format!("{dir}/c.toml"), config).unwrap();
}

/// Rendered answers by query.
type Rendered = Arc<Mutex<HashMap<Bytes, Bytes>>>;

#[derive(Clone)]
struct Front {
    behind: Tenant,
    http: reqwest::Client,
    rendered: Rendered,
}

/// A simulated tenant, and before it a server that answers from memory what it was asked before.
async fn serve() {
    let now = Clock::System.now();
    let settings = TenantSettings {
        calls_per_minute: None,
        token_lifetime: Duration::from_hours(10),
        ..TenantSettings::new(Clock::manual(now))
    };
    let behind = Tenant::start(settings, table(now)).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let front = Front { behind, http, rendered: Rendered::default() };
    let router = axum::Router::new().route("/{*path}", post(answer)).with_state(front);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}

async fn answer(
    State(front): State<Front>,
    uri: http::Uri,
    headers: http::HeaderMap,
    body: Bytes,
) -> impl axum::response::IntoResponse {
    let is_query = uri.path().ends_with("runHuntingQuery");
    let known = front.rendered.lock().unwrap().get(&body).cloned();
    let date = [("date", date(&front)), ("content-type", "application/json".to_owned())];
    if let Some(known) = known.filter(|_| is_query) {
        return (date, known);
    }
    let url = format!("{}{}", front.behind.url(), uri.path());
    let mut request = front.http.post(url).body(body.clone());
    for name in ["authorization", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let bytes = request.send().await.unwrap().bytes().await.unwrap();
    if is_query {
        front.rendered.lock().unwrap().insert(body, bytes.clone());
    }
    (date, bytes)
}

/// The same moment for every run, so that every run asks the same.
fn date(front: &Front) -> String {
    let seconds = front.behind.settings().clock.now().unix_seconds();
    let at = jiff::Timestamp::from_second(seconds).unwrap();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn table(now: Tick) -> kql::Table {
    let mut table = kql::click_table(30 * DAY);
    let mut random = fastrand::Rng::with_seed(1);
    let from = now.plus(-7 * DAY - HOUR);
    for number in 0..ROWS {
        // In order of time: the table is built from its end.
        let at = from.plus(number * (7 * DAY / ROWS) + random.i64(0..100));
        clicks::invent(&mut random, at, |click| {
            kql::add_click(&mut table, click, Span::new(at, Tick(i64::MAX)));
        });
    }
    table
}
