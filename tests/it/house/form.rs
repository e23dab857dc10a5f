//! What lies where: the top level, first lines, places that open files, findings, and pages that lead somewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::source::{files, root};

const TOP: [&str; 15] = [
    ".ci",
    ".git",
    ".github",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "config",
    "deny.toml",
    "docs",
    "rustfmt.toml",
    "src",
];

#[test]
fn the_top_level_holds_what_it_should() {
    let allowed = |name: &str| {
        TOP.contains(&name)
            || ["findings", "systemd", "target", "tests", "wiremock-fixtures", "contrib"]
                .contains(&name)
    };
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(allowed(&name), "{name} does not belong at the top level");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for folder in ["src", "tests"] {
        for file in files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//! "), "{} has no first line", file.display());
        }
    }
}

/// Whoever closes a descriptor of a database takes all locks of the process on it away, and whoever
/// opens a pipe may wait for ever: files are opened where both are thought of. Copies are no database
/// yet, what `owner` reads lies in /proc, `print/file` opens a folder, and `place` makes new files.
#[test]
fn files_are_opened_in_few_places() {
    let places = [
        "cli/commands/demo/folder.rs",
        "cli/print/file.rs",
        "deliver/file.rs",
        "process/private_file.rs",
        "process/regular_file.rs",
        "clock/schedule/zones.rs",
        "store/owner.rs",
        "store/sqlite/file/copy.rs",
    ];
    let words = [
        "File::open",
        "File::options",
        "OpenOptions::",
        "fs::read(",
        "read_to_string",
        "fs::copy",
        "fs::open(",
    ];
    let src = root().join("src");
    for path in files(&src) {
        let shown = path.strip_prefix(&src).unwrap().to_str().unwrap();
        let source = fs::read_to_string(&path).unwrap();
        for word in words {
            let opens = source.contains(word) && !places.contains(&shown);
            assert!(!opens, "{shown} opens a file with {word}: process does that");
        }
    }
}

/// A finding runs by itself, and says when and with which versions what was expected and seen.
#[test]
fn every_finding_has_its_form() {
    for entry in fs::read_dir(root().join("findings")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sh") {
            continue;
        }
        let (name, text) = (path.display(), fs::read_to_string(&path).unwrap());
        assert!(
            path.metadata().unwrap().permissions().mode() & 0o111 == 0o111,
            "{name}: no program"
        );
        for word in ["# Date: ", "ersion", "# Guess: ", "# Seen", "set -eu", "mktemp -d"] {
            assert!(text.contains(word), "{name} lacks {word:?}");
        }
    }
}

/// What people read besides the code.
fn pages() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    for folder in ["docs", ".github"] {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    found
}

/// The reference stands in `docs`, so that the README can be read in one go.
#[test]
fn the_readme_is_short_and_links_to_every_page_of_docs() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 250, "the README has {} lines", readme.lines().count());
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(readme.contains(&format!("](docs/{name})")), "README.md does not link to {name}");
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let pictures = text.split("<img src=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        for (target, _) in targets.chain(pictures) {
            let file = target.split('#').next().unwrap();
            let there = target.contains("://") || page.parent().unwrap().join(file).exists();
            assert!(there, "{} links to {target}", page.display());
        }
    }
}

/// Whoever carries on is led to files that are there, also where the code's map names them.
#[test]
fn the_paths_that_people_are_told_of_exist() {
    let folders = ["src/", "tests/", "docs/", "config/", "findings/", "systemd/", ".github/"];
    for page in pages().into_iter().chain([root().join("src/lib.rs")]) {
        let text = fs::read_to_string(&page).unwrap();
        for path in text.split('`').skip(1).step_by(2) {
            let is_ours = folders.iter().any(|folder| path.starts_with(folder));
            let is_path = !path.contains([' ', '*', '\n']);
            let there = !is_ours || !is_path || root().join(path).exists();
            assert!(there, "{} tells of {path}", page.display());
        }
    }
}

/// Where the changes begin that are made most often.
#[test]
fn the_map_and_the_guide_lead_to_what_is_changed_most() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let guide = fs::read_to_string(root().join(".github/CONTRIBUTING.md")).unwrap();
    for path in [
        "src/deliver/chat/slack.rs",
        "src/condition/variable.rs",
        "src/outbox/retry.rs",
        "src/click/column.rs",
        "src/digest/measure.rs",
        "src/cli/commands/status.rs",
    ] {
        let quoted = format!("`{path}`");
        assert!(map.contains(&quoted), "src/lib.rs does not lead to {path}");
        assert!(guide.contains(&quoted), "CONTRIBUTING.md does not lead to {path}");
    }
}
