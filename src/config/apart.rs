//! Files that must not be one and the same: the database, what a sink adds lines to, and all that is
//! read. Lines would spoil what they are added to; and whoever opens a database beside SQLite and
//! closes it again takes the daemon's lock on it away.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use config::{Value, ValueKind};

use super::file_places::FilePlaces;
use super::layers::Layers;
use super::problem::Problem;
use crate::process::private_file::folder_of;

/// What SQLite keeps beside a database, by the ends of their names.
const DATABASE_SUFFIXES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// A file that the configuration names.
struct NamedFile {
    key: String,
    path: PathBuf,
    use_: Use,
}

/// What becomes of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Database,
    Written,
    Read,
}

/// Which file it is, by the system and by its name.
#[derive(PartialEq, Eq)]
struct Identity {
    node: Option<(u64, u64)>,
    name: Option<PathBuf>,
}

/// The problem of each setting that names a file which is something else already.
pub(super) fn check(layers: &Layers) -> Vec<Problem> {
    let mut named = Vec::new();
    gather(("", &layers.root), &layers.places, &mut named);
    let databases = named.iter().filter(|it| it.use_ == Use::Database).flat_map(|it| {
        DATABASE_SUFFIXES.map(|end| (it.key.clone(), Identity::of(&ending(&it.path, end))))
    });
    let read = named.iter().filter(|it| it.use_ == Use::Read);
    let read = read.map(|it| (it.key.clone(), Identity::of(&it.path)));
    let configuration = layers.files().map(|path| ("--config".to_owned(), Identity::of(path)));
    let (databases, read): (Vec<_>, Vec<_>) =
        (databases.collect(), read.chain(configuration).collect());
    let found = named.iter().filter(|it| it.use_ != Use::Database).filter_map(|it| {
        let own = Identity::of(&it.path);
        let is = |others: &[(String, Identity)]| {
            others.iter().find(|(_, other)| own.is(other)).map(|(key, _)| key.clone())
        };
        let other = is(&databases).or_else(|| is(&read).filter(|_| it.use_ == Use::Written));
        other.map(|other| problem(layers, it, &other))
    });
    found.collect()
}

fn problem(layers: &Layers, named: &NamedFile, other: &str) -> Problem {
    let (file, key) = layers.locate(&named.key);
    let problem = match other {
        "store.path" => "names the database, or a file that belongs to it".to_owned(),
        "--config" => "names a file of the configuration".to_owned(),
        other => format!("names the file of {other}"),
    };
    Problem { file, key, problem, remedy: "name a file of its own".to_owned() }
}

/// Every setting that names a file: `store.path`, the path of a sink, and keys that end in `_file` or
/// `_files`.
fn gather((at, value): (&str, &Value), places: &FilePlaces, into: &mut Vec<NamedFile>) {
    match &value.kind {
        ValueKind::Table(table) => {
            let mut keys: Vec<_> = table.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            for (key, value) in keys {
                let at = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                gather((&at, value), places, into);
            }
        }
        ValueKind::Array(list) => {
            for (place, value) in list.iter().enumerate() {
                gather((&format!("{at}[{place}]"), value), places, into);
            }
        }
        ValueKind::String(path) => {
            if let Some(use_) = use_of(at) {
                let path = match use_ {
                    Use::Read => places.read(path),
                    Use::Database | Use::Written => places.written(path),
                };
                into.push(NamedFile { key: at.to_owned(), path, use_ });
            }
        }
        _ => {}
    }
}

fn use_of(key: &str) -> Option<Use> {
    let list = key.split_once('[').map(|(list, _)| list);
    match key.rsplit_once('.')? {
        ("store", "path") => Some(Use::Database),
        (_, "path") if list == Some("sink") => Some(Use::Written),
        (_, name) if name.ends_with("_file") || name.contains("_files[") => Some(Use::Read),
        _ => None,
    }
}

fn ending(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

impl Identity {
    fn of(path: &Path) -> Self {
        let name = folder_of(path).canonicalize().ok().zip(path.file_name());
        Self {
            node: path.metadata().ok().map(|found| (found.dev(), found.ino())),
            name: name.map(|(folder, name)| folder.join(name)),
        }
    }

    fn is(&self, other: &Self) -> bool {
        let node = self.node.is_some() && self.node == other.node;
        node || (self.name.is_some() && self.name == other.name)
    }
}
