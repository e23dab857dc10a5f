//! Root in the folder of somebody else: commands follow no link there that root did not make. And
//! pages of the manual, which replace what has their names.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use clickwarden::store::Store;

use crate::program::Program;

/// Somebody who is nobody.
const NOBODY: u32 = 65_534;

/// The program with its folder given to somebody else; `None` but for root, who alone can do that.
fn given_away() -> Option<Program> {
    let program = Program::offline();
    if chown(program.folder.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        eprintln!("SKIPPED: only root can give folders away");
        return None;
    }
    Some(program)
}

/// A link that somebody else made.
fn strange_link(to: &Path, at: &Path) {
    symlink(to, at).unwrap();
    lchown(at, Some(NOBODY), Some(NOBODY)).unwrap();
}

/// A file of root's that must stay as it is.
struct Victim(PathBuf);

impl Victim {
    fn new(folder: &Path, content: &str) -> Self {
        let path = folder.join("victim");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        Self(path)
    }

    fn is_unharmed(&self, content: &str) {
        assert_eq!(fs::read_to_string(&self.0).unwrap(), content);
        let found = self.0.metadata().unwrap();
        assert_eq!((found.mode() & 0o7777, found.uid()), (0o644, 0));
    }
}

#[test]
fn no_database_is_made_where_somebody_elses_link_leads() {
    let Some(program) = given_away() else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let nothing = elsewhere.path().join("nothing");
    strange_link(&nothing, &program.store_path());
    let ran = program.run(&["sync"]);
    assert_eq!(ran.code, Some(78), "{}", ran.err);
    assert!(
        ran.err.contains("is a link that another user made, which root does not follow"),
        "{}",
        ran.err
    );
    assert!(!nothing.exists());
    // Nor is an empty file taken for a new database, or its mode set.
    let victim = Victim::new(elsewhere.path(), "");
    fs::remove_file(program.store_path()).unwrap();
    strange_link(&victim.0, &program.store_path());
    assert_eq!(program.run(&["sync"]).code, Some(78));
    victim.is_unharmed("");
}

#[test]
fn no_mode_is_set_where_a_link_beside_the_database_leads() {
    let Some(program) = given_away() else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    drop(Store::open(&program.store_path()).unwrap());
    let victim = Victim::new(elsewhere.path(), "");
    for suffix in ["db-wal", "db-shm"] {
        strange_link(&victim.0, &program.store_path().with_extension(suffix));
        assert!(Store::open(&program.store_path()).is_err(), "{suffix}");
        victim.is_unharmed("");
        fs::remove_file(program.store_path().with_extension(suffix)).unwrap();
    }
    drop(Store::open(&program.store_path()).unwrap());
}

#[test]
fn no_line_is_added_where_somebody_elses_link_leads() {
    let Some(program) = given_away() else { return };
    let (elsewhere, folder) = (tempfile::tempdir().unwrap(), program.folder.path());
    let victim = Victim::new(elsewhere.path(), "as it is\n");
    let sink =
        |path: &Path| format!("[[sink]]\nname = \"lines\"\ntype = \"file\"\npath = {path:?}\n");
    strange_link(&victim.0, &folder.join("lines"));
    program.configure_also(&sink(&folder.join("lines")));
    let ran = program.run(&["sink", "test", "lines"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("is a link that another user made"), "{}", ran.err);
    victim.is_unharmed("as it is\n");
    // Nor is one made through a folder that is such a link.
    strange_link(elsewhere.path(), &folder.join("out"));
    let config = fs::read_to_string(folder.join("clickwarden.toml")).unwrap();
    program.configure(&config.replace("/lines\"", "/out/new\""));
    assert_eq!(program.run(&["sink", "test", "lines"]).code, Some(1));
    assert!(!elsewhere.path().join("new").exists());
    // What root linked, root follows.
    fs::remove_file(folder.join("out")).unwrap();
    symlink(elsewhere.path(), folder.join("out")).unwrap();
    assert_eq!(program.run(&["sink", "test", "lines"]).code, Some(0));
    assert!(elsewhere.path().join("new").exists());
}

#[test]
fn pages_of_the_manual_replace_what_has_their_names_and_touch_nothing_else() {
    let program = Program::offline();
    let folder = program.folder.path();
    let secret = folder.join("clickwarden.secret");
    fs::write(&secret, "secret").unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let (victim, linked) = (folder.join("victim"), folder.join("clickwarden-run.1"));
    fs::write(&victim, "as it is").unwrap();
    fs::set_permissions(&victim, Permissions::from_mode(0o600)).unwrap();
    symlink(&victim, &linked).unwrap();
    let ran = program.run(&["man", "--output", folder.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for (path, content) in [(&secret, "secret"), (&victim, "as it is")] {
        assert_eq!(fs::read_to_string(path).unwrap(), content);
        assert_eq!(path.metadata().unwrap().mode() & 0o7777, 0o600, "{}", path.display());
    }
    assert!(linked.symlink_metadata().unwrap().is_file());
    assert_eq!(linked.metadata().unwrap().mode() & 0o7777, 0o644);
    assert!(fs::read_to_string(&linked).unwrap().contains(".SH SYNOPSIS"));
}

/// Root takes what systemd gave to a unit, whosever it is. A path that only begins there is no such
/// thing.
#[test]
fn a_path_that_leaves_the_folder_of_credentials_is_trusted_no_more_than_any_other() {
    let program = Program::offline();
    let config = program.folder.path().join("clickwarden.toml");
    let before = fs::read_to_string(&config).unwrap();
    let secret = program.folder.path().join("secret");
    let is_trusted = |path: &str| {
        program.configure(&before.replace(secret.to_str().unwrap(), path));
        // In a /run of its own.
        let script = "mount -t tmpfs tmpfs /run; mkdir -p /run/credentials/unit /run/elsewhere
            for folder in credentials/unit elsewhere; do
                cp \"$1\" /run/$folder/secret; chown 65534 /run/$folder/secret; chmod 400 /run/$folder/secret
            done
            shift; exec \"$@\"";
        let command = program.command(&["check", "--offline"]);
        let mut alone = Command::new("unshare");
        alone
            .args(["--mount", "--propagation", "private", "sh", "-euc", script, "sh"])
            .arg(&secret);
        alone
            .arg(command.get_program())
            .args(command.get_args())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let ran = alone.output().unwrap();
        (ran.status.code(), String::from_utf8_lossy(&ran.stdout).into_owned())
    };
    let alone = Command::new("unshare").args(["--mount", "true"]).status();
    if !alone.is_ok_and(|status| status.success()) {
        eprintln!("!!! SKIPPED: only root can have a /run of its own");
        return;
    }
    let (code, said) = is_trusted("/run/credentials/unit/secret");
    assert_eq!(code, Some(0), "{said}");
    for path in
        ["/run/credentials/../elsewhere/secret", "/run/credentials/unit/../../elsewhere/secret"]
    {
        let (code, said) = is_trusted(path);
        assert_eq!(code, Some(78), "{said}");
        assert!(said.contains("belongs to another user (uid 65534)"), "{said}");
    }
}
