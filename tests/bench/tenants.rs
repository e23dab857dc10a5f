//! How many tenants one daemon bears: `cargo bench -p clickwarden-bench --bench tenants` prints a table.
//!
//! The real program (`run`, release) collects 200 tenants of 5,000 clicks from a server in a process
//! of its own, so that what is measured is the daemon alone. Then four of them get into trouble.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a bench")]

mod program;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span};
use clickwarden::demo::{
    Fault, QuotaKind, RetryHint, Rhythm, Tenant, TenantSettings, invent_clicks,
};
use clickwarden::kql;
use clickwarden::store::Store;
use tokio::net::TcpListener;

const TENANTS: usize = 200;
const ROWS: usize = 5_000;
const INTERVAL: Duration = Duration::from_mins(1);

fn main() {
    if std::env::var_os("CLICKWARDEN_BENCH_SERVER").is_some() {
        tokio::runtime::Runtime::new().unwrap().block_on(serve());
        return;
    }
    program::build();
    let mut server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    configure(dir.path(), &server.urls[..TENANTS]);
    println!("{TENANTS} tenants of {ROWS} clicks, a pass a minute, 10 calls a minute each\n");
    println!("| what | figure |\n| --- | --- |");
    let daemon = Daemon::start(dir.path());
    let began = Instant::now();
    while clicks(dir.path()) < TENANTS * ROWS * 99 / 100 || passes(dir.path()).len() < TENANTS {
        assert!(began.elapsed() < Duration::from_mins(20), "it does not fill");
        std::thread::sleep(Duration::from_millis(500));
    }
    line("filled: time", format!("{:.0} s", began.elapsed().as_secs_f64()));
    line("filled: CPU of the daemon", format!("{:.2} s", daemon.cpu()));
    line("filled: calls", server.queries());
    line("filled: clicks in the copy", clicks(dir.path()));
    line("filled: peak memory", format!("{:.0} MB", daemon.peak_memory()));
    quiet(&daemon, &mut server);
    scrapes(&daemon);
    line("age of the last pass, all sound", ages(dir.path(), 0));
    drop(daemon);
    server.say("trouble");
    let mut urls = server.urls.clone();
    urls.swap(2, TENANTS);
    configure(dir.path(), &urls[..TENANTS]);
    // Another signs in, and hangs then.
    let sound = format!("graph_url = {:?}", urls[3]);
    let config = fs::read_to_string(dir.path().join("c.toml")).unwrap();
    let config = config.replace(&sound, &format!("graph_url = \"{}/half\"", urls[2]));
    fs::write(dir.path().join("c.toml"), config).unwrap();
    let daemon = Daemon::start(dir.path());
    // Until each has passed once, the ages tell of the restart.
    std::thread::sleep(INTERVAL + INTERVAL / 4);
    let words = "the same of the 196 others, one throttled, one refused, two hanging";
    line(words, ages(dir.path(), 4));
    let status = Instant::now();
    let program = program::path();
    let config = dir.path().join("c.toml");
    let output = Command::new(program).arg("-c").arg(&config).arg("status").output().unwrap();
    line("`status` takes", format!("{} ms", status.elapsed().as_millis()));
    drop(daemon);
    println!("\n{}", String::from_utf8_lossy(&output.stdout));
}

fn line(what: &str, figure: impl std::fmt::Display) {
    println!("| {what} | {figure} |");
}

/// An interval in which every tenant has one pass, and nothing is new. The best of three: in the
/// first minutes some horizons are still due.
fn quiet(daemon: &Daemon, server: &mut Server) {
    for round in 1..=3 {
        let (cpu, calls) = (daemon.cpu(), server.queries());
        std::thread::sleep(INTERVAL);
        let (cpu, calls) = (daemon.cpu() - cpu, server.queries() - calls);
        line(
            &format!("quiet pass of all, {round}: CPU of the daemon, calls"),
            format!("{cpu:.2} s, {calls}"),
        );
    }
}

