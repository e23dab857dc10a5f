//! What a digest of a million clicks costs: `cargo bench -p clickwarden-bench --bench digest` prints a table.
//!
//! The store is filled, and receivers on loopback answer, in this process; a child that is as idle
//! as the daemon makes the digest and delivers it, so that its time and memory are the digest's.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod clicks;

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clickwarden::auth::SharedAuth;
use clickwarden::click::{Clicks, Present};
use clickwarden::clock::{Clock, DAY, HOUR, Hour, Span, Tick};
use clickwarden::config::Config;
use clickwarden::deliver::{Channel, ChannelContext, Outcome, Outgoing};
use clickwarden::digest::{self, DigestPlan, DigestWindow};
use clickwarden::message::{Envelope, UrlDisplay, sample};
use clickwarden::store::{Changes, FetchedAnswer, LeaseClaim, NewMessage, Owner, Priority, Store};
use clickwarden::sync_state::hour::{Acceptance, HourState, Seen};

const ROWS: usize = 1_000_000;
const WINDOW_ROWS: usize = 10_000;
const NOW: Tick = Tick::from_unix_seconds(1_784_498_400);
/// The digest's window, and as long before it for the change against it.
const LENGTH: i64 = 7 * DAY;
const FOLDER: &str = "CLICKWARDEN_BENCH_FOLDER";

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return measure(&PathBuf::from(folder));
    }
    let folder = tempfile::tempdir()?;
    fill(folder.path())?;
    configure(folder.path(), serve(answer_http)?, serve(answer_smtp)?)?;
    tell_before(folder.path())?;
    println!("{ROWS} clicks on {} URLs in the window, as many before it", clicks::URLS);
    println!("and a digest of those to be corrected\n");
    println!("| attach | step | wall, ms | CPU, ms |\n| --- | --- | --- | --- |");
    let child =
        std::process::Command::new(std::env::current_exe()?).env(FOLDER, folder.path()).status()?;
    if child.success() { Ok(()) } else { Err("the child failed".into()) }
}

fn fill(folder: &Path) -> Result<(), Failure> {
    let store = Store::open(&folder.join("c.db"))?;
    let tenant = store.tenant("contoso")?;
    let LeaseClaim::Granted(lease) =
        store.lease(tenant, &Owner::here(), Duration::from_hours(1), NOW)?
    else {
        return Err("the lease is taken".into());
    };
    let windows = 2 * ROWS / WINDOW_ROWS;
    let length = 2 * LENGTH / windows as i64;
    for number in 0..windows {
        let until = NOW.plus(-(number as i64) * length);
        let window = Span::new(until.plus(-length), until);
        let mut random = fastrand::Rng::with_seed(number as u64);
        let mut batch = Clicks::with_capacity(WINDOW_ROWS, WINDOW_ROWS * 500);
        for _ in 0..WINDOW_ROWS {
            let at = window.from.plus(random.i64(0..length));
            clicks::invent(&mut random, at, |click| {
                batch.push(click);
            });
        }
        let batch = store.prepare(batch, Present::ALL);
        let settled: Vec<_> = window.hours().map(|hour| (hour, settled(hour))).collect();
        let hours = settled.iter().map(|(hour, state)| (*hour, state)).collect();
        let changes = Changes { hours, progress: None };
        store.apply(
            &lease,
            &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Accept },
            &changes,
            NOW,
        )?;
    }
    Ok(store.release(&lease)?)
}

/// An hour whose copy agrees with the source.
fn settled(hour: Hour) -> HourState {
    let seen = Some(Seen { at: hour.end().plus(HOUR), ..Seen::default() });
    HourState { seen, ..HourState::default() }
}

