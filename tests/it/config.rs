//! Configuration: what is right, and one clear sentence for each thing that is wrong.

use std::path::Path;
use std::time::Duration;

use clickwarden::auth::SignIn;
use clickwarden::config::{Cloud, Config, Credential, Identity, Problem, SCHEMA, show};
use tempfile::TempDir;

use crate::tenants::{self, SECRET};

pub const GUID: &str = "11111111-2222-3333-4444-555555555555";

fn tenant() -> String {
    format!(
        "[[tenant]]\nname = \"contoso\"\ntenant_id = \"contoso.example\"\nclient_id = \"{GUID}\"\n\
         client_secret_file = \"/etc/secret\"\n"
    )
}

pub fn load_with(text: &str, env: &[(&str, &str)]) -> Result<Config, Vec<Problem>> {
    let folder = TempDir::new().unwrap();
    let path = tenants::file(&folder, "c.toml", text, 0o600);
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut loaded = Config::load(Some(&path), env);
    let shown = path.display().to_string();
    if let Err(problems) = &mut loaded {
        for problem in problems {
            problem.file = problem.file.replace(&shown, "c.toml");
        }
    }
    loaded
}

pub fn load(text: &str) -> Result<Config, Vec<Problem>> {
    load_with(text, &[])
}

pub fn problems(text: &str) -> Vec<String> {
    load(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn defaults_are_those_of_the_documentation() {
    let config = load(&tenant()).unwrap();
    assert_eq!(config.store.path, Path::new("/var/lib/clickwarden/clickwarden.db"));
    assert_eq!(config.store.retention, Duration::from_hours(24 * 400));
    assert_eq!(config.collect.interval, Duration::from_mins(5));
    assert_eq!(config.collect.lookback, Duration::from_hours(24 * 30));
    assert_eq!((config.collect.calls_per_minute, config.collect.fetch_rows), (10, 10_000));
    assert_eq!(config.summary.window, Duration::from_hours(24 * 7));
    let tenant = &config.tenants[0];
    let credential = Credential::Secret { file: "/etc/secret".into(), expires: None };
    assert_eq!(tenant.identity, Identity::App { client_id: GUID.to_owned(), credential });
    assert_eq!(tenant.login_url.as_str(), "https://login.microsoftonline.com/");
    assert_eq!(tenant.graph_url.as_str(), "https://graph.microsoft.com/");
}

#[test]
fn the_shipped_example_is_right_and_shows_the_defaults() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/clickwarden.toml");
    let shipped = Config::load(Some(&path), []).unwrap();
    // With its comments taken off, it says what it does without them.
    let text = std::fs::read_to_string(&path).unwrap();
    let is_setting = |line: &str| {
        line.strip_prefix("# ").is_some_and(|rest| {
            rest.split_once(" = ")
                .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        })
    };
    let is_on = |line: &str| !line.starts_with('#') && line.contains(" = ");
    let uncommented: Vec<_> = text
        .lines()
        .map(|line| if is_setting(line) { line.trim_start_matches("# ") } else { line })
        .collect();
    assert_eq!(uncommented.iter().filter(|line| is_on(line)).count(), 21);
    let mut explicit = load(&uncommented.join("\n")).unwrap();
    let tenant = &mut explicit.tenants[0];
    assert!(tenant.ca_file.take().is_some());
    let Identity::App { credential: Credential::Secret { expires, file }, .. } =
        &mut tenant.identity
    else {
        panic!("{:?}", tenant.identity)
    };
    assert!(expires.take().is_some());
    // Beside a configuration that is elsewhere.
    *file = path.with_file_name(file.file_name().unwrap());
    tenant.location = shipped.tenants[0].location.clone();
    tenant.credential_location = shipped.tenants[0].credential_location.clone();
    assert!(explicit.web.listen.take().is_some() && explicit.web.public_url.take().is_some());
    assert_eq!(explicit, shipped);
}

#[test]
fn the_shipped_examples_of_exclusions_sinks_reports_and_rules_are_right() {
    let text = include_str!("../../config/clickwarden.toml");
    let (_, example) = text.split_once("#   [[exclude]]").unwrap();
    let settings: Vec<_> = example.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    let section = settings.join("\n");
    let config = load(&format!("{}\n[[exclude]]\n{section}", tenant())).unwrap();
    let kinds: Vec<&str> = config.sinks.iter().map(|sink| sink.kind.name()).collect();
    assert_eq!(config.exclusions.len(), 1);
    assert_eq!(kinds, ["teams", "slack", "webhook", "email", "graph-mail", "file"]);
    assert_eq!(config.reports[0].sinks, ["soc-teams", "soc-mail"]);
    assert_eq!((config.rules.len(), config.rules[7].sinks.len()), (8, 1));
}

#[test]
fn each_alternative_of_the_shipped_example_is_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/clickwarden.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let (text, _) = text.split_once("#   [[exclude]]").unwrap();
    let is_alternative = |line: &&str| line.starts_with("#   ");
    let lines: Vec<&str> = text.lines().collect();
    let blocks = lines.chunk_by(|a, b| is_alternative(a) == is_alternative(b));
    let blocks: Vec<String> = blocks
        .filter(|block| is_alternative(&block[0]))
        .map(|block| block.iter().flat_map(|line| [&line[4..], "\n"]).collect())
        .collect();
    assert_eq!(blocks.len(), 6);
    let bare = "[[tenant]]\nname = \"contoso\"\ntenant_id = \"contoso.example\"\n";
    for block in blocks {
        let own_id = block.contains("[app]") || block.contains("\nmanaged_identity =");
        let client_id = if own_id { String::new() } else { format!("client_id = {GUID:?}\n") };
        let config = load(&format!("{bare}{client_id}{block}"));
        assert!(config.is_ok(), "{block}{config:?}");
    }
}

