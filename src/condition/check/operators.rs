//! The operators: what they join, and what comes of it.

use cel::IdedExpr;
use cel::common::ast::operators;

use super::super::error::ConditionError;
use super::super::remedy;
use super::super::tree::{
    Arithmetic, Choice, Comparison, ComparisonOperator, Number, Test, Text, TextList,
};
use super::super::variable::Variable;
use super::{Checker, TypedPart};
use crate::click::pattern::canonical;

/// What an operator does.
pub(super) enum Operator {
    And,
    Or,
    Compare(ComparisonOperator),
    Count(Arithmetic),
    In,
}

impl Operator {
    /// The one that stands between two parts.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            operators::LOGICAL_AND => Self::And,
            operators::LOGICAL_OR => Self::Or,
            operators::EQUALS => Self::Compare(ComparisonOperator::Same),
            operators::NOT_EQUALS => Self::Compare(ComparisonOperator::Other),
            operators::LESS => Self::Compare(ComparisonOperator::Less),
            operators::LESS_EQUALS => Self::Compare(ComparisonOperator::NotMore),
            operators::GREATER => Self::Compare(ComparisonOperator::More),
            operators::GREATER_EQUALS => Self::Compare(ComparisonOperator::NotLess),
            operators::ADD => Self::Count(Arithmetic::Plus),
            operators::SUBSTRACT => Self::Count(Arithmetic::Minus),
            operators::MULTIPLY => Self::Count(Arithmetic::Times),
            operators::DIVIDE => Self::Count(Arithmetic::Over),
            operators::MODULO => Self::Count(Arithmetic::Rest),
            operators::IN => Self::In,
            _ => return None,
        })
    }
}

