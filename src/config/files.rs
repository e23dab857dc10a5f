//! The configuration's files: the main one and those of `conf.d` beside it, as one tree of which it
//! is known where everything stands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::problem::Problem;
use crate::process::regular_file::{self, Kind, Unread};

/// Where everything stands.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// How messages name the files, the main one first.
    names: Vec<String>,
    /// The file that had the last word on a setting that is in no list of sections.
    settings: BTreeMap<String, usize>,
    /// For each list of sections the file of each, and its place there.
    lists: BTreeMap<String, Vec<(usize, usize)>>,
}

impl Files {
    /// Reads the file at `path`, if any, and the `*.toml` of the folder `conf.d` beside it, in the
    /// order of their names: their lists of sections are appended, other settings win.
    pub(super) fn read(path: Option<&Path>) -> Result<(Self, Table), Vec<Problem>> {
        let Some(path) = path else {
            let files = Self { names: vec!["configuration".to_owned()], ..Self::default() };
            return Ok((files, Table::new()));
        };
        let (mut files, mut merged, mut problems) = (Self::default(), Table::new(), Vec::new());
        let beside = beside(path).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        for path in std::iter::once(path).chain(beside.iter().map(PathBuf::as_path)) {
            files.names.push(path.display().to_string());
            match table(path) {
                Ok(table) => files.merge(&mut merged, table, ""),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok((files, merged)) } else { Err(problems) }
    }

    /// Lays the last file's `table`, which stands at `at`, over what the files before it said.
    fn merge(&mut self, into: &mut Table, table: Table, at: &str) {
        let file = self.names.len().saturating_sub(1);
        for (key, value) in table {
            let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            match (into.get_mut(&key), value) {
                (Some(Value::Table(before)), Value::Table(table)) => {
                    self.merge(before, table, &path);
                }
                (Some(Value::Array(before)), Value::Array(list))
                    if are_sections(before) && are_sections(&list) =>
                {
                    self.list(path, file, list.len());
                    before.extend(list);
                }
                (_, value) => {
                    self.note(&path, file, &value);
                    into.insert(key, value);
                }
            }
        }
    }

    /// Notes that `file` has the last word on `path` and all within.
    fn note(&mut self, path: &str, file: usize, value: &Value) {
        self.settings.insert(path.to_owned(), file);
        match value {
            Value::Table(table) => {
                for (key, value) in table {
                    self.note(&format!("{path}.{key}"), file, value);
                }
            }
            Value::Array(list) if are_sections(list) => {
                self.list(path.to_owned(), file, list.len());
            }
            _ => {}
        }
    }

    fn list(&mut self, path: String, file: usize, sections: usize) {
        self.lists.entry(path).or_default().extend((0..sections).map(|place| (file, place)));
    }

    /// The file that `key` stands in, or would, and its key there.
    pub(super) fn locate(&self, key: &str) -> (String, String) {
        let name = |file: usize| self.names.get(file).cloned().unwrap_or_default();
        if let Some((list, rest)) = key.split_once('[')
            && let Some((place, rest)) = rest.split_once(']')
            && let Some(sections) = self.lists.get(list)
            && let Some((file, place)) =
                place.parse().ok().and_then(|place: usize| sections.get(place))
        {
            return (name(*file), format!("{list}[{place}]{rest}"));
        }
        // Where the key itself does not stand, its section may.
        let mut upwards = std::iter::successors(Some(key), |path| Some(path.rsplit_once('.')?.0));
        let file = upwards.find_map(|path| self.settings.get(path)).copied().unwrap_or(0);
        (name(file), key.to_owned())
    }

    /// The files that were read.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.names.iter().map(Path::new)
    }

    /// A problem of no setting in particular.
    pub(super) fn whole(&self, problem: &str) -> Problem {
        whole(self.names.first().map_or("configuration", String::as_str), problem)
    }
}

/// Whether a list is one of sections, `[[name]]`.
fn are_sections(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(Value::is_table)
}

/// The files of `conf.d` beside the main file, in the order of their names.
pub(super) fn beside(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    let folder = path.with_file_name("conf.d");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&folder, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == "toml") && !hidden {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem {
        remedy: "let this user read it".to_owned(),
        ..whole(&path.display().to_string(), &format!("cannot be read: {error}"))
    }
}

/// The file as a tree. The parser's own words would quote the line, and a line may hold what
/// somebody took for a place for secrets.
fn table(path: &Path) -> Result<Table, Problem> {
    let file = path.display().to_string();
    let text = regular_file::text(path, Kind::Configuration).map_err(|unread| {
        let remedy = match unread {
            Unread::System(_) => {
                "create it (config/clickwarden.toml is a commented start), or name another with \
                 --config"
            }
            _ => "name a file with settings, or take it away",
        };
        Problem { remedy: remedy.to_owned(), ..whole(&file, &unread.to_string()) }
    })?;
    toml::from_str::<Table>(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        whole(&file, &format!("is not TOML at line {line}: {}", error.message()))
    })
}

fn whole(file: &str, problem: &str) -> Problem {
    Problem {
        file: file.to_owned(),
        key: String::new(),
        problem: crate::text::escape::one_line(problem),
        remedy: "correct it".to_owned(),
    }
}