#[test]
fn the_environment_wins() {
    let env = [
        ("CLICKWARDEN__STORE__PATH", "/srv/c.db"),
        ("CLICKWARDEN__COLLECT__CALLS_PER_MINUTE", "20"),
        ("CLICKWARDEN__TENANT__0__CLOUD", "gcc-high"),
        ("CLICKWARDEN__TENANT__1__NAME", "fabrikam"),
        ("CLICKWARDEN__TENANT__1__TENANT_ID", GUID),
        ("CLICKWARDEN__TENANT__1__CLIENT_ID", GUID),
        ("CLICKWARDEN__TENANT__1__CLIENT_SECRET_FILE", "/etc/other"),
        ("CLICKWARDEN_CONFIG", "no setting"),
        ("PATH", "/bin"),
    ];
    let config = load_with(&tenant(), &env).unwrap();
    assert_eq!(config.store.path, Path::new("/srv/c.db"));
    assert_eq!(config.collect.calls_per_minute, 20);
    assert_eq!(config.tenants[0].cloud, Cloud::GccHigh);
    assert_eq!(config.tenants[0].graph_url.as_str(), "https://graph.microsoft.us/");
    assert_eq!(config.tenants[1].name, "fabrikam");
}

#[test]
fn a_problem_of_the_environment_is_blamed_on_it() {
    let env = [("CLICKWARDEN__STORE__RETENTION", "soon"), ("CLICKWARDEN__STORE__PAHT", "x")];
    let problems = load_with(&tenant(), &env).unwrap_err();
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "environment: store.retention: is no duration; write it as 90s, 5m, 24h, 30d or 1h30m",
            "environment: store.paht: unknown key; did you mean path?",
        ]
    );
    for name in ["CLICKWARDEN__", "CLICKWARDEN__A B", "CLICKWARDEN__TENANT__99999__NAME"] {
        let problems = load_with(&tenant(), &[(name, "x")]).unwrap_err();
        assert!(problems[0].to_string().contains("names no setting"), "{problems:?}");
    }
}

