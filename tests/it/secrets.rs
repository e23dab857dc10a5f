//! Secret and token stay where they belong: in no output, no file and no command line.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use clickwarden::clock::Clock;
use clickwarden::demo::{Fault, QuotaKind, RetryHint, TenantSettings, invented_table};

use crate::stand::{Stand, signal};

/// A secret that looks different in every encoding.
const SECRET: &str = "canary+Qz7~/secret=&%\"x";

/// The base64 text that bytes have wherever they stand in a longer text: at each of the three
/// places within a group, without the characters that depend on what stands beside them.
fn base64(bytes: &[u8]) -> [String; 3] {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    [0, 1, 2].map(|before| {
        let bits: Vec<bool> = std::iter::repeat_n(0, before)
            .chain(bytes.iter().copied())
            .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
            .collect();
        let letter = |six: &[bool]| six.iter().fold(0, |sum, bit| sum * 2 + usize::from(*bit));
        let letters = bits.chunks_exact(6).skip((before * 8).div_ceil(6));
        letters.map(|six| char::from(LETTERS[letter(six)])).collect()
    })
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(four.into(), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Every shape in which a secret could show.
pub fn shapes(secret: &str) -> Vec<String> {
    let in_url = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    let in_json = serde_json::to_string(secret).unwrap().trim_matches('"').to_owned();
    let mut shapes = vec![
        secret.to_owned(),
        in_url.to_lowercase(),
        in_url,
        in_json,
        format!("{secret:?}").trim_matches('"').to_owned(),
        hex(secret.as_bytes()),
        secret.chars().rev().collect(),
    ];
    for text in base64(secret.as_bytes()) {
        shapes.push(text.replace('+', "-").replace('/', "_"));
        shapes.push(text);
    }
    shapes
}

pub fn assert_absent(place: &str, bytes: &[u8], shapes: &[impl AsRef<[u8]>]) {
    for shape in shapes.iter().map(AsRef::as_ref) {
        let found = bytes.windows(shape.len()).any(|window| window == shape);
        assert!(!found, "{place} holds {:?}", String::from_utf8_lossy(shape));
    }
}

/// Everything in the folder but the files that hold secrets.
pub fn assert_files_are_clean(folder: &Path, shapes: &[impl AsRef<[u8]>], but: &[&str]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !but.iter().any(|name| path.file_name().unwrap() == *name) {
            // By another process: closing a database here would take the locks of this one away. SQLite
            // may take its log away in the meantime.
            let read = Command::new("cat").arg(&path).output().unwrap();
            assert_absent(&path.display().to_string(), &read.stdout, shapes);
        }
    }
}

#[test]
fn base64_is_found_at_every_place() {
    // "secret" in base64 after no, one and two other bytes: c2VjcmV0, eHNlY3JldA==, eHhzZWNyZXQ=.
    let [none, one, two] = base64(b"secret");
    assert!("c2VjcmV0".contains(&none) && none.len() == 8);
    assert!("eHNlY3JldA==".contains(&one) && one.len() == 7, "{one}");
    assert!("eHhzZWNyZXQ=".contains(&two) && two.len() == 7, "{two}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_show_nowhere() {
    let settings =
        TenantSettings { client_secret: SECRET.to_owned(), ..TenantSettings::new(Clock::System) };
    let table = invented_table(41, Clock::System.now(), 2_000);
    let stand = Stand::with(settings, table, "interval = \"1s\"\nfetch_rows = 200").await;
    let words = stand.dir.path().join("words");
    let faults = [
        Fault::Unauthorized,
        Fault::Html,
        Fault::Reset,
        Fault::Half,
        Fault::Throttled(QuotaKind::Rate, RetryHint::Seconds(1)),
        Fault::Unavailable(RetryHint::Unsaid),
        Fault::BadRequest,
        Fault::NullResults,
    ];
    stand.tenant.expect_faults(faults.into_iter().flat_map(|fault| [Some(fault), None]));
    let mut daemon = stand.command(&["-vv", "run"]);
    daemon.stdout(File::create(stand.dir.path().join("out")).unwrap());
    let mut daemon = daemon.stderr(File::create(&words).unwrap()).spawn().unwrap();
    let end = Instant::now() + Duration::from_mins(1);
    while stand.tenant.queries() < 20 {
        assert!(Instant::now() < end, "{}", fs::read_to_string(&words).unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let shapes: Vec<String> = std::iter::once(SECRET.to_owned())
        .chain((1..=stand.tenant.sign_ins()).map(|n| format!("simulated.{n:016x}.token")))
        .flat_map(|secret| shapes(&secret))
        .collect();
    let process = format!("/proc/{}", daemon.id());
    for file in ["cmdline", "environ", "comm"] {
        let bytes = fs::read(format!("{process}/{file}")).unwrap();
        assert_absent(file, &bytes, &shapes);
    }
    assert!(stand.dir.path().join("clicks.db-wal").exists(), "the log is looked at, too");
    let backup = stand.dir.path().join("backup.db");
    let made = stand.run(&["-vvv", "db", "backup", backup.to_str().unwrap()]);
    assert!(made.status.success() && backup.exists(), "{made:?}");
    assert_absent("stdout", &made.stdout, &shapes);
    assert_absent("stderr", &made.stderr, &shapes);
    assert_files_are_clean(stand.dir.path(), &shapes, &["secret"]);
    signal(&daemon, "TERM");
    assert!(daemon.wait().unwrap().success());
    assert!(fs::metadata(&words).unwrap().len() > 1_000, "it said much");
    // Refusals, of a wrong secret and of right ones, by `sync`, which has all to do again.
    fs::remove_file(stand.database()).unwrap();
    let wrong = format!("{SECRET}-wrong");
    stand.write_secret(&wrong);
    let refused = stand.run(&["-vvv", "sync"]);
    assert_eq!(refused.status.code(), Some(77), "{refused:?}");
    stand.write_secret(SECRET);
    stand.tenant.refuse_sign_ins([7_000_222, 90_002, 50_196]);
    for arguments in [
        ["-vvv", "sync"],
        ["-vvv", "sync"],
        ["-vvv", "sync"],
        ["config", "show"],
        ["summary", "-vvv"],
    ] {
        let output = stand.run(&arguments);
        assert_absent("stdout", &output.stdout, &shapes);
        assert_absent("stderr", &output.stderr, &shapes);
    }
    assert_absent("stdout", &refused.stdout, &shapes);
    assert_absent("stderr", &refused.stderr, &shapes);
    assert_files_are_clean(stand.dir.path(), &shapes, &["secret"]);
}