impl Checker<'_> {
    pub(super) fn joined(
        &mut self,
        id: u64,
        operator: &Operator,
        parts: [&IdedExpr; 2],
        depth: usize,
    ) -> Result<TypedPart, ConditionError> {
        let [left, right] = parts;
        Ok(match operator {
            Operator::And => TypedPart::Test(Test::And(self.tests(parts, depth)?)),
            Operator::Or => TypedPart::Test(Test::Or(self.tests(parts, depth)?)),
            Operator::Count(arithmetic) => {
                let both = [self.number(left, depth)?, self.number(right, depth)?];
                TypedPart::Number(Number::Both(*arithmetic, Box::new(both)))
            }
            Operator::Compare(operator) => {
                let places = [left.id, right.id];
                let (left, right) = (self.typed(left, depth)?, self.typed(right, depth)?);
                if matches!(operator, ComparisonOperator::Same | ComparisonOperator::Other) {
                    self.equal(places, &left, &right);
                }
                TypedPart::Test(self.compared(id, *operator, left, right)?)
            }
            Operator::In => {
                let place = right.id;
                let (left, right) = (self.typed(left, depth)?, self.typed(right, depth)?);
                self.one_of(place, &left, &right);
                TypedPart::Test(Test::Compared(self.among(id, left, right)?))
            }
        })
    }

    fn tests(
        &mut self,
        parts: [&IdedExpr; 2],
        depth: usize,
    ) -> Result<Box<[Test; 2]>, ConditionError> {
        let [left, right] = parts;
        Ok(Box::new([self.test(left, depth)?, self.test(right, depth)?]))
    }

    /// What `!`, `&&`, `||` and `? :` ask for.
    pub(super) fn test(&mut self, part: &IdedExpr, depth: usize) -> Result<Test, ConditionError> {
        match self.typed(part, depth)? {
            TypedPart::Test(test) => Ok(test),
            other => {
                let problem = format!("{} stands where something holds or not", other.name());
                Err(self.error(part.id, problem, "compare it, as in clicked_past_block > 0"))
            }
        }
    }

    /// What counting asks for.
    pub(super) fn number(
        &mut self,
        part: &IdedExpr,
        depth: usize,
    ) -> Result<Number, ConditionError> {
        match self.typed(part, depth)? {
            TypedPart::Number(number) => Ok(number),
            other => {
                let problem = format!("counts with {}", other.name());
                let text = remedy::text_of(self.by).map_or("\"text\"", Variable::name);
                let remedy = format!("count with numbers; size({text}) is a text's length");
                Err(self.error(part.id, problem, remedy))
            }
        }
    }

    fn compared(
        &self,
        id: u64,
        operator: ComparisonOperator,
        a: TypedPart,
        b: TypedPart,
    ) -> Result<Test, ConditionError> {
        match (operator, a, b) {
            (_, TypedPart::Number(a), TypedPart::Number(b)) => {
                Ok(Test::Compared(Comparison::Numbers(operator, Box::new([a, b]))))
            }
            (_, TypedPart::Text(a), TypedPart::Text(b)) => Ok(texts(operator, a, b)),
            (ComparisonOperator::Same, TypedPart::Test(a), TypedPart::Test(b)) => {
                Ok(Test::Same(Box::new([a, b])))
            }
            (ComparisonOperator::Other, TypedPart::Test(a), TypedPart::Test(b)) => {
                Ok(Test::Not(Box::new(Test::Same(Box::new([a, b])))))
            }
            (_, a, b) => {
                let problem = format!("compares {} with {}", a.name(), b.name());
                let remedy = "compare numbers with numbers and texts, which stand in quotes, with \
                              texts; a list is asked with in or size()";
                Err(self.error(id, problem, remedy))
            }
        }
    }

    fn among(
        &self,
        id: u64,
        item: TypedPart,
        list: TypedPart,
    ) -> Result<Comparison, ConditionError> {
        match (item, list) {
            (
                TypedPart::Text(Text::Of(Variable::Url)),
                TypedPart::TextList(TextList::Are(urls)),
            ) => Ok(url_among(&urls)),
            (TypedPart::Text(text), TypedPart::TextList(list)) => {
                Ok(Comparison::TextAmong(Box::new(text), list))
            }
            (TypedPart::Number(number), TypedPart::Numbers(list)) => {
                Ok(Comparison::NumberAmong(Box::new(number), list))
            }
            // An empty list has nothing of any type.
            (TypedPart::Number(number), TypedPart::TextList(TextList::Are(list)))
                if list.is_empty() =>
            {
                Ok(Comparison::NumberAmong(Box::new(number), Vec::new()))
            }
            (item, list) => {
                let problem = format!("looks for {} in {}", item.name(), list.name());
                let remedy = "write it as \"Phish\" in threat_types, or as clickers in [1, 2]";
                Err(self.error(id, problem, remedy))
            }
        }
    }

    /// `test ? yes : no`.
    pub(super) fn choice(
        &mut self,
        id: u64,
        test: &IdedExpr,
        [yes, no]: [&IdedExpr; 2],
        depth: usize,
    ) -> Result<TypedPart, ConditionError> {
        let test = self.test(test, depth)?;
        match (self.typed(yes, depth)?, self.typed(no, depth)?) {
            (TypedPart::Test(yes), TypedPart::Test(no)) => {
                Ok(TypedPart::Test(Test::Choice(Box::new(Choice { test, yes, no }))))
            }
            (TypedPart::Number(yes), TypedPart::Number(no)) => {
                Ok(TypedPart::Number(Number::Choice(Box::new(Choice { test, yes, no }))))
            }
            (TypedPart::Text(yes), TypedPart::Text(no)) => {
                Ok(TypedPart::Text(Text::Choice(Box::new(Choice { test, yes, no }))))
            }
            (yes, no) => {
                let problem = format!("chooses between {} and {}", yes.name(), no.name());
                let remedy = "choose between two tests, two numbers or two texts";
                Err(self.error(id, problem, remedy))
            }
        }
    }
}

/// Texts are compared byte for byte, but for the URL with one that is written out: equal URLs are equal
/// there as they are everywhere.
fn texts(operator: ComparisonOperator, a: Text, b: Text) -> Test {
    match (operator, a, b) {
        (ComparisonOperator::Same, Text::Of(Variable::Url), Text::Is(url))
        | (ComparisonOperator::Same, Text::Is(url), Text::Of(Variable::Url)) => {
            Test::Compared(url_among(&[url]))
        }
        (ComparisonOperator::Other, Text::Of(Variable::Url), Text::Is(url))
        | (ComparisonOperator::Other, Text::Is(url), Text::Of(Variable::Url)) => {
            Test::Not(Box::new(Test::Compared(url_among(&[url]))))
        }
        (operator, a, b) => Test::Compared(Comparison::Texts(operator, Box::new([a, b]))),
    }
}

fn url_among(urls: &[String]) -> Comparison {
    Comparison::UrlAmong(urls.iter().map(|url| canonical(url).into_owned()).collect())
}