#[test]
fn all_problems_come_at_once() {
    let text = "
        [store]
        path = 7
        [[tenant]]
        name = \"contoso\"
        tenant_id = \"contoso\"
        clint_id = \"x\"
        client_secret = \"canary-Qz7~secret\"
        cloud = \"china\"
        graph_url = \"http://graph.example\"
        login_url = \"https://user:pass@login.example\"
        secret_expires = \"soon\"
        [[tenant]]
        name = \"Contoso\"
        tenant_id = \"contoso.example\"
        client_id = \"not a guid\"
        client_secret_file = \"\"
        [collect]
        interval = 5
        lookback = \"31d\"
        calls_per_minute = 46
        fetch_rows = 100000
        [summary]
        window = \"0s\"
        [sumary]
        [hook]";
    let shown = problems(text).join("\n");
    insta::assert_snapshot!(shown);
    assert!(!shown.contains(SECRET));
}

#[test]
fn what_is_no_configuration_is_said_to_be_none() {
    assert_eq!(
        problems("[store]\npath = \"a\nsecret = canary"),
        ["c.toml: is not TOML at line 2: invalid basic string, expected `\"`; correct it"]
    );
    assert_eq!(problems(""), ["c.toml: tenant: there is none; add a [[tenant]] section"]);
    assert_eq!(
        problems("[tenant]\nname = \"x\""),
        [
            "c.toml: tenant: is no list of sections; write it as [[tenant]], with two brackets",
            "c.toml: tenant: there is none; add a [[tenant]] section",
        ]
    );
    assert_eq!(
        problems(&format!("collect = 7\n{}", tenant())),
        ["c.toml: collect: is no section; write [collect] and its keys below"]
    );
    let missing = Config::load(Some(Path::new("/nowhere/c.toml")), []).unwrap_err();
    assert!(missing[0].to_string().starts_with("/nowhere/c.toml: cannot be read: No such file"));
}

/// The schema has exactly the keys that are read, section by section: those that the program
/// names when it is given one that it does not know.
#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let names = |section: &serde_json::Value| {
        let list = section.get("items").unwrap_or(section);
        let mut names: Vec<String> =
            list["properties"].as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let read = |text: &str| {
        let found = problems(text).into_iter().find(|problem| problem.contains("zzzz"));
        let found = found.unwrap_or_else(|| panic!("no complaint about {text}"));
        let known = found.split("known are ").nth(1).unwrap().split(", ");
        let mut known: Vec<String> = known.map(str::to_owned).collect();
        known.sort();
        known
    };
    assert_eq!(read("[zzzz]"), names(&schema));
    for (name, section) in schema["properties"].as_object().unwrap() {
        let brackets = if section["type"] == "array" { ("[[", "]]") } else { ("[", "]") };
        let text = format!("{}{name}{}\nzzzz = 1", brackets.0, brackets.1);
        assert_eq!(read(&text), names(section), "{name}");
    }
}

#[test]
fn more_than_the_quota_is_for_loopback_only() {
    let fast = "[collect]\ncalls_per_minute = 1000\n";
    let local = format!("{}graph_url = \"http://127.0.0.1:8080\"\n", tenant());
    assert_eq!(load(&format!("{local}{fast}")).unwrap().collect.calls_per_minute, 1_000);
    let far = tenant().replace("contoso\"", "fabrikam\"");
    let shown = problems(&format!("{local}{far}{fast}"));
    assert_eq!(
        shown,
        ["c.toml: collect.calls_per_minute: 1000 is out of range; choose a number from 1 to 45; \
          more only where every graph_url is loopback"]
    );
}

