//! Programs that others wrote, called as judges: duckdb-kql, Microsoft's own KQL parser, a certified
//! sign-in server, a mail server, and parsers of mail.
//!
//! `tests/oracle/install` installs them. Tests fail without them, unless
//! `CLICKWARDEN_SKIP_ORACLES=1` says that they may be skipped.

mod messages;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

pub use messages::{Cards, Drawn, Language, Theme, slack, webhooks};

/// The answer of duckdb-kql to one query.
#[derive(Debug, Deserialize)]
pub struct Answer {
    #[serde(default)]
    pub columns: Vec<String>,
    #[serde(default)]
    pub rows: Vec<Vec<Value>>,
    pub error: Option<String>,
}

/// What Microsoft's parser says of one query.
#[derive(Debug, Deserialize)]
pub struct Checked {
    pub errors: Vec<String>,
    pub columns: Vec<(String, String)>,
    pub tables: Vec<String>,
}

/// Whether the caller's test is to be skipped. Without the engines, and without leave to skip, it
/// fails here.
pub fn is_skipped() -> bool {
    let packages = [
        "@kusto/language-service-next",
        "@microsoft/microsoft-graph-client",
        "adaptivecards",
        "oidc-provider",
    ];
    let installed =
        python().exists() && packages.iter().all(|package| node_modules().join(package).exists());
    let may_skip = std::env::var("CLICKWARDEN_SKIP_ORACLES").is_ok_and(|value| value == "1");
    if may_skip {
        eprintln!(
            "!!! SKIPPED: the independent judges were not asked (CLICKWARDEN_SKIP_ORACLES=1)"
        );
    }
    assert!(
        installed || may_skip,
        "the programs that judge us are not installed: run tests/oracle/install, or set CLICKWARDEN_SKIP_ORACLES=1 to skip these tests"
    );
    may_skip
}

/// The rows that duckdb-kql answers `kql` with, over `rows` as in the hunting API's `results`.
/// Times in it are cut to microseconds, all that this engine has.
pub fn duckdb(rows: &[Value], kql: &str) -> Vec<Vec<Value>> {
    let mut answers = duckdb_all(rows, &[kql.to_owned()]);
    answers.remove(0).rows
}

/// The answers to many queries over the same rows, from one run; an error of any fails the test.
pub fn duckdb_all(rows: &[Value], queries: &[String]) -> Vec<Answer> {
    let script = folder().join("answer.py");
    let asked = json!({ "rows": rows, "queries": queries });
    let answers: Vec<Answer> = ask(Command::new(python()).arg(script), &asked);
    assert_eq!(answers.len(), queries.len());
    for (answer, query) in answers.iter().zip(queries) {
        assert_eq!(answer.error, None, "{query}");
    }
    answers
}

/// What Microsoft's parser says of each query against the columns of `UrlClickEvents`.
pub fn validate(queries: &[String]) -> Vec<Checked> {
    let columns: Vec<_> = clickwarden::kql::click_table(i64::MAX)
        .columns()
        .iter()
        .map(|column| (column.name.clone(), column.kind.kql_name()))
        .collect();
    let asked = json!({ "table": "UrlClickEvents", "columns": columns, "queries": queries });
    ask(&mut script("validate.cjs"), &asked)
}

/// What Microsoft's client of JavaScript makes of a hunting API, without blocking whoever answers.
pub async fn graph_client(asked: Value) -> Value {
    let ask_it = move || ask(&mut script("graph.cjs"), &asked);
    tokio::task::spawn_blocking(ask_it).await.expect("no panic")
}

/// The certified sign-in server, to be started.
pub fn certified_server() -> Command {
    script("entra.mjs")
}

/// What a JSON Schema has against each of the values.
pub fn schema(schema: &Value, values: &[Value]) -> Vec<Vec<String>> {
    let asked = json!({ "schema": schema, "values": values });
    ask(Command::new(python()).arg(folder().join("schema.py")), &asked)
}

