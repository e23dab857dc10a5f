//! The program as its unit runs it, without systemd: not as root, nearly everything read-only, nothing
//! else to be run, most of `/proc` hidden, secrets handed over by name. And what a sandbox hides,
//! judged by the lease.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clickwarden::clock::{Clock, DAY, Span, Tick};
use clickwarden::demo::{Fault, QuotaKind, RetryHint};
use clickwarden::kql::{add_click, click_table};
use clickwarden::store::Store;
use rusqlite::Connection;

use crate::alerting::{click, through};
use crate::certificates::{certificate, pkcs8};
use crate::delivering::until;
use crate::ledger::Receiver;
use crate::stand::{Running, Stand, program};

/// A user that exists only while the unit runs.
pub const USER: u32 = 61_234;

/// Whose a credential is, how it may be read, as whom to run, the folder of it all, what may be run,
/// the program.
const SHUT_IN: &str = r#"
set -eu
owner=$1 mode=$2 user=$3 home=$4 exec=$5; shift 5
mount -t tmpfs -o mode=0755,noexec run /run
given=/run/credentials/clickwarden.service
mkdir -p "$given"
for file in "$home"/credentials/*; do cp "$file" "$given/clickwarden_${file##*/}"; done
chmod "$mode" "$given"/*
chown -R "$owner:$owner" "$given"
mount -o remount,ro,noexec /run
mount -t tmpfs -o mode=1777,noexec tmp /var/tmp
mount --bind "$home/state" "$home/state"
mount -o remount,bind,noexec "$home/state"
mount -t proc -o subset=pid,hidepid=invisible proc /proc
for path in $exec "$(command -v setpriv)"; do
  path=$(readlink -f "${path#-}") && [ -e "$path" ] || continue
  mount --bind "$path" "$path"
  mount -o remount,bind,ro "$path"
done
if mountpoint -q /; then mount -o remount,bind,ro,noexec /; fi
[ "$user" = 0 ] && exec "$@"
exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --bounding-set=-all "$@"
"#;

/// A simulated tenant, a receiver of alerts, and the program in its sandbox.
pub struct Sandbox {
    pub stand: Stand,
    pub receiver: Receiver,
    program: PathBuf,
}

impl Sandbox {
    /// `None`, and loudly so, where there can be none.
    pub async fn new() -> Option<Self> {
        let receiver = Receiver::start("HTTP/1.1 204 No Content");
        let stand = Stand::new(click_table(30 * DAY), "").await;
        let home = stand.dir.path();
        fs::set_permissions(home, Permissions::from_mode(0o755)).unwrap();
        for folder in ["credentials", "state"] {
            fs::create_dir(home.join(folder)).unwrap();
            fs::set_permissions(home.join(folder), Permissions::from_mode(0o700)).unwrap();
        }
        // The program itself may lie where that user cannot go.
        let program = home.join("program");
        fs::copy(env!("CARGO_BIN_EXE_clickwarden"), &program).unwrap();
        let sandbox = Self { stand, receiver, program };
        sandbox.furnish();
        let may = chown(sandbox.state(), Some(USER), Some(USER)).is_ok();
        let version = |mut command: Command| command.arg("--version").output();
        let tried = may.then(|| version(sandbox.shut_in(USER, &sandbox.program)));
        if !matches!(&tried, Some(Ok(ran)) if ran.status.success()) {
            eprintln!(
                "SKIPPED: only root, with unshare and setpriv, can make a sandbox: {tried:?}"
            );
            return None;
        }
        Some(sandbox)
    }

    /// The files of root's, and a configuration that names them as shell and unit find them.
    fn furnish(&self) {
        let home = self.stand.dir.path();
        fs::rename(home.join("secret"), home.join("credentials/contoso.secret")).unwrap();
        self.hand_over("soar.url", &self.receiver.url);
        let key = format!("whsec_{}", "c2VjcmV0LWtleS1vZi10aGlydHktdHdvLWJ5dGVzISE=");
        self.hand_over("soar.key", &key);
        let (here, state) = (home.display().to_string(), self.state().display().to_string());
        let text = self.stand.config_text(&self.stand.tenant.url(), "interval = \"1s\"");
        let text = text
            .replace(&format!("{here}/clicks.db"), &format!("{state}/clicks.db"))
            .replace(&format!("{here}/secret"), "contoso.secret");
        let sections = format!(
            "[[sink]]\nname = \"soar\"\ntype = \"webhook\"\nurl_file = \"soar.url\"\n\
             signing_key_files = [\"soar.key\"]\n\
             [[sink]]\nname = \"siem\"\ntype = \"file\"\npath = \"{state}/messages.jsonl\"\n\
             [alerts]\nsinks = [\"soar\", \"siem\"]\ngroup_interval = \"0s\"\n"
        );
        fs::write(self.stand.config(), format!("{text}{sections}")).unwrap();
    }

    /// Puts a file into the folder whose files the unit hands over.
    fn hand_over(&self, name: &str, content: &str) {
        let path = self.stand.dir.path().join("credentials").join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }

    /// The one folder that it may write.
    pub fn state(&self) -> PathBuf {
        self.stand.dir.path().join("state")
    }

    fn database(&self) -> PathBuf {
        self.state().join("clicks.db")
    }

    /// What the unit lets be run, with our program in the place of the one that is installed.
    fn may_be_run(&self) -> String {
        let unit = include_str!("../../systemd/clickwarden.service");
        let line = unit.lines().find_map(|line| line.strip_prefix("ExecPaths=")).unwrap();
        line.replace("/usr/local/bin/clickwarden", self.program.to_str().unwrap())
    }

    fn shut_in(&self, user: u32, program: &Path) -> Command {
        self.shut_in_with((USER, "0400"), user, program)
    }

    fn shut_in_with(&self, given: (u32, &str), user: u32, program: &Path) -> Command {
        let mut command = Command::new("unshare");
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("CREDENTIALS_DIRECTORY", "/run/credentials/clickwarden.service");
        command.args(["--mount", "--propagation", "private", "sh", "-c", SHUT_IN, "sh"]);
        command.args([&given.0.to_string(), given.1, &user.to_string()]);
        command.arg(self.stand.dir.path()).arg(self.may_be_run()).arg(program);
        command
    }

    /// The program as the unit's user.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.program(self.shut_in(USER, &self.program), arguments)
    }

    /// The program as root runs it beside the unit, or without it: by the same configuration.
    fn outside(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.stand.config(), arguments);
        command.current_dir("/");
        command
    }

    fn program(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.arg("--config").arg(self.stand.config()).args(arguments);
        command
    }

    /// Somebody goes on past a block, now.
    pub fn past_a_block(&self, user: &str) {
        let now = Clock::System.now();
        let met = click(now, user, "https://evil.example/login", "ClickBlocked");
        let past = through(now.plus(1), user, "https://evil.example/login", "ClickBlocked");
        self.stand.tenant.write(|table| {
            for row in [met, past] {
                add_click(table, &row.click(), Span::new(row.at, Tick(i64::MAX)));
            }
        });
    }

    pub fn words(&self) -> PathBuf {
        self.stand.dir.path().join("words")
    }

    pub fn said(&self) -> String {
        fs::read_to_string(self.words()).unwrap_or_default()
    }

    fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments), &self.words())
    }

    /// The lease's token, its owner's machine, and what is known of its boot.
    fn lease(&self) -> (i64, String, String) {
        let db = Connection::open(self.database()).unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        db.query_row("SELECT token, host, boot FROM lease WHERE held", [], row).unwrap()
    }
}

/// Runs a command to its good end.
pub fn ran(mut command: Command) {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shut_in_it_collects_alerts_and_delivers() {
    let Some(sandbox) = Sandbox::new().await else { return };
    ran(sandbox.command(&["sync"]));
    ran(sandbox.command(&["check"]));
    let daemon = sandbox.start(&["run"]);
    sandbox.past_a_block("alice@contoso.example");
    let arrived = || sandbox.receiver.arrived().iter().any(|it| it.body.contains("alice@contoso"));
    until("the webhook", arrived, || sandbox.said());
    let lines = || fs::read_to_string(sandbox.state().join("messages.jsonl")).unwrap_or_default();
    until("the file", || lines().contains("alice@contoso"), || sandbox.said());
    daemon.stop();
    let said = sandbox.said();
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
}

/// What it could write it cannot run, nor anything that the unit does not name.
#[tokio::test(flavor = "multi_thread")]
async fn shut_in_nothing_else_is_run() {
    let Some(sandbox) = Sandbox::new().await else { return };
    let copy = sandbox.state().join("copy");
    fs::copy(&sandbox.program, &copy).unwrap();
    for program in [copy.as_path(), Path::new("/usr/bin/true")] {
        let ran = sandbox.shut_in(USER, program).arg("--version").output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(126), "{said}");
        assert!(said.contains("Permission denied"), "{said}");
    }
    let mut kill = sandbox.shut_in(USER, Path::new("/bin/kill"));
    kill.arg("-l");
    ran(kill);
}

/// systemd lets the unit's user read a credential by an access list, or makes it the user's.
#[tokio::test(flavor = "multi_thread")]
async fn root_may_use_what_the_unit_was_given_and_locks_it_out_of_nothing() {
    let Some(sandbox) = Sandbox::new().await else { return };
    for given in [(USER, "0400"), (0, "0440")] {
        for arguments in [&["sync"][..], &["check"], &["sink", "test", "siem"]] {
            let command = sandbox.shut_in_with(given, 0, &sandbox.program);
            ran(sandbox.program(command, arguments));
        }
    }
    for entry in fs::read_dir(sandbox.state()).unwrap().map(Result::unwrap) {
        let facts = entry.metadata().unwrap();
        assert_eq!((facts.uid(), facts.mode() & 0o777), (USER, 0o600), "{:?}", entry.path());
    }
    let message = || fs::read_to_string(sandbox.state().join("messages.jsonl")).unwrap();
    let before = message().lines().count();
    ran(sandbox.command(&["sink", "test", "siem"]));
    assert_eq!((before, message().lines().count()), (2, 3));
}

/// Nobody takes a living owner for dead, be it hidden or not; a dead one's lease is free at once.
#[tokio::test(flavor = "multi_thread")]
async fn shut_in_who_lives_keeps_its_lease_and_who_was_killed_does_not() {
    let Some(sandbox) = Sandbox::new().await else { return };
    // In the middle of its first pass it waits for a gate, and keeps its lease.
    let gate = Some(Fault::Throttled(QuotaKind::Rate, RetryHint::Seconds(8)));
    sandbox.stand.tenant.expect_faults([None, gate]);
    let mut daemon = sandbox.start(&["run"]);
    until("the calls", || sandbox.stand.tenant.queries() == 2, || sandbox.said());
    let lease = sandbox.lease();
    let host = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    assert_eq!((&lease.1, lease.2.starts_with(" pid:[")), (&host, true), "{lease:?}");
    // From outside, where all is seen, and from another sandbox, where nobody is.
    for sync in [sandbox.outside(&["sync"]), sandbox.command(&["sync"])] {
        let mut sync = Running::start(sync, &sandbox.words());
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(1) {
            assert_eq!(sync.0.try_wait().unwrap(), None, "it waits: {}", sandbox.said());
            assert_eq!(sandbox.lease(), lease);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    daemon.0.kill().unwrap();
    daemon.0.wait().unwrap();
    let killed = Instant::now();
    ran(sandbox.command(&["sync"]));
    assert!(killed.elapsed() < Duration::from_secs(30), "it waited for the lease's end");
    assert!(Store::open_read_only(&sandbox.database()).is_ok());
}

/// The first block of a kind in docs/service.md.
fn documented(kind: &str) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/service.md")).unwrap();
    let block = page.split(&format!("```{kind}\n")).nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_service_can_read_whatever_its_configuration_names() {
    let Some(sandbox) = Sandbox::new().await else { return };
    let home = sandbox.stand.dir.path();
    let key = fs::read_to_string(home.join("credentials/soar.key")).unwrap();
    for (name, content) in [
        ("contoso.crt", certificate(0).as_str()),
        ("contoso.key", pkcs8(0).as_str()),
        (
            "teams.url",
            "https://example.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=s",
        ),
        ("soar.url", "https://soar.example.com/hook"),
        ("soar.key", &key),
        ("smtp.password", "hunter2"),
    ] {
        sandbox.hand_over(name, content);
        assert!(documented("toml").contains(&format!("\"{name}\"")), "{name}");
    }
    let text = documented("toml").replace("/etc/clickwarden", home.to_str().unwrap());
    let id = "00000000-0000-0000-0000-000000000000";
    let store = format!("[store]\npath = {:?}\n", sandbox.database());
    fs::write(sandbox.stand.config(), store + &text.replace('…', id)).unwrap();
    ran(sandbox.command(&["check", "--offline"]));
    ran(sandbox.outside(&["check", "--offline"]));
}
