//! The fixtures in a real WireMock, and the real program against it.
//!
//! `tests/oracle/install` installs WireMock where there is Java; without it these tests are skipped,
//! and say so.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fixtures;
use crate::program::Program;
use crate::stand::{self, signal};

/// A WireMock on a free port of loopback, which ends with the test.
struct WireMock {
    process: Child,
    url: String,
}

impl Drop for WireMock {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn jar() -> PathBuf {
    let folder = std::env::var_os("CLICKWARDEN_ORACLE_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle"), PathBuf::from);
    folder.join("wiremock/node_modules/wiremock/build/wiremock-standalone-3.13.2.jar")
}

impl WireMock {
    /// `None` where there is no Java.
    fn start() -> Option<Self> {
        let java = Command::new("java").arg("-version").stderr(Stdio::null()).status();
        let may_skip = std::env::var("CLICKWARDEN_SKIP_ORACLES").is_ok_and(|value| value == "1");
        if !java.is_ok_and(|status| status.success()) || (may_skip && !jar().exists()) {
            eprintln!("!!! SKIPPED: no Java, so the fixtures were not tried in a real WireMock");
            return None;
        }
        assert!(jar().exists(), "WireMock is not installed: run tests/oracle/install");
        let mut process = Command::new("java")
            .args(["-Xmx256m", "-jar"])
            .arg(jar())
            .args(["--port", "0", "--bind-address", "127.0.0.1", "--disable-banner", "--root-dir"])
            .arg(fixtures::folder())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut wiremock = Self { process, url: String::new() };
        let mut ports = lines.filter_map(|line| {
            let port = line.strip_prefix("port:")?.trim().to_owned();
            Some(port.parse::<u16>().unwrap())
        });
        let port = ports.next().expect("WireMock ended without a port");
        wiremock.url = format!("http://127.0.0.1:{port}");
        Some(wiremock)
    }

    async fn admin(&self, path: &str) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{}/__admin/{path}", self.url)).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// The hunting calls of a tenant, oldest first: when, the query, the status.
    async fn calls(&self, tenant: &str) -> Vec<(i64, String, u64)> {
        let journal = self.admin("requests").await;
        let calls = journal["requests"].as_array().unwrap().iter().filter_map(|served| {
            let request = &served["request"];
            let bearer = request["headers"]["Authorization"].as_str()?;
            let query: Value = serde_json::from_str(request["body"].as_str()?).ok()?;
            bearer.contains(tenant).then(|| {
                let at = request["loggedDate"].as_i64().unwrap();
                let status = served["responseDefinition"]["status"].as_u64().unwrap();
                (at, query["Query"].as_str().unwrap().to_owned(), status)
            })
        });
        let mut calls: Vec<_> = calls.collect();
        calls.sort_by_key(|call| call.0);
        calls
    }
}

/// The tenants that can be collected, each with its own trouble.
const TENANTS: [&str; 4] =
    ["tenant-quiet", "tenant-401-once", "tenant-429-once", "tenant-504-once"];

fn program(wiremock: &WireMock, tenants: &[&str], collect: &str) -> Program {
    let program = Program::of(tenants, &wiremock.url);
    program.configure_also(&format!("[collect]\ncalls_per_minute = 1000000\n{collect}\n"));
    program
}