/// A mail server that keeps its journal in `kept`, to be started; tests/oracle/smtp.py tells the
/// settings.
pub fn mail_server(kept: &Path, settings: &Value) -> Command {
    let mut server = Command::new(python());
    server.arg(folder().join("smtp.py")).arg(kept).arg(settings.to_string());
    server
}

/// What mails in files are to parsers of others; tests/oracle/mail.py tells the answers.
pub fn mails(paths: &[PathBuf]) -> Vec<Value> {
    ask(Command::new(python()).arg(folder().join("mail.py")), &json!(paths))
}

/// When cron lines are due; tests/oracle/cron.py tells what is asked and answered.
pub fn due(asked: &[Value]) -> Vec<Vec<i64>> {
    ask(Command::new(python()).arg(folder().join("cron.py")), &json!(asked))
}

/// The time zones that [`due`] knows, as files.
pub fn zones() -> PathBuf {
    let versions = std::fs::read_dir(installed().join("venv/lib")).expect("a folder for Python");
    let mut found = versions
        .map(|version| version.expect("a name").path().join("site-packages/tzdata/zoneinfo"));
    found.find(|folder| folder.exists()).expect("PyPI's tzdata is installed")
}

/// The links that programs of Node make of outputs; tests/oracle/links.cjs tells the shapes.
pub fn links_of_node(lane: &str, outputs: &Value) -> Vec<Value> {
    let mut judge = alone(node());
    judge.arg(folder().join("links.cjs")).arg(installed().join("node")).arg(lane);
    ask(&mut judge, outputs)
}

/// Those that programs of this Python make; tests/oracle/links.py tells the shapes.
pub fn links_of_python(python: &Path, lane: &str, outputs: &Value) -> Vec<Value> {
    let mut judge = alone(python);
    judge.arg(folder().join("links.py")).arg(lane);
    ask(&mut judge, outputs)
}

/// A program that might look up what it is shown: without a network where that can be had.
fn alone(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let unshared = Command::new("unshare").args(["--net", "true"]).output();
    if !unshared.is_ok_and(|output| output.status.success()) {
        eprintln!("!!! NOT ROOT: judges of links run with the network that there is");
        return Command::new(program);
    }
    let mut command = Command::new("unshare");
    command.arg("--net").arg(program);
    command
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle")
}

fn installed() -> PathBuf {
    match std::env::var_os("CLICKWARDEN_ORACLE_DIR") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle"),
    }
}

/// The interpreter that has the packages.
pub fn python() -> PathBuf {
    installed().join("venv/bin/python")
}

fn node_modules() -> PathBuf {
    installed().join("node/node_modules")
}

/// The Node that comes with the judges, for that of a distribution can be too old; else whatever there is.
fn node() -> PathBuf {
    let own = ["x64", "arm64"]
        .map(|machine| node_modules().join(format!("node-linux-{machine}/bin/node")))
        .into_iter()
        .find(|node| node.exists());
    own.unwrap_or_else(|| "node".into())
}

/// A program of tests/oracle for Node, told where the packages are.
fn script(name: &str) -> Command {
    let mut command = Command::new(node());
    command.arg(folder().join(name)).arg(installed().join("node"));
    command
}

/// Asks a program in JSON on its stdin.
pub fn ask<T: for<'a> Deserialize<'a>>(command: &mut Command, asked: &Value) -> T {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the engine starts");
    let mut stdin = child.stdin.take().expect("it has a stdin");
    let asked = asked.to_string();
    let feeder = std::thread::spawn(move || stdin.write_all(asked.as_bytes()));
    let output = child.wait_with_output().expect("the engine ends");
    feeder.join().expect("no panic").expect("the engine reads what it is asked");
    assert!(output.status.success(), "the engine failed: see its words above");
    serde_json::from_slice(&output.stdout).expect("the engine answers in JSON")
}
