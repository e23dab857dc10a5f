//! Files and functions stay small enough to be read at once.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, FnArg, ImplItemFn, Item, ItemFn, ItemImpl, ItemTrait, Signature, TraitItemFn,
    Type, Visibility,
};

use super::source::{Source, attributes, is_test, sources};

/// Lines of a file.
const FILE: usize = 300;
/// Lines of a function, with its signature.
const FUNCTION: usize = 50;
/// Besides `self`.
const PARAMETERS: usize = 5;

#[test]
fn files_and_functions_are_small() {
    let mut faults = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > FILE {
            faults.push(format!("{}: {lines} lines", source.shown));
        }
        let mut look = Look { source: &source, faults: &mut faults, public: false };
        look.visit_file(&source.file);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

struct Look<'a> {
    source: &'a Source,
    faults: &'a mut Vec<String>,
    /// Whether what is looked at belongs to a trait, and so is as visible as that.
    public: bool,
}

impl Look<'_> {
    fn function(&mut self, sig: &Signature, vis: &Visibility, block: Option<&Block>) {
        let mut fault = |what: String| {
            self.faults.push(format!("{}: fn {}: {what}", self.source.shown, sig.ident));
        };
        let first = sig.span().start().line;
        let lines = block.map_or(0, |block| block.span().end().line + 1 - first);
        if lines > FUNCTION {
            fault(format!("{lines} lines"));
        }
        let types = sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&*typed.ty),
            FnArg::Receiver(_) => None,
        });
        let types: Vec<&Type> = types.collect();
        if types.len() > PARAMETERS {
            fault(format!("{} parameters", types.len()));
        }
        let private = matches!(vis, Visibility::Inherited) && !self.public;
        if !private && types.into_iter().any(is_truth) {
            fault("a boolean parameter".to_owned());
        }
    }
}

fn is_truth(parameter: &Type) -> bool {
    matches!(parameter, Type::Path(it) if it.path.is_ident("bool"))
}

impl<'ast> Visit<'ast> for Look<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, it: &'ast ItemFn) {
        self.function(&it.sig, &it.vis, Some(&it.block));
        visit::visit_item_fn(self, it);
    }

    fn visit_impl_item_fn(&mut self, it: &'ast ImplItemFn) {
        if !is_test(&it.attrs as &[Attribute]) {
            self.function(&it.sig, &it.vis, Some(&it.block));
            visit::visit_impl_item_fn(self, it);
        }
    }

    fn visit_trait_item_fn(&mut self, it: &'ast TraitItemFn) {
        self.function(&it.sig, &Visibility::Inherited, it.default.as_ref());
        visit::visit_trait_item_fn(self, it);
    }

    // What another crate's trait asks for is not ours to change.
    fn visit_item_impl(&mut self, it: &'ast ItemImpl) {
        visit::visit_item_impl(self, it);
    }

    fn visit_item_trait(&mut self, it: &'ast ItemTrait) {
        self.public = !matches!(it.vis, Visibility::Inherited);
        visit::visit_item_trait(self, it);
        self.public = false;
    }
}
