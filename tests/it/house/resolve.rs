//! Which file a path in the code leads to: through modules, imports and re-exports, as the compiler goes.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Item, UseTree};

use super::source::{Source, attributes, is_test};

/// A path as it is written, such as `super::lease::Lease`.
type Written = Vec<String>;

/// What one file defines, imports and names.
#[derive(Default)]
struct Facts {
    defined: BTreeSet<String>,
    /// What a name in this file stands for; of re-exports, too.
    imported: BTreeMap<String, Written>,
    /// `use super::*` and the like.
    globs: Vec<Written>,
    /// Paths that the file names, but for what it only passes on from below.
    named: Vec<Written>,
}

/// All files, and how they name one another.
pub struct Crate<'a> {
    sources: &'a [Source],
    facts: BTreeMap<&'a [String], Facts>,
}

impl<'a> Crate<'a> {
    pub fn new(sources: &'a [Source]) -> Self {
        let facts = sources.iter().map(|source| (&source.module[..], facts(source))).collect();
        Self { sources, facts }
    }

    /// Each pair of files of which the first names something that the second defines.
    pub fn edges(&self) -> BTreeSet<(&'a str, &'a str)> {
        let shown: BTreeMap<&[String], &str> =
            self.sources.iter().map(|source| (&source.module[..], &source.shown[..])).collect();
        let mut edges = BTreeSet::new();
        for (module, facts) in &self.facts {
            for path in &facts.named {
                let Some(at) = self.resolve(module, path, 0) else { continue };
                let (from, to) = (shown[module], shown[&at[..]]);
                if from != to {
                    edges.insert((from, to));
                }
            }
        }
        edges
    }

    /// The module whose file defines what a path in `module` leads to; `None` for other crates.
    fn resolve(&self, module: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        if depth > 12 {
            return None;
        }
        let at = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module[..module.len().saturating_sub(1)].to_vec(),
            _ => return self.resolve_name(module, path, depth),
        };
        if rest.is_empty() { Some(at) } else { self.resolve(&at, rest, depth + 1) }
    }

    fn resolve_name(
        &self,
        module: &[String],
        path: &[String],
        depth: usize,
    ) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let below: Vec<String> = module.iter().chain([first]).cloned().collect();
        if self.facts.contains_key(&below[..]) {
            return if rest.is_empty() {
                Some(below)
            } else {
                self.resolve(&below, rest, depth + 1)
            };
        }
        let facts = self.facts.get(module)?;
        if facts.defined.contains(first) {
            return Some(module.to_vec());
        }
        if let Some(import) = facts.imported.get(first).filter(|import| import[0] != *first) {
            let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
            return self.resolve(module, &whole, depth + 1);
        }
        facts.globs.iter().find_map(|glob| {
            let whole: Vec<String> = glob.iter().chain(path).cloned().collect();
            self.resolve(module, &whole, depth + 1)
        })
    }
}

fn facts(source: &Source) -> Facts {
    let mut facts = Facts::default();
    for item in source.items() {
        if let Some(name) = name(item) {
            facts.defined.insert(name);
        }
        if let Item::Use(it) = item {
            let mut imports = Vec::new();
            flatten(&it.tree, &mut Vec::new(), &mut imports);
            let public = !matches!(it.vis, syn::Visibility::Inherited);
            facts.import(imports, public);
        }
    }
    let mut paths = Paths(&mut facts.named);
    source.items().for_each(|item| paths.visit_item(item));
    facts
}

impl Facts {
    fn import(&mut self, imports: Vec<(String, Written)>, public: bool) {
        for (name, path) in imports {
            // What a file passes on from files below it, it does not use.
            if !public {
                self.named.push(path.clone());
            }
            if name == "*" {
                self.globs.push(path);
            } else {
                self.imported.insert(name, path);
            }
        }
    }
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Macro(it) => it.ident.as_ref()?,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::Type(it) => &it.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Each name that a `use` brings, with the path it stands for.
fn flatten(tree: &UseTree, above: &mut Written, into: &mut Vec<(String, Written)>) {
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.to_string());
            flatten(&path.tree, above, into);
            above.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            into.push((above.last().unwrap().clone(), above.clone()));
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            into.push((name.clone(), above.iter().cloned().chain([name]).collect()));
        }
        UseTree::Rename(it) => {
            let whole = above.iter().cloned().chain([it.ident.to_string()]).collect();
            into.push((it.rename.to_string(), whole));
        }
        UseTree::Glob(_) => into.push(("*".to_owned(), above.clone())),
        UseTree::Group(group) => group.items.iter().for_each(|it| flatten(it, above, into)),
    }
}

/// Gathers paths of two names and more: a single one is defined here, or was imported.
struct Paths<'a>(&'a mut Vec<Written>);

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 && path.leading_colon.is_none() {
            self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    // `pub(in crate::cli)` names a place, and nothing in it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        words(it.tokens.clone(), self.0);
        visit::visit_macro(self, it);
    }
}

/// The paths among the tokens of a macro's arguments.
fn words(tokens: proc_macro2::TokenStream, into: &mut Vec<Written>) {
    use proc_macro2::TokenTree;
    let mut path: Written = Vec::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(name) if colons == 2 || path.is_empty() => path.push(name.to_string()),
            TokenTree::Punct(it) if it.as_char() == ':' && !path.is_empty() => {
                colons += 1;
                continue;
            }
            other => {
                end(&mut path, into);
                match other {
                    TokenTree::Group(group) => words(group.stream(), into),
                    TokenTree::Ident(name) => path.push(name.to_string()),
                    _ => {}
                }
            }
        }
        colons = 0;
    }
    end(&mut path, into);
}

fn end(path: &mut Written, into: &mut Vec<Written>) {
    let path = std::mem::take(path);
    if path.len() > 1 {
        into.push(path);
    }
}
