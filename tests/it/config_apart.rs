//! What the configuration names must be apart, and nobody else may write the configuration itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use clickwarden::store::Store;

use crate::delivering::until;
use crate::program::Program;
use crate::stand::{Running, signal};

/// Somebody who is nobody.
const NOBODY: u32 = 65_534;

fn sink(path: &Path) -> String {
    format!("[[sink]]\nname = \"lines\"\ntype = \"file\"\npath = {path:?}\n")
}

#[test]
fn a_file_sink_spoils_nothing_that_the_configuration_names() {
    let program = Program::offline();
    drop(Store::open(&program.store_path()).unwrap());
    let folder = program.folder.path();
    let before = fs::read_to_string(folder.join("clickwarden.toml")).unwrap();
    symlink(folder.join("c.db"), folder.join("link")).unwrap();
    fs::hard_link(folder.join("secret"), folder.join("twin")).unwrap();
    let database = "names the database, or a file that belongs to it";
    for (name, words) in [
        ("c.db", database),
        ("c.db-wal", database),
        ("c.db-shm", database),
        ("link", database),
        ("../elsewhere/../c.db", database),
        ("secret", "names the file of tenant[0].client_secret_file"),
        ("twin", "names the file of tenant[0].client_secret_file"),
        ("clickwarden.toml", "names a file of the configuration"),
    ] {
        let path = match name.strip_prefix("../elsewhere/../") {
            Some(name) => folder.join("..").join(folder.file_name().unwrap()).join(name),
            None => folder.join(name),
        };
        program.configure(&format!("{before}{}", sink(&path)));
        for command in [["check", "--offline"].as_slice(), &["run"], &["sink", "test", "lines"]] {
            let ran = program.run(command);
            let said = format!("{}{}", ran.out, ran.err);
            assert_eq!(ran.code, Some(78), "{name}: {said}");
            assert!(said.contains(&format!("sink[0].path: {words}")), "{name}: {said}");
        }
    }
    program.configure(&format!("{before}{}", sink(&folder.join("lines.jsonl"))));
    assert_eq!(program.run(&["check", "--offline"]).code, Some(0));
}

#[test]
fn nothing_that_is_read_is_the_database() {
    let program = Program::offline();
    drop(Store::open(&program.store_path()).unwrap());
    program.configure_also(&format!("ca_file = {:?}\n", program.store_path()));
    let ran = program.run(&["check", "--offline"]);
    assert_eq!(ran.code, Some(78), "{}", ran.out);
    assert!(ran.out.contains("tenant[0].ca_file: names the database"), "{}", ran.out);
}

#[test]
fn a_configuration_that_others_may_write_is_refused_by_check_and_warned_of_by_run() {
    let program = Program::offline();
    let folder = program.folder.path();
    let (main, beside) = (folder.join("clickwarden.toml"), folder.join("conf.d"));
    fs::create_dir(&beside).unwrap();
    let more = beside.join("more.toml");
    fs::write(&more, "[summary]\nwindow = \"2d\"\n").unwrap();
    let usual = [(folder, 0o700), (&main, 0o644), (&beside, 0o755), (&more, 0o600)];
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    for (path, usual) in usual {
        mode(path, usual);
    }
    assert_eq!(program.run(&["check", "--offline"]).code, Some(0));
    for (place, (path, usual)) in usual.into_iter().enumerate() {
        let wide = [0o777, 0o664, 0o775, 0o602][place];
        mode(path, wide);
        let ran = program.run(&["check", "--offline"]);
        assert_eq!(ran.code, Some(78), "{}", ran.out);
        let said = format!("{}: can be written by others (mode {wide:04o})", path.display());
        assert!(ran.out.contains(&said), "{said}: {}", ran.out);
        assert!(ran.out.contains(&format!("run: chmod go-w {}", path.display())), "{}", ran.out);
        mode(path, usual);
    }
    // As /tmp is: what is there stays its owner's.
    mode(folder, 0o1777);
    assert_eq!(program.run(&["check", "--offline"]).code, Some(0));
    mode(folder, 0o700);
    mode(&more, 0o666);
    let words = folder.join("words");
    let daemon = Running::start(program.command(&["run"]), &words);
    let said = |what: &str| fs::read_to_string(&words).unwrap().contains(what);
    until("the daemon runs all the same", || said("collecting"), String::new);
    assert!(said(&format!("{}: can be written by others (mode 0666)", more.display())));
    signal(&daemon.0, "TERM");
    mode(&more, 0o600);
    if chown(&more, Some(NOBODY), None).is_err() {
        eprintln!("SKIPPED: only root can give files away");
        return;
    }
    let ran = program.run(&["check", "--offline"]);
    assert_eq!(ran.code, Some(78), "{}", ran.out);
    assert!(ran.out.contains("belongs to another user (uid 65534)"), "{}", ran.out);
}

#[test]
fn a_folder_that_others_may_add_files_to_is_told_of_before_there_is_one() {
    let program = Program::offline();
    let beside = program.folder.path().join("conf.d");
    fs::create_dir(&beside).unwrap();
    let mode = |mode| fs::set_permissions(&beside, Permissions::from_mode(mode)).unwrap();
    mode(0o755);
    assert_eq!(program.run(&["check", "--offline"]).code, Some(0));
    mode(0o777);
    let wanted = format!("{}: can be written by others (mode 0777)", beside.display());
    let ran = program.run(&["check", "--offline"]);
    assert_eq!(ran.code, Some(78), "{}", ran.out);
    assert!(ran.out.contains(&wanted), "{wanted}: {}", ran.out);
    let words = program.folder.path().join("words");
    let daemon = Running::start(program.command(&["run"]), &words);
    let said = |what: &str| fs::read_to_string(&words).unwrap().contains(what);
    until("the daemon runs all the same", || said("collecting"), String::new);
    assert!(said(&wanted), "{wanted}");
    signal(&daemon.0, "TERM");
}
