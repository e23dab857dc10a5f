//! A real mail server on loopback, with a certificate of its own, and the program that mails to it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::certificates::{Issued, issued};
use crate::oracle;
use crate::program::{Program, Ran};
use crate::tenants::file;

/// The server; it ends with the test.
pub struct MailServer {
    child: Child,
    folder: tempfile::TempDir,
    pub port: u16,
}

impl MailServer {
    /// With `settings` as tests/oracle/smtp.py has them; none if the judges are to be skipped.
    pub fn start(mut settings: Value) -> Option<Self> {
        if oracle::is_skipped() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = certificate_files(folder.path());
        settings["cert"] = json!(certificate);
        settings["key"] = json!(key);
        let mut command = oracle::mail_server(folder.path(), &settings);
        // What it thinks of clients that hang up is nobody's concern.
        let words = fs::File::create(folder.path().join("words")).unwrap();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(words);
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        let port = u16::try_from(said["port"].as_u64().unwrap()).unwrap();
        Some(Self { child, folder, port })
    }

    /// The certificate of the authority that vouches for it.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// What happened, in order.
    pub fn journal(&self) -> Vec<Value> {
        let journal = fs::read_to_string(self.folder.path().join("journal.jsonl"));
        journal.unwrap_or_default().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    /// What happened of one kind.
    pub fn noted(&self, what: &str) -> Vec<Value> {
        self.journal().into_iter().filter(|line| line["what"] == what).collect()
    }

    /// The mails that it took.
    pub fn mails(&self) -> Vec<PathBuf> {
        let path = |number: usize| self.folder.path().join(format!("{number:04}.eml"));
        (1..=9_999).map(path).take_while(|path| path.exists()).collect()
    }

    /// What the mails are to parsers of others.
    pub fn parsed(&self) -> Vec<Value> {
        oracle::mails(&self.mails())
    }

    /// The keys of a sink that mails to it; `more` are others.
    pub fn settings(&self, more: &str) -> String {
        format!(
            "type = \"email\"\nhost = \"127.0.0.1\"\nport = {}\nca_file = {:?}\n\
             from = \"Clickwarden <clicks@contoso.example>\"\n{more}\n",
            self.port,
            self.authority()
        )
    }

    /// A section `[[sink]]` with those keys.
    pub fn section(&self, more: &str) -> String {
        format!("[[sink]]\nname = \"soc\"\n{}", self.settings(more))
    }

    /// A program with that section.
    pub fn program(&self, more: &str) -> Program {
        let program = Program::offline();
        program.configure_also(&self.section(more));
        program
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// Writes a certificate for 127.0.0.1, its key, and its authority's certificate.
pub fn certificate_files(folder: &Path) -> (PathBuf, PathBuf) {
    let Issued { authority, certificate, key } = issued("127.0.0.1");
    let (cert, secret) = (folder.join("server.pem"), folder.join("server.key"));
    fs::write(folder.join("authority.pem"), authority.pem()).unwrap();
    fs::write(&cert, certificate.pem()).unwrap();
    fs::write(&secret, key.serialize_pem()).unwrap();
    (cert, secret)
}

/// Keys that sign in as `u`, with `password` in a file beside the configuration.
pub fn login(program: &Program, password: &str) -> String {
    let path = file(&program.folder, "password", password, 0o600);
    format!("username = \"u\"\npassword_file = {path:?}\n")
}

/// `sink test` of the sink.
pub fn sink_test(program: &Program) -> Ran {
    program.run(&["sink", "test", "soc"])
}