/// Every tenant's summary: what `mappings/tenant-rows.json` has.
fn assert_summary(program: &Program) {
    let summary = program.run(&["summary", "--window", "3d", "--format", "json"]).json();
    for tenant in TENANTS {
        let rows = summary["rows"].as_array().unwrap().iter();
        let rows: Vec<_> = rows.filter(|row| row["Tenant"] == tenant).collect();
        let urls: Vec<_> = rows.iter().map(|row| row["Url"].as_str().unwrap()).collect();
        assert_eq!(urls, ["https://phish.example/login", "https://a.example/"], "{tenant}");
        let counts =
            |name: &str| rows.iter().map(|r| r[name].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!(counts("Blocked"), [2, 0], "{tenant}");
        assert_eq!(counts("Allowed"), [0, 1], "{tenant}");
        assert_eq!(counts("ClickedThrough"), [1, 0], "{tenant}");
        assert_eq!(counts("Clickers"), [1, 1], "{tenant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fixture_is_a_mapping_of_wiremock() {
    let Some(wiremock) = WireMock::start() else { return };
    let mut expected = 0;
    for file in std::fs::read_dir(fixtures::folder().join("mappings")).unwrap() {
        let json: Value =
            serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        expected += json["mappings"].as_array().map_or(1, Vec::len);
    }
    let loaded = wiremock.admin("mappings").await;
    assert_eq!(loaded["meta"]["total"].as_u64(), Some(expected as u64));
    assert!(expected > 80, "{expected}");
    // The configuration that the README beside them shows.
    let shown = stand::program(&fixtures::folder().join("clickwarden.toml"), &["config", "show"]);
    assert!({ shown }.status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_each_refusal_means() {
    let Some(wiremock) = WireMock::start() else { return };
    let ran = program(&wiremock, &["tenant-quiet"], "").run(&["check"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    for (case, code, words) in [
        ("token-aadsts-7000215", 77, "AADSTS7000215"),
        ("token-aadsts-7000222", 77, "expired"),
        ("token-aadsts-90002", 77, "AADSTS90002"),
        ("hunt-403", 77, "ThreatHunting.Read.All"),
        ("hunt-429-seconds", 75, ""),
        ("token-page", 75, ""),
    ] {
        let ran = program(&wiremock, &[case], "").run(&["check"]);
        assert_eq!(ran.code, Some(code), "{case}: {}{}", ran.out, ran.err);
        assert!(
            ran.out.contains(words) || ran.err.contains(words),
            "{case}: {}{}",
            ran.out,
            ran.err
        );
    }
}

/// The last has too much to do, and is not asked again at once.
#[tokio::test(flavor = "multi_thread")]
async fn managed_identities_are_taken_or_explained() {
    let Some(wiremock) = WireMock::start() else { return };
    for (case, code, words) in [
        ("", 0, "UrlClickEvents answers"),
        ("/imds-400-identity", 77, "Identity not found"),
        ("/imds-429-once", 75, "asks to wait"),
    ] {
        let (program, url) = (program(&wiremock, &[], ""), &wiremock.url);
        program.configure_also(&format!(
            "[[tenant]]\nname = \"platform\"\ntenant_id = \"tenant-platform.example\"\n\
             managed_identity = true\n\
             managed_identity_url = \"{url}{case}/metadata/identity/oauth2/token\"\n\
             login_url = {url:?}\ngraph_url = {url:?}\n"
        ));
        let ran = program.run(&["check"]);
        assert_eq!(ran.code, Some(code), "{case}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains(words), "{case}: {}{}", ran.out, ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_gets_over_each_trouble() {
    let Some(wiremock) = WireMock::start() else { return };
    let program = program(&wiremock, &TENANTS, "");
    let ran = program.run(&["sync", "--format", "json"]);
    let report = ran.json();
    for tenant in report["tenants"].as_array().unwrap() {
        assert_eq!(tenant["error"], Value::Null, "{report}");
        assert_eq!(tenant["gaps"].as_array().unwrap().len(), 0, "{report}");
        assert_eq!(tenant["new_rows"], 3, "{report}");
    }
    assert_summary(&program);
    // Throttled for a second, refused once, halved once: and no more calls than that takes.
    let throttled = wiremock.calls("tenant-429-once").await;
    assert_eq!(throttled[0].2, 429, "{throttled:?}");
    assert!(throttled[1].0 - throttled[0].0 >= 1_000, "{throttled:?}");
    assert!(throttled[1..].iter().all(|call| call.2 == 200), "{throttled:?}");
    let refused = wiremock.calls("tenant-401-once").await;
    let statuses: Vec<u64> = refused.iter().map(|call| call.2).collect();
    assert_eq!(statuses[..2], [401, 200], "{refused:?}");
    let halved = wiremock.calls("tenant-504-once").await;
    assert_eq!(halved.iter().filter(|call| call.2 == 504).count(), 1, "{halved:?}");
    let fetches =
        |calls: &[(i64, String, u64)]| calls.iter().filter(|call| call.1.ends_with("Z)")).count();
    let quiet = wiremock.calls("tenant-quiet").await;
    assert_eq!((fetches(&quiet), fetches(&throttled), fetches(&refused)), (1, 1, 1));
    assert!((2..=4).contains(&(fetches(&halved) - 1)), "{halved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_keeps_in_step_and_asks_for_no_row_twice() {
    let Some(wiremock) = WireMock::start() else { return };
    let program = program(&wiremock, &TENANTS, "interval = \"1s\"");
    let words = std::fs::File::create(program.folder.path().join("words")).unwrap();
    let mut daemon = program.command(&["run"]).stderr(words).stdout(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_mins(1);
    // Each tenant's pass began four times.
    for tenant in TENANTS {
        let short =
            |call: &&(i64, String, u64)| call.2 == 200 && call.1.contains("bin(Timestamp, 1m)");
        while wiremock.calls(tenant).await.iter().filter(short).count() < 4 {
            let words = std::fs::read_to_string(program.folder.path().join("words")).unwrap();
            assert!(Instant::now() < end && daemon.try_wait().unwrap().is_none(), "{words}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    signal(&daemon, "TERM");
    assert!(daemon.wait().unwrap().success());
    assert_summary(&program);
    let fetches = wiremock.calls("tenant-quiet").await.into_iter().filter(|c| c.1.ends_with("Z)"));
    assert_eq!(fetches.count(), 1);
}
