//! Where files are that the configuration names without their whole path: one configuration for shell
//! and service, wherever a command is run.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::program::{Program, Ran};

const CONFIG: &str = "[store]\npath = \"c.db\"\n[[tenant]]\nname = \"contoso\"\n\
    tenant_id = \"contoso.example\"\nclient_id = \"11111111-2222-3333-4444-555555555555\"\n\
    client_secret_file = \"it.secret\"\n\
    [[sink]]\nname = \"lines\"\ntype = \"file\"\npath = \"out/lines.jsonl\"\n";

/// A configuration that names its files by bare names, and a folder beside it that a command is run in.
struct Places {
    program: Program,
    elsewhere: PathBuf,
    given: PathBuf,
}

impl Places {
    fn new() -> Self {
        let program = Program::offline();
        program.configure(CONFIG);
        let folder = program.folder.path();
        let (elsewhere, given) = (folder.join("elsewhere"), folder.join("given"));
        for folder in [&elsewhere, &given, &folder.join("credentials"), &folder.join("out")] {
            fs::create_dir(folder).unwrap();
        }
        Self { program, elsewhere, given }
    }

    fn put(&self, file: &str) {
        let path = self.program.folder.path().join(file);
        fs::write(&path, file).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }

    /// Runs a command elsewhere, as the service or in a shell.
    fn run(&self, given: Option<&Path>, arguments: &[&str]) -> Ran {
        let mut command = self.program.command(arguments);
        command.current_dir(&self.elsewhere);
        command.envs(given.map(|folder| ("CREDENTIALS_DIRECTORY", folder)));
        command.output().unwrap().into()
    }

    /// The file that a setting means, by what is in effect.
    fn meant(&self, given: Option<&Path>, setting: &str) -> String {
        let ran = self.run(given, &["config", "show"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let line = ran.out.lines().find(|line| line.contains(setting)).unwrap();
        let path = PathBuf::from(line.split('"').nth(1).unwrap());
        path.strip_prefix(self.program.folder.path()).unwrap().display().to_string()
    }
}

#[test]
fn a_bare_name_is_found_in_each_place_in_its_turn() {
    let places = Places::new();
    let given = places.given.clone();
    let secret = |given| places.meant(given, "client_secret_file");
    // Each wins over all before it; what lies where the command is run never does.
    places.put("elsewhere/it.secret");
    assert_eq!(secret(None), "it.secret");
    assert_eq!(secret(Some(&given)), "given/it.secret", "where it is missed");
    for (shell, service, new) in [
        ("it.secret", "it.secret", "it.secret"),
        ("credentials/it.secret", "credentials/it.secret", "credentials/it.secret"),
        ("credentials/it.secret", "given/clickwarden_it.secret", "given/clickwarden_it.secret"),
        ("credentials/it.secret", "given/it.secret", "given/it.secret"),
    ] {
        places.put(new);
        assert_eq!((secret(None), secret(Some(&given))), (shell.to_owned(), service.to_owned()));
    }
}

#[test]
fn what_is_written_and_what_has_a_folder_begins_at_the_configuration() {
    let places = Places::new();
    for file in ["given/c.db", "given/it.secret", "elsewhere/c.db", "given/out"] {
        places.put(file);
    }
    let given = Some(places.given.as_path());
    assert_eq!(places.meant(given, "c.db\""), "c.db");
    places.program.configure(&CONFIG.replace("\"it.secret\"", "\"./it.secret\""));
    assert_eq!(places.meant(given, "client_secret_file"), "it.secret");
    places.program.configure(&CONFIG.replace("\"it.secret\"", "\"out/it.secret\""));
    assert_eq!(places.meant(given, "client_secret_file"), "out/it.secret");
    places.put("out/it.secret");
    for given in [None, given] {
        let ran = places.run(given, &["sink", "test", "lines"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    let lines = fs::read_to_string(places.program.folder.path().join("out/lines.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn a_service_that_misses_a_file_says_what_to_do() {
    let places = Places::new();
    let ran = places.run(None, &["check", "--offline"]);
    let said = format!("{}{}", ran.out, ran.err);
    let beside = places.program.folder.path().join("it.secret");
    assert!(said.contains(&format!("client_secret_file: {} cannot", beside.display())), "{said}");
    let given = Path::new("/run/credentials/clickwarden.service");
    let ran = places.run(Some(given), &["check", "--offline"]);
    let said = format!("{}{}", ran.out, ran.err);
    assert_eq!(ran.code, Some(78), "{said}");
    assert!(said.contains("/etc/clickwarden/credentials, or where"), "{said}");
    assert!(said.contains("restart the service"), "{said}");
}

#[test]
fn a_folder_of_secrets_that_others_may_write_is_refused() {
    let places = Places::new();
    places.put("it.secret");
    assert_eq!(places.run(None, &["check", "--offline"]).code, Some(0));
    let folder = places.program.folder.path().join("credentials");
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    let ran = places.run(None, &["check", "--offline"]);
    assert_eq!(ran.code, Some(78), "{}", ran.out);
    assert!(ran.out.contains("credentials: can be written by others"), "{}", ran.out);
}