/// Makes a digest of each report of the time before.
fn tell_before(folder: &Path) -> Result<(), Failure> {
    let store = Store::open(&folder.join("c.db"))?;
    let config = load(folder)?;
    for report in &config.reports {
        let until = NOW.plus(-LENGTH);
        let span = Span::new(until.plus(-LENGTH), until);
        let window = DigestWindow { scheduled: until, span, missing: Vec::new() };
        let plan = DigestPlan { report, exclusions: &config.exclusions, window: &window };
        let draft = store.read(|snapshot| digest::draft(snapshot, &plan))?;
        let deliveries = digest::deliveries(&config.sinks, report, until);
        let message = NewMessage {
            content: &draft.content,
            deliveries: &deliveries,
            priority: Priority::Digest,
        };
        store.commit_digest(&draft.record(&plan), &message, until)?;
    }
    Ok(())
}

fn load(folder: &Path) -> Result<Config, Failure> {
    let loaded = Config::load(Some(&folder.join("c.toml")), []);
    Ok(loaded.map_err(|problems| format!("{problems:?}"))?)
}

/// One click turns up late in what was told before.
fn come_late(store: &Store, run: i64) -> Result<(), Failure> {
    let tenant = store.tenant("contoso")?;
    let LeaseClaim::Granted(lease) =
        store.lease(tenant, &Owner::here(), Duration::from_hours(1), NOW)?
    else {
        return Err("the lease is taken".into());
    };
    let at = NOW.plus(-LENGTH - DAY);
    let mut batch = Clicks::with_capacity(1, 500);
    clicks::invent(&mut fastrand::Rng::with_seed(run.cast_unsigned()), at, |click| {
        batch.push(click);
    });
    let batch = store.prepare(batch, Present::ALL);
    let window = Span::new(at, at.plus(1));
    store.apply(
        &lease,
        &FetchedAnswer { batch: &batch, window, acceptance: Acceptance::Keep },
        &Changes::default(),
        NOW,
    )?;
    Ok(store.release(&lease)?)
}

/// One sink of each kind but `graph-mail`, which draws what `email` draws; a report each that
/// attaches what is risky, and everything.
fn configure(folder: &Path, http: u16, smtp: u16) -> Result<(), Failure> {
    let secret = |name: &str, text: &str| -> Result<String, Failure> {
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(path.display().to_string())
    };
    let url = secret("url", &format!("http://127.0.0.1:{http}/"))?;
    let (client, path) =
        (secret("secret", "none")?, folder.join("out.jsonl").display().to_string());
    let sinks = format!(
        "[[tenant]]\nname = \"contoso\"\ntenant_id = \"contoso.example\"\n\
         client_id = \"00000000-0000-0000-0000-000000000001\"\nclient_secret_file = {client:?}\n\
         [[sink]]\nname = \"email\"\ntype = \"email\"\nhost = \"127.0.0.1\"\nport = {smtp}\n\
         tls = \"none\"\nfrom = \"c@contoso.example\"\nto = [\"soc@contoso.example\"]\n\
         [[sink]]\nname = \"file\"\ntype = \"file\"\npath = {path:?}\n"
    );
    let web = ["teams", "slack", "webhook"]
        .map(|kind| format!("[[sink]]\nname = {kind:?}\ntype = {kind:?}\nurl_file = {url:?}\n"));
    let reports = ["risky", "all"].map(|attach| {
        format!(
            "[[report]]\nname = {attach:?}\nschedule = \"0 22 * * *\"\nattach = {attach:?}\n\
             sinks = [\"email\", \"file\", \"teams\", \"slack\", \"webhook\"]\n"
        )
    });
    let text = [sinks, web.concat(), reports.concat()].concat();
    std::fs::write(folder.join("c.toml"), text)?;
    Ok(())
}

/// Serves each connection by `answer` in a thread of its own, for as long as the program runs.
fn serve(answer: fn(TcpStream) -> std::io::Result<()>) -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    Ok(port)
}

fn answer_http(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink())?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
    }
}

