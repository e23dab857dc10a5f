//! How soon an alert is there: `cargo bench -p clickwarden-bench --bench alerts` prints a table.
//!
//! The real program (`run`, release) collects from a simulated tenant in which people go on past a
//! block, one after the other, each of them an alert of its own. A receiver on loopback notes when it
//! is told of each: from the click's arrival at the source to there.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a bench")]

mod program;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clickwarden::click::{Click, Text};
use clickwarden::clock::{Clock, DAY, Span, Tick};
use clickwarden::demo::{Tenant, TenantSettings};
use clickwarden::kql::{add_click, click_table};
use serde_json::Value;
use tokio::runtime::Runtime;

const CLICKS: usize = 1_000;
/// From one person's click to the next one's.
const PAUSE: Duration = Duration::from_millis(250);
/// What is asked for beyond the interval, at the 99th percentile.
const BEYOND: f64 = 5.0;
/// The shortest interval that there is, and the shortest for which a tenant's quota is enough; with
/// how many calls a minute.
const RUNS: [(u32, u32); 2] = [(1, 1_000_000), (10, 45)];

/// When each person was first told of.
type Told = Arc<Mutex<HashMap<String, Instant>>>;

fn main() {
    program::build();
    println!("{CLICKS} people past a block, one every {} ms\n", PAUSE.as_millis());
    println!("| interval | median | 99 % | largest | asked for at 99 % |");
    println!("| --- | --- | --- | --- | --- |");
    for (interval, calls) in RUNS {
        let times = run(interval, calls);
        let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
        println!(
            "| {interval} s | {:.2} s | {:.2} s | {:.2} s | ≤ {:.0} s |",
            at(0.5),
            at(0.99),
            at(1.0),
            f64::from(interval) + BEYOND
        );
    }
}

/// Seconds from each click to the word of it, the shortest first.
fn run(interval: u32, calls: u32) -> Vec<f64> {
    let (runtime, dir) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
    let settings = TenantSettings { calls_per_minute: None, ..TenantSettings::new(Clock::System) };
    let started = runtime.block_on(Tenant::start(settings, click_table(30 * DAY)));
    let (tenant, (url, told)) = (started.unwrap(), listen());
    configure(dir.path(), &tenant, &url, (interval, calls));
    // Clicks from before the first pass are history, and no news.
    assert!(program(dir.path(), "sync").status().unwrap().success());
    let daemon = Daemon(program(dir.path(), "run").spawn().unwrap());
    let mut shown = Vec::new();
    for number in 0..CLICKS {
        let user = format!("u{number}@contoso.example");
        past_a_block(&tenant, number, &user);
        shown.push((user, Instant::now()));
        std::thread::sleep(PAUSE);
    }
    let end = Instant::now() + Duration::from_secs(u64::from(interval) + 60);
    while told.lock().unwrap().len() < CLICKS {
        assert!(Instant::now() < end, "only {} are told of", told.lock().unwrap().len());
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(daemon);
    let told = told.lock().unwrap();
    let mut times: Vec<f64> =
        shown.iter().map(|(user, at)| told[user].duration_since(*at).as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Somebody is blocked, and goes on.
fn past_a_block(tenant: &Tenant, number: usize, user: &str) {
    let now = Clock::System.now();
    let url = format!("https://evil-{number}.example/login?next=%2Fhome");
    let report = format!("{number:032x}");
    let mut texts = [""; Text::COUNT];
    for (column, text) in [
        (Text::Url, url.as_str()),
        (Text::ActionType, "ClickBlocked"),
        (Text::AccountUpn, user),
        (Text::Workload, "Email"),
        (Text::ReportId, report.as_str()),
    ] {
        texts[column as usize] = text;
    }
    tenant.write(|table| {
        for (at, through) in [(now, false), (now.plus(1), true)] {
            let is_clicked_through = Some(through);
            let click = Click { timestamp: at, texts, is_clicked_through, extra: "" };
            add_click(table, &click, Span::new(at, Tick(i64::MAX)));
        }
    });
}

/// A receiver, and whom it was told of.
fn listen() -> (String, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let told = Told::default();
    let noted = told.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let told = noted.clone();
            std::thread::spawn(move || answer(stream, &told));
        }
    });
    (url, told)
}

fn answer(mut stream: TcpStream, told: &Told) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let at = Instant::now();
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        note(&serde_json::from_slice(&body).unwrap(), at, told);
    }
}

fn note(event: &Value, at: Instant, told: &Told) {
    for alert in event["data"]["content"]["alerts"].as_array().unwrap() {
        let user = alert["User"].as_str().unwrap().to_owned();
        told.lock().unwrap().entry(user).or_insert(at);
    }
}

fn configure(dir: &Path, tenant: &Tenant, url: &str, (interval, calls): (u32, u32)) {
    let TenantSettings { tenant_id, client_id, client_secret, .. } = tenant.settings();
    for (name, text) in [("secret", client_secret.as_str()), ("url", url)] {
        fs::write(dir.join(name), text).unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let (dir, source) = (dir.display(), tenant.url());
    let config = format!(
        "[store]\npath = \"{dir}/c.db\"\n\
         [collect]\ninterval = \"{interval}s\"\ncalls_per_minute = {calls}\n\
         [[tenant]]\nname = \"contoso\"\ntenant_id = \"{tenant_id}\"\nclient_id = \"{client_id}\"\n\
         client_secret_file = \"{dir}/secret\"\nlogin_url = \"{source}\"\ngraph_url = \"{source}\"\n\
         [[sink]]\nname = \"soc\"\ntype = \"webhook\"\nurl_file = \"{dir}/url\"\n\
         [alerts]\nsinks = [\"soc\"]\ngroup_interval = \"0s\"\n"
    );
    fs::write(format!("{dir}/c.toml"), config).unwrap();
}

fn program(dir: &Path, command: &str) -> Command {
    let mut program = Command::new(program::path());
    program.arg("--config").arg(dir.join("c.toml")).arg(command).env_clear();
    program.stdout(Stdio::null()).stderr(Stdio::null());
    program
}

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
