//! The web listener of the real daemon: health, metrics, and who is let in.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Span};
use clickwarden::demo::{Tenant, TenantSettings};
use clickwarden::kql::click_table;
use clickwarden::store::{AttemptResult, ClaimResult, Owner, Store};

use crate::alerting::{Post, SOC, through};
use crate::delivering::{enqueue, webhook};
use crate::program::Program;
use crate::support::Row;
use crate::tenants::{CLIENT_ID, SECRET};

/// Nothing here takes longer.
const LONGEST: Duration = Duration::from_mins(1);

/// A daemon that listens.
pub struct Listening {
    /// Its files live as long as it.
    program: Program,
    child: Child,
    log: PathBuf,
    address: SocketAddr,
}

impl Listening {
    pub fn start(program: Program) -> Self {
        program.configure_also("[web]\nlisten = \"127.0.0.1:0\"\n");
        let (child, log) = run(&program);
        let end = Instant::now() + LONGEST;
        let address = loop {
            let text = fs::read_to_string(&log).unwrap();
            let rest = text.split("listening address=").nth(1);
            if let Some((address, _)) = rest.and_then(|rest| rest.split_once('\n')) {
                break address.parse().unwrap();
            }
            assert!(Instant::now() < end, "{text}");
            std::thread::sleep(Duration::from_millis(20));
        };
        Self { program, child, log, address }
    }

