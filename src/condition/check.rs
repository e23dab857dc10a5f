//! Gives every part of a condition its type, and refuses what has none: the evaluator of `cel`
//! takes `url == 3` for false, silently, and knows much that a condition has no use for.

mod calls;
mod operators;
mod unmatchable;

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{Expr, ListExpr, LiteralValue, SourceInfo};

use super::fault::{EXAMPLE, Fault};
use super::remedy::{is_known, known};
use super::tree::{DEEPEST, Number, Test, Text, Texts};
use super::variable::{Kind, Part, Variable};
use crate::quote::one_line;
use crate::similar::nearest;

/// Where a condition is read from, and for a rule by what.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) source: SourceInfo,
    pub(super) by: &'a [Part],
    /// The variables that were named so far.
    pub(super) uses: BTreeSet<Variable>,
    /// What can never match.
    pub(super) unmatchable: Vec<Fault>,
}

/// A part of a condition, by its type.
enum Typed {
    Test(Test),
    Number(Number),
    Text(Text),
    Texts(Texts),
    Numbers(Vec<i64>),
}

impl Typed {
    const fn name(&self) -> &'static str {
        match self {
            Self::Test(_) => "a test",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Texts(_) => "a list of texts",
            Self::Numbers(_) => "a list of numbers",
        }
    }
}

impl Reader<'_> {
    /// The whole condition.
    pub(super) fn test_of_all(&mut self, all: &IdedExpr) -> Result<Test, Fault> {
        match self.typed(all, 1)? {
            Typed::Test(test) => Ok(test),
            other => {
                let problem = format!("is {}, and says nothing that holds or not", other.name());
                Err(self.fault(all.id, problem, "compare it, as in clicked_past_block > 0"))
            }
        }
    }

    /// A part, at this depth.
    fn typed(&mut self, part: &IdedExpr, depth: usize) -> Result<Typed, Fault> {
        if depth > DEEPEST {
            let problem = format!("is more than {DEEPEST} steps deep");
            return Err(self.fault(part.id, problem, "make two rules of it"));
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

    fn literal(&self, id: u64, literal: &LiteralValue) -> Result<Typed, Fault> {
        match literal {
            LiteralValue::Boolean(holds) => Ok(Typed::Test(Test::Is(*holds.inner()))),
            LiteralValue::Int(number) => Ok(Typed::Number(Number::Is(*number.inner()))),
            LiteralValue::String(text) => Ok(Typed::Text(Text::Is(text.inner().to_owned()))),
            LiteralValue::Double(_) => Err(self.foreign(id, "has a fraction")),
            LiteralValue::UInt(_) => Err(self.foreign(id, "has a number with a letter")),
            LiteralValue::Bytes(_) => Err(self.foreign(id, "has a text of bytes")),
            LiteralValue::Null => Err(self.foreign(id, "has null")),
        }
    }

    fn variable(&mut self, id: u64, name: &str) -> Result<Typed, Fault> {
        let Some(variable) = Variable::named(name) else { return Err(self.unknown(id, name)) };
        if let Some(needs) = variable.needs()
            && !is_known(variable, self.by)
        {
            let needs: Vec<&str> = needs.iter().map(|part| part.name()).collect();
            let problem = format!("{name} is known only to a rule by {}", needs.join(" or "));
            let remedy = format!("add {name} to by, or do without it here");
            return Err(self.fault(id, problem, remedy));
        }
        self.uses.insert(variable);
        Ok(match variable.kind() {
            Kind::Number => Typed::Number(Number::Of(variable)),
            Kind::Text => Typed::Text(Text::Of(variable)),
            Kind::Texts => Typed::Texts(Texts::Of(variable)),
        })
    }

    fn unknown(&self, id: u64, name: &str) -> Fault {
        let problem = format!("there is no variable {:?}", one_line(name));
        let names = Variable::ALL.into_iter().filter(|variable| is_known(*variable, self.by));
        let names: Vec<&str> = names.map(Variable::name).collect();
        let remedy = match nearest(Variable::ALL.map(Variable::name), name) {
            Some(near) if known(near, self.by).is_some() => format!("did you mean {near}?"),
            Some(near) => format!("did you mean {near}? Then add {near} to by"),
            None => format!("choose from {}", names.join(", ")),
        };
        self.fault(id, problem, remedy)
    }

    /// A list of literals, all of one type.
    fn list(&self, id: u64, list: &ListExpr) -> Result<Typed, Fault> {
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for item in &list.elements {
            match &item.expr {
                Expr::Literal(LiteralValue::String(text)) => texts.push(text.inner().to_owned()),
                Expr::Literal(LiteralValue::Int(number)) => numbers.push(*number.inner()),
                _ => {
                    let problem = "is no text or whole number, and stands in a list".to_owned();
                    return Err(self.fault(item.id, problem, "write it out, as in [\"a\", \"b\"]"));
                }
            }
        }
        match (texts.is_empty(), numbers.is_empty()) {
            (_, true) => Ok(Typed::Texts(Texts::Are(texts))),
            (true, false) => Ok(Typed::Numbers(numbers)),
            (false, false) => {
                let problem = "is a list of texts and numbers".to_owned();
                Err(self.fault(id, problem, "make two lists of it"))
            }
        }
    }

    /// Something that CEL has and a condition has not.
    fn foreign(&self, id: u64, what: &str) -> Fault {
        self.fault(id, format!("{what}, which conditions do not have"), EXAMPLE)
    }

    fn fault(&self, id: u64, problem: String, remedy: impl Into<String>) -> Fault {
        Fault::at(self.text, self.place(id), problem, remedy.into())
    }

    /// The byte at which a part stands.
    fn place(&self, id: u64) -> usize {
        self.source.offset_for(id).map_or(0, |(start, _)| start as usize)
    }
}
