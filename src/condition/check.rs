//! Gives every part of a condition its type, and refuses what has none: the evaluator of `cel`
//! takes `url == 3` for false, silently, and knows much that a condition has no use for.

mod calls;
mod operators;
mod unmatchable;

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{Expr, ListExpr, LiteralValue, SourceInfo};

use super::error::{ConditionError, EXAMPLE_REMEDY};
use super::remedy::{is_known, known};
use super::tree::{DEEPEST_TREE, Number, Test, Text, TextList};
use super::variable::{GroupBy, Kind, Variable};
use crate::text::escape::one_line;
use crate::text::suggest::nearest;

/// Where a condition is read from, and for a rule by what.
pub(super) struct Checker<'a> {
    pub(super) text: &'a str,
    pub(super) source: SourceInfo,
    pub(super) by: &'a [GroupBy],
    /// The variables that were named so far.
    pub(super) uses: BTreeSet<Variable>,
    /// What can never match.
    pub(super) unmatchable: Vec<ConditionError>,
}

/// A part of a condition, by its type.
enum TypedPart {
    Test(Test),
    Number(Number),
    Text(Text),
    TextList(TextList),
    Numbers(Vec<i64>),
}

impl TypedPart {
    const fn name(&self) -> &'static str {
        match self {
            Self::Test(_) => "a test",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::TextList(_) => "a list of texts",
            Self::Numbers(_) => "a list of numbers",
        }
    }
}

impl Checker<'_> {
    /// The whole condition.
    pub(super) fn test_of_all(&mut self, all: &IdedExpr) -> Result<Test, ConditionError> {
        match self.typed(all, 1)? {
            TypedPart::Test(test) => Ok(test),
            other => {
                let problem = format!("is {}, and says nothing that holds or not", other.name());
                Err(self.error(all.id, problem, "compare it, as in clicked_past_block > 0"))
            }
        }
    }

    /// A part, at this depth.
    fn typed(&mut self, part: &IdedExpr, depth: usize) -> Result<TypedPart, ConditionError> {
        if depth > DEEPEST_TREE {
            let problem = format!("is more than {DEEPEST_TREE} steps deep");
            return Err(self.error(part.id, problem, "make two rules of it"));
        }
        match &part.expr {
            Expr::Literal(literal) => self.literal(part.id, literal),
            Expr::Ident(name) => self.variable(part.id, name),
            Expr::List(list) => self.list(part.id, list),
            Expr::Call(call) => self.call(part.id, call, depth),
            Expr::Select(_) => Err(self.foreign(part.id, "asks for a field")),
            Expr::Map(_) => Err(self.foreign(part.id, "has a map")),
            Expr::Struct(_) => Err(self.foreign(part.id, "has a structure")),
            Expr::Comprehension(_) | Expr::Unspecified => Err(self.foreign(part.id, "has a loop")),
        }
    }

    fn literal(&self, id: u64, literal: &LiteralValue) -> Result<TypedPart, ConditionError> {
        match literal {
            LiteralValue::Boolean(holds) => Ok(TypedPart::Test(Test::Is(*holds.inner()))),
            LiteralValue::Int(number) => Ok(TypedPart::Number(Number::Is(*number.inner()))),
            LiteralValue::String(text) => Ok(TypedPart::Text(Text::Is(text.inner().to_owned()))),
            LiteralValue::Double(_) => Err(self.foreign(id, "has a fraction")),
            LiteralValue::UInt(_) => Err(self.foreign(id, "has a number with a letter")),
            LiteralValue::Bytes(_) => Err(self.foreign(id, "has a text of bytes")),
            LiteralValue::Null => Err(self.foreign(id, "has null")),
        }
    }

    fn variable(&mut self, id: u64, name: &str) -> Result<TypedPart, ConditionError> {
        let Some(variable) = Variable::named(name) else { return Err(self.unknown(id, name)) };
        if let Some(needs) = variable.needs()
            && !is_known(variable, self.by)
        {
            let needs: Vec<&str> = needs.iter().map(|part| part.name()).collect();
            let problem = format!("{name} is known only to a rule by {}", needs.join(" or "));
            let remedy = format!("add {name} to by, or do without it here");
            return Err(self.error(id, problem, remedy));
        }
        self.uses.insert(variable);
        Ok(match variable.kind() {
            Kind::Number => TypedPart::Number(Number::Of(variable)),
            Kind::Text => TypedPart::Text(Text::Of(variable)),
            Kind::Texts => TypedPart::TextList(TextList::Of(variable)),
        })
    }

    fn unknown(&self, id: u64, name: &str) -> ConditionError {
        let problem = format!("there is no variable {:?}", one_line(name));
        let names = Variable::ALL.into_iter().filter(|variable| is_known(*variable, self.by));
        let names: Vec<&str> = names.map(Variable::name).collect();
        let remedy = match nearest(Variable::ALL.map(Variable::name), name) {
            Some(near) if known(near, self.by).is_some() => format!("did you mean {near}?"),
            Some(near) => format!("did you mean {near}? Then add {near} to by"),
            None => format!("choose from {}", names.join(", ")),
        };
        self.error(id, problem, remedy)
    }

    /// A list of literals, all of one type.
    fn list(&self, id: u64, list: &ListExpr) -> Result<TypedPart, ConditionError> {
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for item in &list.elements {
            match &item.expr {
                Expr::Literal(LiteralValue::String(text)) => texts.push(text.inner().to_owned()),
                Expr::Literal(LiteralValue::Int(number)) => numbers.push(*number.inner()),
                _ => {
                    let problem = "is no text or whole number, and stands in a list".to_owned();
                    return Err(self.error(item.id, problem, "write it out, as in [\"a\", \"b\"]"));
                }
            }
        }
        match (texts.is_empty(), numbers.is_empty()) {
            (_, true) => Ok(TypedPart::TextList(TextList::Are(texts))),
            (true, false) => Ok(TypedPart::Numbers(numbers)),
            (false, false) => {
                let problem = "is a list of texts and numbers".to_owned();
                Err(self.error(id, problem, "make two lists of it"))
            }
        }
    }

    /// Something that CEL has and a condition has not.
    fn foreign(&self, id: u64, what: &str) -> ConditionError {
        self.error(id, format!("{what}, which conditions do not have"), EXAMPLE_REMEDY)
    }

    fn error(&self, id: u64, problem: String, remedy: impl Into<String>) -> ConditionError {
        ConditionError::at(self.text, self.place(id), problem, remedy.into())
    }

    /// The byte at which a part stands.
    fn place(&self, id: u64) -> usize {
        self.source.offset_for(id).map_or(0, |(start, _)| start as usize)
    }
}
