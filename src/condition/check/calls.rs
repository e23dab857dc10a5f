//! The calls: operators, and the few functions.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use super::super::error::{ConditionError, LIST_REMEDY, NOT_REMEDY};
use super::super::pattern::Pattern;
use super::super::remedy;
use super::super::tree::{Comparison, Number, Test, Text, TextList, TextPosition};
use super::super::variable::{GroupBy as By, Variable};
use super::operators::Operator;
use super::{Checker, TypedPart};
use crate::text::escape::one_line;
use crate::text::suggest::nearest;

/// All functions.
const FUNCTIONS: [&str; 5] = ["contains", "startsWith", "endsWith", "matches", "size"];

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        id: u64,
        call: &CallExpr,
        depth: usize,
    ) -> Result<TypedPart, ConditionError> {
        let below = depth + 1;
        let name = call.func_name.as_str();
        match (name, call.target.as_deref(), call.args.as_slice()) {
            (operators::CONDITIONAL, None, [test, yes, no]) => {
                self.choice(id, test, [yes, no], below)
            }
            (operators::LOGICAL_NOT, None, [test]) => {
                Ok(TypedPart::Test(Test::Not(Box::new(self.test(test, below)?))))
            }
            (operators::NEGATE, None, [number]) => {
                Ok(TypedPart::Number(Number::Negated(Box::new(self.number(number, below)?))))
            }
            (operators::INDEX, ..) => {
                let problem = "asks for an item by its place".to_owned();
                Err(self.error(id, problem, LIST_REMEDY))
            }
            (_, None, [left, right]) if let Some(operator) = Operator::named(name) => {
                self.joined(id, &operator, [left, right], below)
            }
            ("size", Some(of), []) | ("size", None, [of]) => self.size(of, below),
            ("contains", Some(text), [wanted]) => {
                self.has(TextPosition::Anywhere, text, wanted, below)
            }
            ("startsWith", Some(text), [wanted]) => {
                self.has(TextPosition::Start, text, wanted, below)
            }
            ("endsWith", Some(text), [wanted]) => self.has(TextPosition::End, text, wanted, below),
            ("matches", Some(text), [pattern]) => self.matches(text, pattern, below),
            _ => Err(self.no_function(id, call)),
        }
    }

    fn size(&mut self, of: &IdedExpr, depth: usize) -> Result<TypedPart, ConditionError> {
        Ok(TypedPart::Number(match self.typed(of, depth)? {
            TypedPart::Text(text) => Number::Characters(Box::new(text)),
            TypedPart::TextList(texts) => Number::Items(texts),
            TypedPart::Numbers(numbers) => Number::Is(numbers.len() as i64),
            other => {
                let problem = format!("asks for the size of {}", other.name());
                return Err(self.error(of.id, problem, "ask a text or a list for it"));
            }
        }))
    }

    fn has(
        &mut self,
        position: TextPosition,
        text: &IdedExpr,
        wanted: &IdedExpr,
        depth: usize,
    ) -> Result<TypedPart, ConditionError> {
        let both = [self.text(text, depth)?, self.text(wanted, depth)?];
        self.has_at(wanted.id, position, &both);
        Ok(TypedPart::Test(Test::Compared(Comparison::Has(position, Box::new(both)))))
    }

    fn matches(
        &mut self,
        text: &IdedExpr,
        pattern: &IdedExpr,
        depth: usize,
    ) -> Result<TypedPart, ConditionError> {
        let text = self.text(text, depth)?;
        let Expr::Literal(LiteralValue::String(literal)) = &pattern.expr else {
            let problem = "has a pattern that is not written out".to_owned();
            return Err(self.error(pattern.id, problem, "write it in quotes"));
        };
        let compiled = Pattern::new(literal.inner());
        self.odd_pattern(pattern.id, literal.inner());
        let pattern =
            compiled.map_err(|(problem, remedy)| self.error(pattern.id, problem, remedy))?;
        Ok(TypedPart::Test(Test::Compared(Comparison::Matches(Box::new(text), pattern))))
    }

    /// What the functions of texts ask for.
    fn text(&mut self, position: &IdedExpr, depth: usize) -> Result<Text, ConditionError> {
        match self.typed(position, depth)? {
            TypedPart::Text(text) => Ok(text),
            TypedPart::TextList(TextList::Are(_) | TextList::Of(_)) => {
                let problem = "looks into a list as if it were a text".to_owned();
                Err(self.error(position.id, problem, LIST_REMEDY))
            }
            other => {
                let problem = format!("takes {} for a text", other.name());
                Err(self.error(position.id, problem, "put a text in quotes"))
            }
        }
    }

    fn no_function(&self, id: u64, call: &CallExpr) -> ConditionError {
        let name = call.func_name.as_str();
        let problem = if FUNCTIONS.contains(&name) {
            format!("{name} is not asked so")
        } else {
            format!("there is no function {:?}", one_line(name))
        };
        let mut asked = call.target.as_deref().into_iter().chain(&call.args);
        let written = asked.find_map(|position| match &position.expr {
            Expr::Ident(name) => remedy::known(name, self.by),
            _ => None,
        });
        let remedy = instead_of(name, written, self.by);
        // A call stands where its bracket does; its name is before it.
        let bracket = self.place(id);
        let before = self.text.get(..bracket).map(str::trim_end);
        let before = before.and_then(|before| before.strip_suffix(name));
        ConditionError::at(self.text, before.map_or(bracket, str::len), problem, remedy)
    }
}

/// What to write instead of a call that means nothing here.
fn instead_of(name: &str, written: Option<Variable>, by: &[By]) -> String {
    match name.to_ascii_lowercase().as_str() {
        "size" | "length" | "len" | "count" => "write it as size(threat_types) > 1".to_owned(),
        "not" => NOT_REMEDY.to_owned(),
        // What loops over a list, in CEL and elsewhere.
        "exists" | "exists_one" | "existsone" | "all" | "any" | "filter" | "map" => {
            LIST_REMEDY.to_owned()
        }
        "has" | "defined" | "isempty" | "isnotempty" => remedy::present(written, by),
        _ if FUNCTIONS.contains(&name) => remedy::called(written, name, by),
        _ => match nearest(FUNCTIONS, name) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("choose from {}", FUNCTIONS.join(", ")),
        },
    }
}
