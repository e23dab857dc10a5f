//! Mail to Exim, as Debian packs it: another server's view of our TLS, login and mails.

use std::fs::{self, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::mail_server::{certificate_files, login, sink_test};
use crate::oracle;
use crate::program::Program;

const EXIM: &str = "/usr/sbin/exim4";
const ITS_USER: &str = "Debian-exim";
/// As long as anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// A daemon with a configuration and a spool of its own.
struct Exim {
    child: Child,
    folder: tempfile::TempDir,
    starttls: u16,
    implicit: u16,
}

/// Two ports that are free.
fn ports() -> [u16; 2] {
    let free = [0, 0].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
    free.map(|listener| listener.local_addr().unwrap().port())
}

fn id_of_its_user(flag: &str) -> Option<u32> {
    let output = Command::new("id").args([flag, ITS_USER]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Exim {
    /// `None` where there is no Exim, or we are not root: it takes a configuration from nobody else.
    fn start() -> Option<Self> {
        let is_root = rustix::process::geteuid().is_root();
        let (uid, gid) = (id_of_its_user("-u"), id_of_its_user("-g"));
        if !Path::new(EXIM).exists() || !is_root || uid.is_none() {
            eprintln!("!!! SKIPPED: Exim is not installed, or this is not root (see tests/run)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        let (certificate, key) = certificate_files(path);
        for name in ["spool", "mail"] {
            fs::create_dir(path.join(name)).unwrap();
            chown(path.join(name), uid, gid).unwrap();
        }
        for file in [&certificate, &key] {
            chown(file, uid, gid).unwrap();
        }
        let [starttls, implicit] = ports();
        let text = include_str!("../oracle/exim.conf")
            .replace("SECURE_PORT", &implicit.to_string())
            .replace("PORT", &starttls.to_string())
            .replace("FOLDER", path.to_str().unwrap());
        let config = path.join("exim.conf");
        fs::write(&config, text).unwrap();
        fs::set_permissions(&config, Permissions::from_mode(0o644)).unwrap();
        let mut command = Command::new(EXIM);
        let child =
            command.arg("-C").arg(&config).arg("-bdf").stdin(Stdio::null()).spawn().unwrap();
        let exim = Self { child, folder, starttls, implicit };
        let listens = |port| TcpStream::connect(("127.0.0.1", port)).is_ok();
        until("Exim does not listen", || listens(starttls) && listens(implicit));
        Some(exim)
    }

    /// Keys of a sink that mails to it by the one port or the other.
    fn program(&self, tls: &str, password: &str, to: &str) -> Program {
        let port = if tls == "implicit" { self.implicit } else { self.starttls };
        let program = Program::offline();
        let (login, ca) = (login(&program, password), self.folder.path().join("authority.pem"));
        program.configure_also(&format!(
            "[[sink]]\nname = \"soc\"\ntype = \"email\"\nhost = \"127.0.0.1\"\nport = {port}\n\
             tls = {tls:?}\nca_file = {ca:?}\nfrom = \"Clickwarden <clicks@contoso.example>\"\n\
             to = [{to}]\n{login}"
        ));
        program
    }

    /// The mails that it delivered.
    fn mails(&self) -> Vec<PathBuf> {
        let new = fs::read_dir(self.folder.path().join("mail/new"));
        new.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

#[test]
fn exim_takes_mail_over_starttls_and_tls_after_a_login() {
    if oracle::is_skipped() {
        return;
    }
    let Some(exim) = Exim::start() else { return };
    for (count, tls) in [(2, "starttls"), (4, "implicit")] {
        let to = "\"ann@contoso.example\", \"nobody@contoso.example\", \"eve@contoso.example\"";
        let ran = sink_test(&exim.program(tls, "p w", to));
        assert_eq!(ran.out.matches("accepted the sample").count(), 2, "{} {}", ran.out, ran.err);
        let words =
            "nobody@contoso.example: the server refuses the recipient: 550 No such user here";
        assert!(ran.code == Some(1) && ran.err.contains(words), "{}", ran.err);
        until("Exim delivers nothing", || exim.mails().len() == count);
    }
    for mail in oracle::mails(&exim.mails()) {
        let texts = json!(["multipart/alternative", ["text/plain", "text/html"]]);
        assert_eq!(mail["tree"], json!(["multipart/mixed", [texts, "text/csv"]]));
        assert_eq!((&mail["defects"], &mail["ascii"]), (&json!([]), &json!(true)));
        assert_eq!(mail["recipients"].as_array().unwrap().len(), 3);
    }
}

#[test]
fn exim_refuses_a_wrong_password() {
    let Some(exim) = Exim::start() else { return };
    let ran = sink_test(&exim.program("starttls", "wrong", "\"ann@contoso.example\""));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let words = "the server refuses the login of u: 535 Incorrect authentication data; correct";
    assert!(ran.err.contains(words), "{}", ran.err);
    let ran = exim.program("starttls", "p w", "\"ann@contoso.example\"").run(&["check"]);
    assert!(ran.out.contains("answers with STARTTLS, and takes the password of u"), "{}", ran.out);
    assert!(exim.mails().is_empty());
}
