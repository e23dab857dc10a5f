//! Credentials in the configuration: exactly one of five, in files that fit.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clickwarden::clock::{Clock, DAY};
use clickwarden::config::{
    Algorithm, Certificate, Config, Credential, Identity, ManagedIdentity, Platform, Problem, show,
};
use tempfile::TempDir;

use crate::certificates::{self, certificate, certificate_for, elliptic, pem, pkcs1, pkcs8};
use crate::config::{GUID, load, load_with, problems};
use crate::tenants::file;

const OTHER: &str = "99999999-8888-7777-6666-555555555555";

/// A tenant without a credential, with these lines.
fn tenant(lines: &str) -> String {
    format!("[[tenant]]\nname = \"contoso\"\ntenant_id = \"contoso.example\"\n{lines}\n")
}

fn app(lines: &str) -> String {
    tenant(&format!("client_id = {GUID:?}\n{lines}"))
}

fn identity(text: &str) -> Identity {
    let config = load(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    config.tenants[0].identity.clone()
}

#[test]
fn each_credential_is_read_and_shown() {
    let credential = |lines: &str| match identity(&app(lines)) {
        Identity::App { credential, .. } => credential,
        managed @ Identity::Managed(_) => panic!("{managed:?}"),
    };
    let certificate = |algorithm| {
        Credential::Certificate(Certificate {
            certificate_file: "/a.crt".into(),
            private_key_file: "/a.key".into(),
            algorithm,
        })
    };
    let pair = "certificate_file = \"/a.crt\"\nprivate_key_file = \"/a.key\"\n";
    assert_eq!(credential(pair), certificate(Algorithm::Ps256));
    let old = format!("{pair}certificate_algorithm = \"RS256\"");
    assert_eq!(credential(&old), certificate(Algorithm::Rs256));
    let token = "federated_token_file = \"/token\"";
    assert_eq!(credential(token), Credential::TokenFile("/token".into()));
    let vouching =
        format!("federated_managed_identity = true\nmanaged_identity_client_id = {OTHER:?}");
    let Credential::ManagedIdentity(vouches) = credential(&vouching) else { panic!("no identity") };
    assert_eq!(vouches.client_id.as_deref(), Some(OTHER));
    let arc = "managed_identity = true\nmanaged_identity_kind = \"arc\"\n\
               managed_identity_url = \"http://localhost:1/x\"\n\
               managed_identity_key_folder = \"/keys\"";
    let secret = "client_secret_file = \"/secret\"\nsecret_expires = \"2027-05-01\"";
    for text in [&app(pair), &app(&old), &app(token), &app(&vouching), &app(secret), &tenant(arc)] {
        let config = load(text).unwrap();
        let again = load(&show(&config)).unwrap_or_else(|problems| panic!("{problems:?}"));
        assert_eq!(again.tenants[0].identity, config.tenants[0].identity);
    }
}

#[test]
fn the_platform_is_known_by_its_environment() {
    let managed = |lines: &str, env: &[(&str, &str)]| {
        let config = load_with(&tenant(lines), env).unwrap();
        match config.tenants[0].identity.clone() {
            Identity::Managed(managed) => managed,
            app @ Identity::App { .. } => panic!("{app:?}"),
        }
    };
    let on = "managed_identity = true";
    let plain = managed(on, &[]);
    assert_eq!((plain.client_id.as_deref(), &plain.platform), (None, &Platform::Imds));
    let imds = "http://169.254.169.254/metadata/identity/oauth2/token";
    assert_eq!(plain.url.as_str(), imds);
    let here = ("IDENTITY_ENDPOINT", "http://127.0.0.1:7/msi/token");
    let service = managed(on, &[here, ("IDENTITY_HEADER", "h"), ("IMDS_ENDPOINT", "x")]);
    assert_eq!((service.url.as_str(), service.platform.name()), (here.1, "app-service"));
    let arc = managed(on, &[here, ("IMDS_ENDPOINT", "http://localhost:40342")]);
    assert_eq!((arc.url.as_str(), arc.platform.name()), (here.1, "arc"));
    // An endpoint alone tells nothing.
    assert_eq!(managed(on, &[here]), plain);
    let chosen = format!("{on}\nclient_id = {OTHER:?}\nmanaged_identity_kind = \"imds\"");
    let chosen = managed(&chosen, &[here, ("IDENTITY_HEADER", "h")]);
    let wanted = ManagedIdentity { client_id: Some(OTHER.to_owned()), ..plain };
    assert_eq!(chosen, wanted);
    let shown = load_with(&tenant(on), &[here, ("IDENTITY_HEADER", "canary-header")]).unwrap();
    assert!(!format!("{shown:?}{}", show(&shown)).contains("canary-header"));
}

#[test]
fn nothing_is_sent_to_a_metadata_address_but_to_the_platforms_own() {
    let refused = "is a link-local or metadata address, to which nothing is sent";
    let secret =
        "client_id = \"11111111-2222-3333-4444-555555555555\"\nclient_secret_file = \"/s\"\n";
    for address in [
        "https://169.254.169.254/x",
        "https://100.100.100.200",
        "https://192.0.0.192",
        "https://[fd20:ce::254]",
        "https://[fe80::1]",
        "https://[64:ff9b::a9fe:a9fe]",
        "https://[2002:a9fe:a9fe::1]",
    ] {
        for key in ["login_url", "graph_url"] {
            let found = problems(&tenant(&format!("{secret}{key} = {address:?}"))).join("\n");
            assert!(found.contains(&format!("{key}: {refused}")), "{key} {address}: {found}");
        }
    }
    let managed = |kind: &str, address: &str, env: &[(&str, &str)]| {
        let url = match address {
            "" => String::new(),
            address => format!("managed_identity_url = {address:?}\n"),
        };
        let lines = format!("managed_identity = true\nmanaged_identity_kind = {kind:?}\n{url}");
        load_with(&tenant(&lines), env).map(drop).map_err(|all| format!("{all:?}"))
    };
    let header = [("IDENTITY_HEADER", "h")];
    for (kind, address, is_meant) in [
        ("imds", "http://169.254.169.254/metadata/identity/oauth2/token", true),
        ("imds", "http://127.0.0.1:1/x", true),
        ("imds", "http://169.254.169.253/x", false),
        ("imds", "https://100.100.100.200/x", false),
        ("app-service", "http://169.254.129.4:8081/msi/token", true),
        ("app-service", "https://[fe80::1]/msi/token", false),
        ("app-service", "https://168.63.129.16/msi/token", false),
        ("arc", "http://localhost:40342/x", true),
        ("arc", "http://169.254.169.254/x", false),
        ("arc", "https://[::ffff:169.254.169.254]/x", false),
    ] {
        let found = managed(kind, address, &header);
        assert_eq!(found.is_ok(), is_meant, "{kind} {address}: {found:?}");
        if let Err(found) = found {
            assert!(found.contains(refused), "{kind} {address}: {found}");
        }
        // The same where the environment names it.
        if kind == "app-service" {
            let env = [header[0], ("IDENTITY_ENDPOINT", address)];
            assert_eq!(managed(kind, "", &env).is_ok(), is_meant, "{address}");
        }
    }
}

#[test]
fn one_credential_and_no_more() {
    let shown = [
        tenant(""),
        app("client_secret_file = \"/s\"\ncertificate_file = \"/c\"\nprivate_key_file = \"/k\""),
        app("managed_identity = true\nfederated_managed_identity = true"),
        app("certificate_file = \"/c\""),
        app("private_key_file = \"/k\""),
        app("client_secret_file = \"/s\"\nmanaged_identity_url = \"https://a.example\""),
        app(
            "certificate_file = \"/c\"\nprivate_key_file = \"/k\"\ncertificate_algorithm = \"ES256\"",
        ),
        app("managed_identity = \"yes\""),
        app("managed_identity = true\nmanaged_identity_client_id = \"x\""),
        app("managed_identity = true\nmanaged_identity_kind = \"arc\""),
        tenant("managed_identity = true\nclient_id = \"me\""),
        tenant("managed_identity = true\nmanaged_identity_kind = \"app-service\""),
        tenant("managed_identity = true\nmanaged_identity_url = \"http://10.0.0.1/token\""),
        tenant("managed_identity = true\nmanaged_identity_key_folder = \"/tmp\""),
        tenant("managed_identity = true\nmanaged_identity_kind = \"vm\""),
        app("federated_managed_identity = true\nmanaged_identity_client_id = \"x\""),
        tenant("federated_token_file = \"/t\""),
    ];
    let shown: Vec<String> = shown.iter().map(|text| problems(text).join("\n")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_tenants_share_stands_once() {
    let shared = format!("[app]\nclient_id = {GUID:?}\nfederated_token_file = \"/token\"\n");
    let own = tenant(&format!("client_id = {OTHER:?}\nclient_secret_file = \"/s\""));
    let own = own.replace("contoso", "fabrikam");
    let config = load(&format!("{shared}{}{own}", tenant(""))).unwrap();
    let token = Credential::TokenFile("/token".into());
    let wanted = Identity::App { client_id: GUID.to_owned(), credential: token };
    assert_eq!(config.tenants[0].identity, wanted);
    assert_eq!(config.tenants[0].credential_location.section, "app");
    let Identity::App { client_id, .. } = &config.tenants[1].identity else { panic!("no app") };
    assert_eq!(
        (client_id.as_str(), config.tenants[1].credential_location.section.as_str()),
        (OTHER, "tenant[1]")
    );
    let problem = config.tenants[0].check_token().unwrap();
    assert_eq!(problem.key, "app.federated_token_file");
    let half = format!("{shared}{}", tenant(&format!("client_id = {OTHER:?}")));
    let broken = format!(
        "[app]\nclient_id = {GUID:?}\n{}{}",
        tenant(""),
        tenant("").replace("contoso", "b")
    );
    let typo = format!(
        "[app]\nclient_id = {GUID:?}\nfederated_token_file = \"/t\"\ncloud = \"gcc\"\n{}",
        tenant("")
    );
    let shown: Vec<String> =
        [half, broken, typo].iter().map(|text| problems(text).join("\n")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

/// The problem with a certificate's files, if there is one.
fn pair(folder: &TempDir, certificate: &str, key: &str, mode: u32) -> Option<Problem> {
    let certificate = file(folder, "crt", certificate, 0o644);
    let key = file(folder, "key", key, mode);
    let lines = format!("certificate_file = {certificate:?}\nprivate_key_file = {key:?}");
    load(&app(&lines)).unwrap().tenants[0].check_files().pop()
}

#[test]
fn certificate_and_key_must_belong_together() {
    let folder = TempDir::new().unwrap();
    let good = certificate(0);
    let chain = format!("{good}{}", certificate(1));
    for (certificate, key) in [
        (good.clone(), pkcs8(0)),
        (good.clone(), pkcs1(0)),
        (chain, pkcs8(0)),
        (format!("{}{good}", pkcs8(0)), format!("{good}{}", pkcs8(0))),
    ] {
        assert_eq!(pair(&folder, &certificate, &key, 0o600), None);
    }
    let old = pem("RSA PRIVATE KEY", b"x")
        .replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n");
    let elliptic = elliptic();
    let cases = [
        (good.clone(), pkcs8(1), 0o600, "private_key_file", "is not the key of the certificate in"),
        (
            good.clone(),
            pem("ENCRYPTED PRIVATE KEY", b"x"),
            0o600,
            "private_key_file",
            "is encrypted",
        ),
        (good.clone(), old, 0o600, "private_key_file", "is encrypted"),
        (good.clone(), elliptic.serialize_pem(), 0o600, "private_key_file", "is no RSA key"),
        (good.clone(), pem("EC PRIVATE KEY", b"x"), 0o600, "private_key_file", "is no RSA key"),
        (good.clone(), good.clone(), 0o600, "private_key_file", "holds no private key"),
        (
            good.clone(),
            "-----BEGIN PRIVATE KEY-----\n".to_owned(),
            0o600,
            "private_key_file",
            "holds no private key",
        ),
        (good.clone(), pem("PRIVATE KEY", b"0"), 0o600, "private_key_file", "cannot be read"),
        (
            good.clone(),
            pem("RSA PRIVATE KEY", b"0"),
            0o600,
            "private_key_file",
            "is no usable RSA key",
        ),
        (good.clone(), pkcs8(0), 0o640, "private_key_file", "can be read by others (mode 0640)"),
        (good.clone(), String::new(), 0o600, "private_key_file", "holds no private key"),
        (pkcs8(0), pkcs8(0), 0o600, "certificate_file", "holds no certificate"),
        (
            pem("CERTIFICATE", b"0"),
            pkcs8(0),
            0o600,
            "certificate_file",
            "holds a certificate that cannot be read",
        ),
        ("x".repeat(70_000), pkcs8(0), 0o600, "certificate_file", "is too long"),
    ];
    for (certificate, key, mode, setting, words) in cases {
        let problem = pair(&folder, &certificate, &key, mode).unwrap();
        let shown = problem.to_string();
        assert!(problem.key.ends_with(setting), "{shown}");
        assert!(shown.contains(words) && !shown.contains('\n'), "{shown}");
    }
    // The time is no matter of the files: it passes, and one tenant must not stop the others.
    let now = Clock::System.now();
    let expired = certificate_for(certificates::key(0), now.plus(-2 * DAY), now.plus(-DAY));
    assert_eq!(pair(&folder, &expired, &pkcs8(0), 0o600), None);
}

fn secret_problem(config: &str, path: &Path) -> String {
    let config: Config = load(&config.replace("/etc/secret", &path.display().to_string())).unwrap();
    config.tenants[0].check_files()[0].to_string()
}

#[test]
fn a_pipe_does_not_block_and_strangers_are_not_trusted() {
    let folder = TempDir::new().unwrap();
    let text = app("client_secret_file = \"/etc/secret\"");
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::set_permissions(&pipe, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(secret_problem(&text, &pipe).contains("is no file"));
    let strange = file(&folder, "strange", "secret", 0o600);
    // Only root can give a file away.
    if std::os::unix::fs::chown(&strange, Some(54_321), None).is_ok() {
        let shown = secret_problem(&text, &strange);
        assert!(shown.contains("belongs to another user (uid 54321)"), "{shown}");
    }
    let token = file(&folder, "token", "a.b.c", 0o640);
    let with_token = app(&format!("federated_token_file = {token:?}"));
    assert_eq!(load(&with_token).unwrap().tenants[0].check_token(), None);
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o644)).unwrap();
    let config = load(&with_token).unwrap();
    let problem = config.tenants[0].check_token().unwrap().to_string();
    assert!(problem.contains("can be read by others (mode 0644)"), "{problem}");
    assert!(problem.contains("securityContext.fsGroup"), "{problem}");
    // Its issuer may write it any moment: that is no reason not to start.
    assert_eq!(config.tenants[0].check_files(), []);
}

/// Nothing in a request to a platform names a tenant: both would be given the same clicks.
#[test]
fn a_managed_identity_is_one_tenants_only() {
    let section = |name: &str, lines: &str| {
        format!("[[tenant]]\nname = {name:?}\ntenant_id = \"{name}.example\"\n{lines}\n")
    };
    let own = "managed_identity = true";
    let other = format!("managed_identity = true\nclient_id = {OTHER:?}");
    load(&format!("{}{}", section("contoso", own), section("fabrikam", &other))).unwrap();
    let found = problems(&format!("{}{}", section("contoso", own), section("fabrikam", own)));
    assert_eq!(found.len(), 1, "{found:?}");
    let words =
        "tenant[1].tenant_id: differs from that of tenant \"contoso\", with the same managed";
    assert!(found[0].contains(words), "{found:?}");
    assert!(found[0].contains("set federated_managed_identity"), "{found:?}");
    let in_app = format!("[app]\n{own}\n{}{}", section("contoso", ""), section("fabrikam", ""));
    assert_eq!(problems(&in_app).len(), 1);
}

/// Each would take its own share of the quota that they have in common.
#[test]
fn a_tenant_stands_once() {
    let section = |name: &str, id: &str, more: &str| {
        format!(
            "[[tenant]]\nname = {name:?}\ntenant_id = {id:?}\nclient_id = {GUID:?}\n\
             client_secret_file = \"/s\"\n{more}\n"
        )
    };
    let first = section("a", "contoso.example", "");
    let found = problems(&format!("{first}{}", section("b", "Contoso.Example", "")));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("tenant[1].tenant_id: is that of tenant \"a\", too"), "{found:?}");
    let elsewhere = section("b", "contoso.example", "graph_url = \"https://other.example\"");
    load(&format!("{first}{elsewhere}")).unwrap();
}
