//! Reads the text of a condition. The parser and its trees recurse, on a few hundred bytes of
//! brackets already further than a small stack carries: all of it happens on a thread of its own,
//! where trees that are refused are dropped, too.

use std::collections::BTreeSet;
use std::thread;

use cel::{Env, ParseError, ParseErrors};

use super::check::Checker;
use super::error::{ConditionError, EXAMPLE_REMEDY, NOT_REMEDY};
use super::remedy;
use super::tree::Test;
use super::variable::{GroupBy, Variable};
use crate::text::escape::one_line;

/// The longest condition, in bytes.
const LONGEST_CONDITION: usize = 1_000;
/// How deep brackets and choices may stand in one another.
const DEEPEST_NESTING: u16 = 24;
const PARSER_STACK: usize = 32 << 20;

/// A condition that was read.
pub(super) struct CheckedCondition {
    pub(super) test: Test,
    pub(super) uses: BTreeSet<Variable>,
    /// What can never match.
    pub(super) unmatchable: Vec<ConditionError>,
}

pub(super) fn parse(text: &str, by: &[GroupBy]) -> Result<CheckedCondition, ConditionError> {
    if text.len() > LONGEST_CONDITION {
        let problem = format!("is {} bytes long", text.len());
        let remedy = format!("shorten it to {LONGEST_CONDITION}, or make two rules of it");
        return Err(ConditionError::at(text, LONGEST_CONDITION, problem, remedy));
    }
    thread::scope(|scope| {
        let roomy = thread::Builder::new().name("condition".to_owned()).stack_size(PARSER_STACK);
        let no_room = |_| broken("finds no memory to be read in", "free some, and try again");
        let read = roomy.spawn_scoped(scope, || read(text, by)).map_err(no_room)?;
        let crashed = |_| broken("made its parser fail", "write it in another way");
        read.join().map_err(crashed)?
    })
}

fn broken(problem: &str, remedy: &str) -> ConditionError {
    ConditionError { line: 1, column: 1, problem: problem.to_owned(), remedy: remedy.to_owned() }
}

fn read(text: &str, by: &[GroupBy]) -> Result<CheckedCondition, ConditionError> {
    // Without macros nothing loops; without optionals there are no further types.
    let env = Env::default().with_optional_support(false);
    let parser = env.parser().max_recursion_depth(DEEPEST_NESTING);
    let (tree, source) =
        parser.parse_with_source_info(text).map_err(|errors| misread(text, by, &errors))?;
    let mut checker = Checker { text, source, by, uses: BTreeSet::new(), unmatchable: Vec::new() };
    let test = checker.test_of_all(&tree)?;
    Ok(CheckedCondition { test, uses: checker.uses, unmatchable: checker.unmatchable })
}

/// The first error in words of our own: the parser's list what its grammar would have taken.
fn misread(text: &str, by: &[GroupBy], errors: &ParseErrors) -> ConditionError {
    // Errors of other kinds follow from those of syntax.
    let is_syntax = |error: &&ParseError| error.msg.starts_with("Syntax error: ");
    let first = errors.errors.iter().find(is_syntax).or(errors.errors.first());
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    let message = first.map_or("", |error| error.msg.as_str());
    let (problem, remedy) = if message.contains("Recursion limit") {
        (
            format!("stands in more than {DEEPEST_NESTING} brackets"),
            "make two rules of it".to_owned(),
        )
    } else if message.contains("invalid int literal") {
        ("is too large a number".to_owned(), format!("choose one up to {}", i64::MAX))
    } else {
        let line = text.split('\n').nth(usize::try_from(line - 1).unwrap_or_default());
        let before = usize::try_from(column - 1).unwrap_or_default();
        let mut rest: Vec<char> = line.unwrap_or_default().chars().collect();
        let before: String = rest.drain(..before.min(rest.len())).collect();
        unexpected(&before, &rest.into_iter().collect::<String>(), by)
    };
    let count = |number: isize| u32::try_from(number).unwrap_or(1).max(1);
    ConditionError { line: count(line), column: count(column), problem, remedy }
}

/// What to say of what stands where it cannot.
fn unexpected(before: &str, rest: &str, by: &[GroupBy]) -> (String, String) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let end = match rest.find(|c| !is_word(c)) {
        Some(0) => rest.find(|c: char| is_word(c) || c.is_whitespace()).unwrap_or(rest.len()),
        Some(end) => end,
        None => rest.len(),
    };
    let (found, after) = rest.split_at_checked(end).unwrap_or_default();
    if found.is_empty() {
        return ("ends too early".to_owned(), EXAMPLE_REMEDY.to_owned());
    }
    let written = remedy::written(before, by);
    let remedy = by_what_stands_before(before, found, written)
        .or_else(|| instead(found, after, written, by))
        .unwrap_or_else(|| EXAMPLE_REMEDY.to_owned());
    (format!("is not understood at {:?}", one_line(found)), remedy)
}

/// What the parser takes the first half of, and stumbles over the rest.
fn by_what_stands_before(before: &str, found: &str, written: Option<Variable>) -> Option<String> {
    let before = before.trim_end();
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    match found.chars().next()? {
        '>' if before.ends_with('<') => Some(remedy::other_than(written)),
        '<' if before.ends_with('>') => Some(remedy::other_than(written)),
        '<' if before.ends_with('=') => Some(remedy::compared(written, "<=")),
        '>' if before.ends_with('=') => Some(remedy::compared(written, ">=")),
        _ if word.eq_ignore_ascii_case("not") => Some(NOT_REMEDY.to_owned()),
        _ => None,
    }
}

/// What to write instead of a word or sign of other languages.
fn instead(found: &str, after: &str, written: Option<Variable>, by: &[GroupBy]) -> Option<String> {
    let next = after.split_whitespace().next().unwrap_or_default();
    let called = |function: &str| remedy::called(written, function, by);
    Some(match found.to_ascii_lowercase().as_str() {
        "=>" => remedy::compared(written, ">="),
        "=<" => remedy::compared(written, "<="),
        "<>" | "><" => remedy::other_than(written),
        "=" | "is" | "equals" | "eq" => "compare with ==".to_owned(),
        "&" | "and" => "write && for \"and\"".to_owned(),
        "|" | "or" => "write || for \"or\"".to_owned(),
        "not" | "!" if next.eq_ignore_ascii_case("in") => remedy::not_in(written),
        "not" => NOT_REMEDY.to_owned(),
        "contains" | "has" | "like" => called("contains"),
        "startswith" => called("startsWith"),
        "endswith" => called("endsWith"),
        "matches" | "regex" | "~" | "=~" => called("matches"),
        quoted if quoted.starts_with(['"', '\'']) => {
            "put a text between two quotes of one kind, and write \\ as \\\\".to_owned()
        }
        _ => return None,
    })
}
