//! A regular expression, compiled to an automaton that looks at each byte once, so that the time of
//! a search hangs on the length of the text alone. `regex` takes 0.3 s for the 8 KiB of a URL where
//! the pattern is made for that (`[ab]*a[ab]{1500}$`, measured); such patterns are refused here.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::ast::{self, Ast, ClassSetBinaryOpKind, ClassSetItem, Visitor};

use crate::text::escape::one_line;

/// The most memory that a pattern may take before it is an automaton, in bytes.
const LARGEST_PATTERN: usize = 256 << 10;
/// The most that the automaton may take. `\w+`, with the letters of all languages, takes a third.
const LARGEST_AUTOMATON: usize = 1 << 20;

/// A pattern.
#[derive(Debug)]
pub(super) struct Pattern(Box<dense::DFA<Vec<u32>>>);

impl Pattern {
    /// Compiles it; the error is what is wrong and what to do.
    pub(super) fn new(text: &str) -> Result<Self, (String, String)> {
        let tree = syntax::parse(text).map_err(|error| unreadable(&error.to_string()))?;
        let limits = thompson::Config::new()
            .which_captures(thompson::WhichCaptures::None)
            .nfa_size_limit(Some(LARGEST_PATTERN));
        let states = thompson::Compiler::new().configure(limits).build_from_hir(&tree);
        let limits = dense::Config::new()
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(LARGEST_AUTOMATON))
            .determinize_size_limit(Some(LARGEST_AUTOMATON));
        let states = states.map_err(|_| too_large())?;
        let built = dense::Builder::new().configure(limits).build_from_nfa(&states);
        built.map(|automaton| Self(Box::new(automaton))).map_err(|error| {
            if error.is_size_limit_exceeded() { too_large() } else { unsupported() }
        })
    }

    /// Whether it is somewhere in `text`.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let input = Input::new(text).anchored(Anchored::No).earliest(true);
        // It gives up on no text: only automatons with words of all languages do, which are refused.
        self.0.try_search_fwd(&input).is_ok_and(|found| found.is_some())
    }
}

fn unreadable(error: &str) -> (String, String) {
    // Its last line says what is wrong, those before it show where.
    let why = error.lines().last().unwrap_or_default();
    let why = one_line(why.strip_prefix("error: ").unwrap_or(why));
    let remedy = "mend it; within quotes \\ is written \\\\, within r\"…\" once";
    (format!("has a pattern that cannot be read: {why}"), remedy.to_owned())
}

fn too_large() -> (String, String) {
    let remedy = "repeat less in it, and write [0-9] for \\d and [A-Za-z0-9_] for \\w";
    ("has too large a pattern".to_owned(), remedy.to_owned())
}

fn unsupported() -> (String, String) {
    ("has a pattern with the words of all languages".to_owned(), WORD_EDGE_REMEDY.to_owned())
}

/// How the edge of a word is asked for in every kind of quotes.
const WORD_EDGE_REMEDY: &str = "for the edge of a word write (^|[^0-9A-Za-z_]) before it and \
                    ($|[^0-9A-Za-z_]) behind it, which need no \\b";

/// What cannot match in a pattern, or means something else here than in RE2, whose syntax CEL names;
/// and what to do.
pub(super) fn oddity(text: &str) -> Option<(String, String)> {
    if text.contains('\u{8}') {
        let problem =
            "has a backspace in its pattern: within quotes \\b is one, and no text has it";
        return Some((problem.to_owned(), WORD_EDGE_REMEDY.to_owned()));
    }
    let tree = ast::parse::Parser::new().parse(text).ok()?;
    ast::visit(&tree, Classes(None)).ok().flatten()
}

/// Looks for what a class of characters has in no other language than this: sets within sets.
struct Classes(Option<(String, String)>);

impl Classes {
    fn note(&mut self, sign: &str, meaning: &str, remedy: &str) {
        let problem = format!("has {sign} in a class of its pattern, which means {meaning}");
        self.0.get_or_insert_with(|| (problem, remedy.to_owned()));
    }
}

impl Visitor for Classes {
    type Output = Option<(String, String)>;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<Self::Output, Self::Err> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, _: &Ast) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        if let ClassSetItem::Bracketed(_) = item {
            let remedy =
                "write a [ that is meant as \\[ within r\"…\", or leave the inner brackets out";
            self.note("[", "a class within the class", remedy);
        }
        Ok(())
    }

    fn visit_class_set_binary_op_pre(
        &mut self,
        op: &ast::ClassSetBinaryOp,
    ) -> Result<(), Self::Err> {
        match op.kind {
            ClassSetBinaryOpKind::Intersection => {
                self.note("&&", "what both sides have", "write one & for the character");
            }
            ClassSetBinaryOpKind::Difference => {
                let remedy = "write one -, as the last of the class, for the character";
                self.note("--", "the left side without the right", remedy);
            }
            ClassSetBinaryOpKind::SymmetricDifference => {
                self.note("~~", "what one side has", "write one ~ for the character");
            }
        }
        Ok(())
    }
}
