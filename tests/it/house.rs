//! The house rules that a compiler does not check: floors, the top level, first lines, sizes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A room names rooms of its own floor and of lower ones only.
const FLOORS: [&[&str]; 10] = [
    &["clock", "ids", "process", "text"],
    &["click", "message", "network", "stage"],
    &["auth", "condition", "config", "indicator", "kql", "sync_state"],
    &["deliver", "source", "store"],
    &["collect", "coverage", "outbox"],
    &["digest", "rules", "summary"],
    &["retention"],
    &["view"],
    &["daemon"],
    &["cli", "demo", "web"],
];

/// These meet on the floors above, and never name one another.
const APART: [&str; 3] = ["deliver", "source", "store"];

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

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The room that a file stands in.
fn module(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a file names.
fn named(text: &str) -> Vec<String> {
    let names = text.match_indices("crate::").map(|(at, found)| {
        let rest = &text[at + found.len()..];
        rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn lower_floors_never_name_higher_ones() {
    let floor: BTreeMap<&str, usize> =
        FLOORS.iter().enumerate().flat_map(|(n, all)| all.iter().map(move |m| (*m, n))).collect();
    for file in files(&root().join("src")) {
        let module = module(&file);
        if module == "lib" || module == "main" {
            continue;
        }
        let own = floor.get(module.as_str()).unwrap_or_else(|| panic!("{module} has no floor"));
        for name in named(&fs::read_to_string(&file).unwrap()) {
            let other = floor.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no floor"));
            let apart = module != name
                && APART.contains(&module.as_str())
                && APART.contains(&name.as_str());
            assert!(other <= own && !apart, "{} names {name}", file.display());
        }
    }
}

#[test]
fn sql_stays_in_one_folder_of_the_store_and_http_at_the_edges() {
    for file in files(&root().join("src")) {
        let (module, text) = (module(&file), fs::read_to_string(&file).unwrap());
        let in_sqlite = file.starts_with(root().join("src/store/sqlite"));
        assert!(in_sqlite || !text.contains("rusqlite"), "{} names rusqlite", file.display());
        let edges = ["auth", "deliver", "network", "source"];
        let at_edge = edges.contains(&module.as_str());
        assert!(at_edge || !text.contains("reqwest"), "{} names reqwest", file.display());
    }
}

#[test]
fn the_top_level_holds_what_it_should() {
    let allowed = |name: &str| {
        TOP.contains(&name)
            || ["findings", "systemd", "target", "tests", "wiremock-fixtures"].contains(&name)
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
    assert!(readme.lines().count() <= 400, "the README has {} lines", readme.lines().count());
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

/// Whoever carries on is led to files that are there.
#[test]
fn the_paths_that_people_are_told_of_exist() {
    let folders = ["src/", "tests/", "docs/", "config/", "findings/", "systemd/", ".github/"];
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for path in text.split('`').skip(1).step_by(2) {
            let is_ours = folders.iter().any(|folder| path.starts_with(folder));
            let is_path = !path.contains([' ', '*', '\n']);
            let there = !is_ours || !is_path || root().join(path).exists();
            assert!(there, "{} tells of {path}", page.display());
        }
    }
}