fn answer_smtp(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 bench\r\n")?;
    let (mut line, mut in_data) = (Vec::new(), false);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match (in_data, line.as_slice()) {
            (true, b".\r\n") => {
                in_data = false;
                b"250 taken\r\n"
            }
            (true, _) => continue,
            (false, b"DATA\r\n") => {
                in_data = true;
                b"354 go on\r\n"
            }
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer)?;
    }
}

/// The child.
fn measure(folder: &Path) -> Result<(), Failure> {
    let config = load(folder)?;
    let store = Store::open(&folder.join("c.db"))?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let clock = Clock::manual(NOW);
    let (auth, sample) = (SharedAuth::default(), sample());
    let context =
        ChannelContext { tenants: &config.tenants, auth: &auth, clock: &clock, sample: &sample };
    let mut channels = Vec::new();
    for sink in &config.sinks {
        channels.push((sink.name.as_str(), Channel::of(sink, context)?));
    }
    for report in &config.reports {
        let idle = memory("VmRSS")?;
        std::fs::write("/proc/self/clear_refs", "5")?;
        let mut best: Vec<(String, Duration, Duration)> = Vec::new();
        for run in 0..5 {
            come_late(&store, run)?;
            let scheduled = NOW.plus(run);
            let span = Span::new(NOW.plus(-LENGTH), NOW);
            let window = DigestWindow { scheduled, span, missing: Vec::new() };
            let plan = DigestPlan { report, exclusions: &config.exclusions, window: &window };
            let mut steps = Vec::new();
            let draft = timed("compute", &mut steps, || {
                Ok(store.read(|snapshot| digest::draft(snapshot, &plan))?)
            })?;
            timed("write down", &mut steps, || {
                let deliveries = digest::deliveries(&config.sinks, report, scheduled);
                let content = &draft.content;
                let message =
                    NewMessage { content, deliveries: &deliveries, priority: Priority::Digest };
                Ok(store.commit_digest(&draft.record(&plan), &message, NOW)?)
            })?;
            for (name, channel) in &channels {
                let id = digest::id(name, &report.name, scheduled);
                let envelope = Envelope { id, written: NOW, rows: u32::MAX, urls: UrlDisplay::Cut };
                let recipient = if *name == "email" { "soc@contoso.example" } else { "" };
                let outgoing = Outgoing { content: &draft.content, envelope: &envelope, recipient };
                let outcome =
                    timed(name, &mut steps, || Ok(runtime.block_on(channel.deliver(outgoing))))?;
                if outcome != Outcome::Accepted {
                    return Err(format!("{name}: {outcome:?}").into());
                }
            }
            let all =
                |time: fn(&(String, Duration, Duration)) -> Duration| steps.iter().map(time).sum();
            steps.push(("all".to_owned(), all(|step| step.1), all(|step| step.2)));
            if best.last().is_none_or(|best| steps.last().is_some_and(|new| new.1 < best.1)) {
                best = steps;
            }
        }
        for (step, wall, cpu) in best {
            let ms = |time: Duration| time.as_secs_f64() * 1e3;
            println!("| {} | {step} | {:.1} | {:.1} |", report.name, ms(wall), ms(cpu));
        }
        let peak = memory("VmHWM")?;
        println!(
            "| {} | memory above idle, MB ({idle:.0} MB) | {:.1} | |",
            report.name,
            peak - idle
        );
    }
    Ok(())
}

/// Does a step, and notes how long it took and what it cost.
fn timed<T>(
    name: &str,
    steps: &mut Vec<(String, Duration, Duration)>,
    step: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (started, before) = (Instant::now(), cpu());
    let done = step()?;
    steps.push((name.to_owned(), started.elapsed(), cpu().saturating_sub(before)));
    Ok(done)
}

/// The processor's time that this process took.
fn cpu() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec.cast_unsigned(), spent.tv_nsec as u32)
}

/// A line of this process's status, in MB.
fn memory(name: &str) -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
    let kib: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kib * 1024.0 / 1e6)
}