/// Scrapes beside the passes, far enough apart that each is gathered anew.
fn scrapes(daemon: &Daemon) {
    let mut times: Vec<f64> = (0..9)
        .map(|_| {
            std::thread::sleep(Duration::from_secs(7));
            let began = Instant::now();
            let mut stream = TcpStream::connect(daemon.web).unwrap();
            let host = daemon.web;
            write!(stream, "GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (first, middle, last) = (times[0], times[times.len() / 2], times[times.len() - 1]);
    line("`/metrics` takes", format!("median {middle:.0} ms, {first:.0} to {last:.0} ms"));
}

/// Ages of the last passes over three intervals, looked at every second: median and largest.
/// The first `left_out` tenants do not count.
fn ages(dir: &Path, left_out: usize) -> String {
    let mut ages = Vec::new();
    let end = Instant::now() + 3 * INTERVAL;
    while Instant::now() < end {
        let now = Clock::System.now();
        let ended = passes(dir).into_iter().skip(left_out);
        ages.extend(ended.map(|at| now.since(at) as f64 / SECOND as f64));
        std::thread::sleep(Duration::from_secs(1));
    }
    ages.sort_by(f64::total_cmp);
    let at = |part: f64| ages[((ages.len() - 1) as f64 * part) as usize];
    format!("median {:.0} s, 99 % {:.0} s, largest {:.0} s", at(0.5), at(0.99), at(1.0))
}

/// When each tenant's last pass ended, by name, for those that had one.
fn passes(dir: &Path) -> Vec<clickwarden::clock::Tick> {
    let Ok(store) = Store::open_read_only(&dir.join("c.db")) else { return Vec::new() };
    store
        .read(|snapshot| {
            let mut ended = Vec::new();
            for (key, _) in snapshot.tenants()? {
                ended.extend(snapshot.progress(key)?.pass_ended);
            }
            Ok(ended)
        })
        .unwrap()
}

fn clicks(dir: &Path) -> usize {
    let Ok(store) = Store::open_read_only(&dir.join("c.db")) else { return 0 };
    store.read(|snapshot| Ok(snapshot.size()?.clicks)).unwrap() as usize
}

struct Daemon {
    child: Child,
    /// Where it serves its metrics.
    web: SocketAddr,
}

impl Daemon {
    fn start(dir: &Path) -> Self {
        let web = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(program::path());
        command.arg("--config").arg(dir.join("c.toml")).arg("run").env_clear();
        command.env("CLICKWARDEN__WEB__LISTEN", web.to_string());
        Self { child: command.stderr(Stdio::null()).spawn().unwrap(), web }
    }

    /// Seconds of CPU since it began (proc(5): fields 14 and 15, in hundredths).
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let after_name = stat.rsplit_once(')').unwrap().1;
        let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    fn peak_memory(&self) -> f64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap();
    }
}

fn configure(dir: &Path, urls: &[String]) {
    let TenantSettings { tenant_id, client_id, client_secret, .. } =
        TenantSettings::new(Clock::System);
    let secret = dir.join("secret");
    fs::write(&secret, client_secret).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let dir = dir.display();
    let interval = INTERVAL.as_secs();
    let mut config =
        format!("[store]\npath = \"{dir}/c.db\"\n[collect]\ninterval = \"{interval}s\"\n");
    for (number, url) in urls.iter().enumerate() {
        write!(
            config,
            "[[tenant]]\nname = \"t{number:03}\"\ntenant_id = \"{tenant_id}\"\n\
             client_id = \"{client_id}\"\nclient_secret_file = \"{dir}/secret\"\n\
             login_url = \"{url}\"\ngraph_url = \"{url}\"\n"
        )
        .unwrap();
    }
    fs::write(format!("{dir}/c.toml"), config).unwrap();
}

/// The process with all tenants in it.
struct Server {
    child: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
    /// One for each tenant, and one that takes connections and never says a word.
    urls: Vec<String>,
}

impl Server {
    fn start() -> Self {
        let me = std::env::current_exe().unwrap();
        let mut command = Command::new(me);
        command.env("CLICKWARDEN_BENCH_SERVER", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let to = child.stdin.take().unwrap();
        let mut from = BufReader::new(child.stdout.take().unwrap()).lines();
        let urls = from.by_ref().take(TENANTS + 1).map(Result::unwrap).collect();
        Self { child, to, from, urls }
    }

    fn say(&mut self, word: &str) {
        writeln!(self.to, "{word}").unwrap();
    }

    fn queries(&mut self) -> u64 {
        self.say("queries");
        self.from.next().unwrap().unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

async fn serve() {
    let now = Clock::System.now();
    let past = Span::new(now.plus(-29 * DAY), now.plus(-2 * HOUR - MINUTE));
    let mut tenants = Vec::new();
    for number in 0..TENANTS as u64 {
        let mut table = kql::click_table(30 * DAY);
        invent_clicks(&mut table, number, past, ROWS, Rhythm::OfficeHours);
        let tenant = Tenant::start(TenantSettings::new(Clock::System), table).await.unwrap();
        println!("{}", tenant.url());
        tenants.push(tenant);
    }
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", silent.local_addr().unwrap());
    for word in std::io::stdin().lines() {
        if word.unwrap() == "trouble" {
            tenants[0]
                .script_faults(|_, _| Some(Fault::Throttled(QuotaKind::Cpu, RetryHint::Unsaid)));
            tenants[1].script_faults(|_, _| Some(Fault::Forbidden));
        } else {
            println!("{}", tenants.iter().map(Tenant::queries).sum::<u64>());
        }
    }
}
