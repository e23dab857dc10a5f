//! The code as the house rules see it: every file of `src`, parsed.

use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item};

/// One file of `src`.
pub struct Source {
    /// Under `src`, such as `store/lease.rs`.
    pub shown: String,
    /// The module that the file is, such as `["store", "lease"]`; nothing for `lib.rs`.
    pub module: Vec<String>,
    pub text: String,
    pub file: syn::File,
}

impl Source {
    /// The room that the file stands in: the first folder or file under `src`.
    pub fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// What stands in the file, but for its tests.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.file.items.iter().filter(|item| !is_test(attributes(item)))
    }
}

/// The top folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files under a folder whose names end in `.rs`.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every file of the library but those that hold tests only.
pub fn sources() -> Vec<Source> {
    let src = root().join("src");
    let paths = files(&src).into_iter();
    let paths = paths.filter(|path| !path.ends_with("main.rs") && !path.ends_with("tests.rs"));
    paths.map(|path| read(&src, &path)).collect()
}

fn read(src: &Path, path: &Path) -> Source {
    let shown = path.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(path).unwrap();
    let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{shown}: {error}"));
    let names = shown.trim_end_matches(".rs").trim_end_matches("/mod");
    let module = match names {
        "lib" => Vec::new(),
        _ => names.split('/').map(str::to_owned).collect(),
    };
    Source { shown, module, text, file }
}

/// Whether something is there for tests only.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let words = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => return false,
        };
        words == "test"
    })
}

/// The attributes of an item.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}