    /// How many connections it has taken: those that are established and have an inode (proc(5)).
    fn accepted(&self) -> usize {
        let table = fs::read_to_string(format!("/proc/{}/net/tcp", self.child.id())).unwrap();
        let port = format!(":{:04X}", self.address.port());
        let taken = |line: &&str| {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            fields[1].ends_with(&port) && fields[3] == "01" && fields[9] != "0"
        };
        table.lines().skip(1).filter(taken).count()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address)
            .unwrap_or_else(|error| panic!("{error}: {}", self.log()));
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        stream
    }

    /// Everything that comes for `request`.
    fn send(&self, request: &str) -> String {
        self.try_send(request).unwrap()
    }

    /// The same, unless the connection is closed unheard, as one too many is.
    fn try_send(&self, request: &str) -> std::io::Result<String> {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn get(&self, path: &str, headers: &str) -> (u16, String) {
        let host = self.address;
        let answer = self.send(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"));
        read(&answer).unwrap()
    }

    /// Asks until the answer is as wanted.
    pub fn until(&self, path: &str, wanted: impl Fn(u16, &str) -> bool) -> String {
        let end = Instant::now() + LONGEST;
        loop {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
            let answer = self.try_send(&request).ok().and_then(|answer| read(&answer));
            match answer {
                Some((code, body)) if wanted(code, &body) => return body,
                answer => assert!(Instant::now() < end, "{path}: {answer:?}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

/// The code and the body of an answer; `None` if it is none.
fn read(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((status(head), body.to_owned()))
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(program: &Program) -> (Child, PathBuf) {
    let log = program.folder.path().join("log");
    let mut command = program.command(&["run"]);
    command.stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap());
    (command.spawn().unwrap(), log)
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// The lines that are samples.
fn series(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

/// Without it, and without leave to skip what others judge, the test fails here.
fn promtool() -> Option<PathBuf> {
    let ours = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/oracle/promtool");
    let found = [ours, PathBuf::from("promtool")];
    let found = found.into_iter().find(|path| Command::new(path).arg("--version").output().is_ok());
    let may_skip = std::env::var("CLICKWARDEN_SKIP_ORACLES").is_ok_and(|value| value == "1");
    assert!(
        found.is_some() || may_skip,
        "promtool is missing: tests/run gets it on Debian; CLICKWARDEN_SKIP_ORACLES=1 skips what it judges"
    );
    found
}

/// Fails unless Prometheus's own tool finds nothing to say.
fn assert_is_clean(text: &str) {
    let Some(promtool) = promtool() else { return };
    let mut check = Command::new(promtool);
    check.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut check = check.stderr(Stdio::piped()).spawn().unwrap();
    check.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}\n{text}");
}

/// The inodes of the sockets that listen, of the whole machine.
fn listening_inodes() -> BTreeSet<String> {
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap());
    let fields = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines = tables.iter().flat_map(|table| table.lines().skip(1)).map(fields);
    lines.filter(|line| line[3] == "0A").map(|line| line[9].clone()).collect()
}

/// How many sockets of a process listen.
fn listeners(child: &Child) -> usize {
    let all = listening_inodes();
    let links = fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
    let links = links.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    let inode = |link: PathBuf| {
        let link = link.to_string_lossy().into_owned();
        link.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')).map(str::to_owned)
    };
    links.filter_map(inode).filter(|inode| all.contains(inode)).count()
}

#[test]
fn nothing_listens_unless_told_to() {
    let program = Program::offline();
    let (mut child, log) = run(&program);
    let end = Instant::now() + LONGEST;
    while !fs::read_to_string(&log).unwrap().contains("collecting") {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(20));
    }
    let quiet = listeners(&child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(quiet, 0);
    let listening = Listening::start(program);
    assert_eq!(listeners(&listening.child), 1);
}

#[test]
fn only_this_machine_may_be_listened_to() {
    let program = Program::offline();
    for (listen, words) in [
        ("0.0.0.0:8600", "can be reached from other machines"),
        ("192.0.2.7:8600", "can be reached from other machines"),
        ("[::]:8600", "can be reached from other machines"),
        ("localhost:8600", "is no address with a port"),
        ("127.0.0.1", "is no address with a port"),
    ] {
        let env = program.command(&["run"]).env("CLICKWARDEN__WEB__LISTEN", listen).output();
        let env = env.unwrap();
        let said = String::from_utf8(env.stderr).unwrap();
        assert_eq!(env.status.code(), Some(78), "{said}");
        assert!(said.contains("web.listen") && said.contains(words), "{said}");
    }
}

#[test]
fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let program = Program::offline();
    program.configure_also(&format!("[web]\nlisten = \"{}\"\n", taken.local_addr().unwrap()));
    let ran = program.run(&["run"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("web.listen") && ran.err.contains("in use"), "{}", ran.err);
}

#[test]
fn it_is_alive_and_ready_and_says_so_with_every_header() {
    let daemon = Listening::start(Program::offline());
    let host = daemon.address;
    for path in ["/livez", "/readyz", "/metrics", "/", "/nowhere", "/livez?x=%3Cscript%3E"] {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "TRACE", "DELETE"] {
            let answer = daemon.send(&format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            let known = !["/", "/nowhere"].contains(&path);
            let wanted = match (method, known) {
                ("GET" | "HEAD", true) => 200,
                ("GET" | "HEAD", false) => 404,
                _ => 405,
            };
            assert_eq!(status(&answer), wanted, "{method} {path}: {answer}");
            for header in [
                "cache-control: no-store",
                "x-content-type-options: nosniff",
                "content-security-policy: default-src 'none'; ",
                "referrer-policy: no-referrer",
                "x-frame-options: DENY",
                "cross-origin-opener-policy: same-origin",
                "cross-origin-resource-policy: same-origin",
            ] {
                assert!(answer.contains(header), "{method} {path} lacks {header}: {answer}");
            }
            assert!(!answer.contains("script"), "{answer}");
        }
    }
    assert_eq!(daemon.get("/livez", ""), (200, "ok\n".to_owned()));
    assert_eq!(daemon.get("/readyz", ""), (200, "ok\n".to_owned()));
}

#[test]
fn whoever_means_another_host_is_sent_away() {
    let daemon = Listening::start(Program::offline());
    let port = daemon.address.port();
    let ask = |first: &str, hosts: &[String]| {
        let hosts =
            hosts.iter().map(|host| format!("Host: {host}\r\n")).collect::<Vec<_>>().concat();
        let answer = daemon.send(&format!("{first}\r\n{hosts}\r\n"));
        assert!(
            [200, 421].contains(&status(&answer)),
            "{first} {hosts}: {answer} {}",
            daemon.log()
        );
        status(&answer)
    };
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        assert_eq!(ask("GET /metrics HTTP/1.1", &[format!("{host}:{port}")]), 200, "{host}");
    }
    for host in [
        "evil.com".to_owned(),
        format!("evil.com:{port}"),
        format!("127.evil.com:{port}"),
        format!("localhost.evil.com:{port}"),
        format!("127.0.0.1.evil.com:{port}"),
        format!("127.0.0.1:{port}.evil.com"),
        format!("127.0.0.1:{}", port ^ 1),
        format!("127.1:{port}"),
        format!("LOCALHOST:{port}."),
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
        String::new(),
    ] {
        assert_eq!(ask("GET /metrics HTTP/1.1", std::slice::from_ref(&host)), 421, "{host}");
    }
    let own = format!("127.0.0.1:{port}");
    assert_eq!(ask("GET /metrics HTTP/1.1", &[]), 421);
    assert_eq!(ask("GET /metrics HTTP/1.0", &[]), 421);
    assert_eq!(ask("GET /metrics HTTP/1.1", &[own.clone(), own.clone()]), 421);
    assert_eq!(ask("GET /metrics HTTP/1.1", &[own.clone(), "evil.com".to_owned()]), 421);
    assert_eq!(ask("GET http://evil.com/metrics HTTP/1.1", &[own]), 421);
}

#[test]
fn idle_connections_use_nothing_up() {
    let daemon = Listening::start(Program::offline());
    let descriptors = || fs::read_dir(format!("/proc/{}/fd", daemon.child.id())).unwrap().count();
    let before = descriptors();
    let mut most = 0;
    for _ in 0..50 {
        let mut idle: Vec<TcpStream> = (0..200).map(|_| daemon.connect()).collect();
        for stream in &mut idle {
            // Half a request, and silence. Some are closed by now.
            let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: 127");
        }
        most = most.max(descriptors());
    }
    assert!(most <= before + 40, "{before} descriptors became {most}");
    daemon.until("/livez", |code, _| code == 200);
    // A request that goes on and on ends, too.
    let mut long = daemon.connect();
    let header = format!("X-{}: {}\r\n", "a".repeat(50), "b".repeat(50));
    let head = format!("GET /livez HTTP/1.1\r\n{}", header.repeat(1_000));
    let _ = long.write_all(head.as_bytes());
    let mut answer = String::new();
    let _ = long.read_to_string(&mut answer);
    assert!(answer.is_empty() || status(&answer) == 431, "{answer}");
}

/// As many as may be connected at once: `CONNECTIONS` of src/web/accept.rs.
#[test]
fn half_requests_silence_no_health_check() {
    let daemon = Listening::start(Program::offline());
    daemon.until("/livez", |code, _| code == 200);
    let mut idle: Vec<TcpStream> = (0..32).map(|_| daemon.connect()).collect();
    for stream in &mut idle {
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: 127").unwrap();
    }
    let end = Instant::now() + LONGEST;
    while daemon.accepted() < 32 {
        assert!(Instant::now() < end, "{} are accepted", daemon.accepted());
        std::thread::sleep(Duration::from_millis(5));
    }
    for path in ["/livez", "/readyz", "/livez"] {
        assert_eq!(daemon.get(path, ""), (200, "ok\n".to_owned()), "{path}");
    }
    // The first has made room, and the last waits on.
    let mut answer = String::new();
    idle[0].read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "");
    idle[31].write_all(format!(".0.0.1:{}\r\n\r\n", daemon.address.port()).as_bytes()).unwrap();
    idle[31].read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 200);
}

#[test]
fn a_store_that_another_process_keeps_busy_is_alive_and_not_ready() {
    let daemon = Listening::start(Program::offline());
    daemon.until("/readyz", |code, _| code == 200);
    // Whoever writes waits for this one.
    let db = rusqlite::Connection::open(daemon.program.store_path()).unwrap();
    db.busy_timeout(LONGEST).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let said = daemon.until("/readyz", |code, _| code == 503);
    assert_eq!(said, "store is kept busy by another process\n");
    assert_eq!(daemon.get("/livez", "").0, 200);
    db.execute_batch("ROLLBACK").unwrap();
    daemon.until("/readyz", |code, _| code == 200);
}

#[test]
fn metrics_tell_how_the_copy_stands() {
    let now = Clock::System.now();
    let program = Program::of(&["contoso", "fabrikam"], "http://127.0.0.1:9");
    let config = fs::read_to_string(program.folder.path().join("clickwarden.toml")).unwrap();
    program.configure(&config.replace("name = \"fabrikam\"", r#"name = "we\"ird \\name""#));
    let span = Span::new(now.plus(-3 * HOUR).hour().start(), now.plus(-2 * HOUR).hour().start());
    let row = Row::new(span.from.plus(MINUTE), "https://canary.example/x", "ClickAllowed");
    program.fill("contoso", &[row.clone(), row], span);
    let daemon = Listening::start(program);
    let text = daemon.until("/metrics", |code, _| code == 200);
    assert_is_clean(&text);
    for sample in [
        "clickwarden_store_clicks 2",
        "clickwarden_tenants 2",
        "clickwarden_tenants_never_complete 2",
        "clickwarden_tenant_refused{tenant=\"contoso\"} 0",
        r#"clickwarden_tenant_refused{tenant="we\"ird \\name"} 0"#,
        "clickwarden_tenant_coverage{tenant=\"contoso\",state=\"settled\"} 0",
        "clickwarden_stages_stuck 0",
    ] {
        assert!(text.lines().any(|line| line == sample), "no {sample} in {text}");
    }
    let (code, open) = daemon.get("/metrics", "Accept: application/openmetrics-text\r\n");
    assert!(code == 200 && open.ends_with("# EOF\n"), "{open}");
    assert!(open.contains("# TYPE clickwarden_calls counter\n"), "{open}");
    assert!(!daemon.log().contains("ERROR"), "{}", daemon.log());
}

/// Ages and what is left are told once there is something to tell.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_of_a_pass_and_of_a_credential_have_their_place() {
    let mut settings = TenantSettings::new(Clock::System);
    settings.tenant_id = "contoso.example".to_owned();
    settings.client_id = CLIENT_ID.to_owned();
    settings.client_secret = SECRET.to_owned();
    let tenant = Tenant::start(settings, click_table(30 * DAY)).await.unwrap();
    let program = Program::of(&["contoso"], &tenant.url());
    program.configure_also("secret_expires = \"2999-12-31\"\n");
    let daemon = Listening::start(program);
    let sample = |text: &str, name: &str| -> Option<f64> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.rsplit(' ').next()?.parse().ok()
    };
    let text = daemon.until("/metrics", |_, text| {
        sample(text, "clickwarden_tenants_never_complete ") == Some(0.0)
    });
    assert_is_clean(&text);
    let year = 365.0 * 86_400.0;
    for (name, low, high) in [
        ("clickwarden_last_pass_age_seconds_max ", 0.0, 60.0),
        ("clickwarden_tenant_last_pass_age_seconds{tenant=\"contoso\"} ", 0.0, 60.0),
        ("clickwarden_credential_left_seconds_min ", 900.0 * year, 1_000.0 * year),
        (
            "clickwarden_tenant_credential_left_seconds{tenant=\"contoso\"} ",
            900.0 * year,
            1_000.0 * year,
        ),
        ("clickwarden_tenant_calls_last_minute{tenant=\"contoso\"} ", 1.0, 10.0),
    ] {
        let value = sample(&text, name).unwrap_or_else(|| panic!("no {name} in {text}"));
        assert!((low..=high).contains(&value), "{name}{value}");
    }
}

#[test]
fn series_stay_few_whatever_is_clicked_and_however_many_tenants_and_sinks_there_are() {
    let now = Clock::System.now();
    for (count, sinks) in [(40, 15), (200, 30)] {
        let names: Vec<String> = (0..count).map(|n| format!("tenant-{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let program = Program::of(&names, "http://127.0.0.1:9");
        let span = Span::new(now.plus(-2 * DAY).hour().start(), now.plus(-DAY).hour().start());
        let row = |n: i64| {
            let url = format!("https://canary-{n}.example/");
            Row::new(span.from.plus(n * SECOND), &url, "ClickBlocked")
        };
        program.fill("tenant-0", &(0..10_000).map(row).collect::<Vec<_>>(), span);
        let store = Store::open(&program.store_path()).unwrap();
        for n in 0..sinks {
            // One that takes nothing, with a message that waits.
            let section = webhook(&program, &format!("sink-{n}"), "http://127.0.0.1:9/canary");
            program.configure_also(&format!("{section}shared = true\n"));
            enqueue(&store, &format!("sink-{n}"), &format!("message-{n}"));
        }
        let daemon = Listening::start(program);
        let text = daemon.until("/metrics", |code, _| code == 200);
        assert!(series(&text).len() <= 500, "{} series", series(&text).len());
        assert!(text.contains(&format!("clickwarden_outbox_waiting {sinks}\n")), "{text}");
        assert_eq!(text.contains("sink_waiting{sink=\"sink-0\"} 1"), sinks == 15, "{text}");
        assert!(text.contains("clickwarden_store_clicks 10000\n"), "{text}");
        assert_eq!(text.contains("tenant=\"tenant-0\""), count == 40, "{text}");
        for private in ["canary", "contoso.example", "192.0.2.", "://", "Alice"] {
            assert!(!text.contains(private), "{private} in {text}");
        }
        assert_is_clean(&text);
    }
}

#[test]
fn alerts_are_counted_and_not_named() {
    const FIRST: [&str; 8] = [
        "clickwarden_alerts_open{severity=\"critical\"} 0",
        "clickwarden_alerts_open{severity=\"high\"} 2",
        "clickwarden_alerts_open{severity=\"medium\"} 0",
        "clickwarden_alerts_open{severity=\"low\"} 0",
        "clickwarden_alerts_unowned 2",
        "clickwarden_silences 0",
        "clickwarden_alerts_opened_total 2",
        "clickwarden_alert_messages_total 1",
    ];
    const THEN: [&str; 3] = [
        "clickwarden_alerts_open{severity=\"high\"} 1",
        "clickwarden_alerts_unowned 0",
        "clickwarden_silences 1",
    ];
    let mut post = Post::now(&["contoso"], SOC);
    let path = post.program.folder.path().join("alerts.jsonl");
    post.reconfigure("/tmp/nowhere", path.to_str().unwrap());
    let at = post.clock.now().plus(-MINUTE);
    let past = |user: &str| through(at, user, "https://canary.example/", "ClickBlocked");
    post.bring("contoso", &[past("canary-ann"), past("canary-bob")]);
    let Post { program, .. } = post;
    let daemon = Listening::start(program);
    let has = |samples: &'static [&'static str]| {
        move |_: u16, text: &str| {
            samples.iter().all(|sample| text.lines().any(|line| line == *sample))
        }
    };
    let text = daemon.until("/metrics", has(&FIRST));
    assert_is_clean(&text);
    assert!(!text.contains("canary"), "{text}");
    let run = |arguments: &[&str]| assert_eq!(daemon.program.run(arguments).code, Some(0));
    run(&["alert", "ack", "1", "--owner", "ann"]);
    run(&["alert", "close", "2", "--verdict", "tp"]);
    run(&["silence", "add", "--for", "1h", "--reason", "test", "--all"]);
    daemon.until("/metrics", has(&THEN));
}

#[test]
fn a_sink_that_is_paused_is_told_of_and_the_program_is_ready_all_the_same() {
    let (program, now) = (Program::offline(), Clock::System.now());
    for sink in ["soc", "chat"] {
        program.configure_also(&webhook(&program, sink, "http://127.0.0.1:9/canary"));
    }
    let store = Store::open(&program.store_path()).unwrap();
    enqueue(&store, "soc", "1");
    let ClaimResult::Deliver(claimed) = store.claim_message("soc", &Owner::here(), now).unwrap()
    else {
        panic!()
    };
    store.record_attempt(&claimed, &AttemptResult::Pause, "canary", None, now).unwrap();
    let daemon = Listening::start(program);
    assert_eq!(daemon.until("/readyz", |code, _| code == 200), "ok\nsink soc is paused\n");
    let text = daemon.until("/metrics", |code, _| code == 200);
    for sample in [
        "clickwarden_sinks 2",
        "clickwarden_sinks_paused 1",
        "clickwarden_outbox_waiting 1",
        "clickwarden_sink_paused{sink=\"soc\"} 1",
        "clickwarden_sink_paused{sink=\"chat\"} 0",
        "clickwarden_sink_waiting{sink=\"soc\"} 1",
        "clickwarden_delivery_attempts_total 0",
    ] {
        assert!(text.lines().any(|line| line == sample), "no {sample} in {text}");
    }
    assert!(text.contains("clickwarden_sink_oldest_age_seconds{sink=\"soc\"}"), "{text}");
    assert!(!text.contains("canary"), "{text}");
    assert_is_clean(&text);
    // A sample that gets through would end it; the daemon sees that by itself.
    store.unpause("soc", now).unwrap();
    daemon.until("/readyz", |_, body| body == "ok\n");
    daemon.until("/metrics", |_, body| !body.contains("clickwarden_delivery_attempts_total 0\n"));
}