#[test]
fn every_cloud_has_its_hosts() {
    let all = Cloud::ALL.map(Cloud::name);
    assert_eq!(all, ["global", "gcc", "gcc-high", "dod"]);
    let (com, us) = ("login.microsoftonline.com", "login.microsoftonline.us");
    let (entra, entra_us) = ("https://entra.microsoft.com", "https://entra.microsoft.us");
    let (exchange, exchange_us) = ("api://AzureADTokenExchange", "api://AzureADTokenExchangeUSGov");
    for (cloud, login, graph, entra, exchange, defender) in [
        ("global", com, "graph.microsoft.com", entra, exchange, "https://security.microsoft.com"),
        ("gcc", com, "graph.microsoft.com", entra, exchange, "https://security.microsoft.com"),
        (
            "gcc-high",
            us,
            "graph.microsoft.us",
            entra_us,
            exchange_us,
            "https://security.microsoft.us",
        ),
        ("dod", us, "dod-graph.microsoft.us", entra_us, exchange_us, "https://security.apps.mil"),
    ] {
        let config = load(&format!("{}cloud = \"{cloud}\"", tenant())).unwrap();
        let tenant = &config.tenants[0];
        assert_eq!(tenant.login_url.host_str(), Some(login));
        assert_eq!(tenant.graph_url.host_str(), Some(graph));
        assert_eq!(tenant.cloud.resource(), format!("https://{graph}"));
        assert_eq!(tenant.cloud.resource(), format!("https://{graph}"));
        assert_eq!(tenant.cloud.entra_portal(), entra);
        assert_eq!(tenant.cloud.exchange_audience(), exchange);
        assert_eq!(tenant.cloud.defender_portal(), defender);
        let consent = SignIn::of(tenant).admin_consent_address().unwrap();
        let wanted = format!("https://{login}/contoso.example/adminconsent?client_id={GUID}");
        assert_eq!(consent, wanted);
    }
}

#[test]
fn files_are_checked_with_their_key() {
    let folder = TempDir::new().unwrap();
    let good = tenants::secret_file(&folder, &format!("{SECRET}\n"));
    let cases = [
        (folder.path().join("nowhere"), "cannot be read: entity not found"),
        (folder.path().to_owned(), "is no file"),
        (tenants::file(&folder, "empty", "\n", 0o600), "is empty"),
        (tenants::file(&folder, "open", SECRET, 0o604), "can be read by others (mode 0604)"),
        (tenants::file(&folder, "group", SECRET, 0o640), "can be read by others (mode 0640)"),
        (tenants::file(&folder, "lines", "a\nb\n", 0o600), "has more than one line"),
        (tenants::file(&folder, "long", &"x".repeat(70_000), 0o600), "is too long"),
    ];
    let with = |path: &Path| load(&tenant().replace("/etc/secret", &path.display().to_string()));
    assert_eq!(with(&good).unwrap().tenants[0].check_files(), []);
    for (path, wanted) in cases {
        let problems = with(&path).unwrap().tenants[0].check_files();
        let shown = problems[0].to_string();
        assert!(shown.contains(": tenant[0].client_secret_file: "), "{shown}");
        assert!(shown.contains(wanted) && !shown.contains(SECRET), "{shown}");
    }
    let no_pem = tenants::file(&folder, "ca", "nothing", 0o644);
    let text = tenant().replace("/etc/secret", &good.display().to_string());
    let config = load(&format!("{text}ca_file = \"{}\"", no_pem.display())).unwrap();
    let problems = config.tenants[0].check_files();
    assert!(problems[0].to_string().contains("no certificate in it"), "{problems:?}");
}

#[test]
fn what_is_shown_reads_back_and_holds_no_secret() {
    let folder = TempDir::new().unwrap();
    let secret = tenants::secret_file(&folder, SECRET);
    let text = tenant().replace("/etc/secret", &secret.display().to_string());
    let text = format!(
        "{text}secret_expires = 2027-05-01\n[collect]\ninterval = \"1h30m\"\n[web]\nlisten = \"[::1]:8600\""
    );
    let mut config = load(&text).unwrap();
    let shown = show(&config);
    assert!(!shown.contains(SECRET), "{shown}");
    let mut again = load(&shown).unwrap();
    config.tenants[0].location = again.tenants[0].location.clone();
    config.tenants[0].credential_location = again.tenants[0].credential_location.clone();
    again.tenants[0].location = config.tenants[0].location.clone();
    again.rules.clone_from(&config.rules);
    assert_eq!(again, config);
}
