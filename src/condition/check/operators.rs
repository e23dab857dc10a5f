//! The operators: what they join, and what comes of it.

use cel::IdedExpr;
use cel::common::ast::operators;

use super::super::fault::Fault;
use super::super::remedy;
use super::super::tree::{Choice, Comparison, Number, Order, Sum, Test, Text, Texts};
use super::super::variable::Variable;
use super::{Reader, Typed};
use crate::pattern::canonical;

/// What an operator does.
pub(super) enum Operator {
    And,
    Or,
    Compare(Order),
    Count(Sum),
    In,
}

impl Operator {
    /// The one that stands between two parts.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            operators::LOGICAL_AND => Self::And,
            operators::LOGICAL_OR => Self::Or,
            operators::EQUALS => Self::Compare(Order::Same),
            operators::NOT_EQUALS => Self::Compare(Order::Other),
            operators::LESS => Self::Compare(Order::Less),
            operators::LESS_EQUALS => Self::Compare(Order::NotMore),
            operators::GREATER => Self::Compare(Order::More),
            operators::GREATER_EQUALS => Self::Compare(Order::NotLess),
            operators::ADD => Self::Count(Sum::Plus),
            operators::SUBSTRACT => Self::Count(Sum::Minus),
            operators::MULTIPLY => Self::Count(Sum::Times),
            operators::DIVIDE => Self::Count(Sum::Over),
            operators::MODULO => Self::Count(Sum::Rest),
            operators::IN => Self::In,
            _ => return None,
        })
    }
}

impl Reader<'_> {
    pub(super) fn joined(
        &mut self,
        id: u64,
        operator: &Operator,
        parts: [&IdedExpr; 2],
        depth: usize,
    ) -> Result<Typed, Fault> {
        let [left, right] = parts;
        Ok(match operator {
            Operator::And => Typed::Test(Test::And(self.tests(parts, depth)?)),
            Operator::Or => Typed::Test(Test::Or(self.tests(parts, depth)?)),
            Operator::Count(sum) => {
                let both = [self.number(left, depth)?, self.number(right, depth)?];
                Typed::Number(Number::Both(*sum, Box::new(both)))
            }
            Operator::Compare(order) => {
                let places = [left.id, right.id];
                let (left, right) = (self.typed(left, depth)?, self.typed(right, depth)?);
                if matches!(order, Order::Same | Order::Other) {
                    self.equal(places, &left, &right);
                }
                Typed::Test(self.compared(id, *order, left, right)?)
            }
            Operator::In => {
                let place = right.id;
                let (left, right) = (self.typed(left, depth)?, self.typed(right, depth)?);
                self.one_of(place, &left, &right);
                Typed::Test(Test::Compared(self.among(id, left, right)?))
            }
        })
    }

    fn tests(&mut self, parts: [&IdedExpr; 2], depth: usize) -> Result<Box<[Test; 2]>, Fault> {
        let [left, right] = parts;
        Ok(Box::new([self.test(left, depth)?, self.test(right, depth)?]))
    }

    /// What `!`, `&&`, `||` and `? :` ask for.
    pub(super) fn test(&mut self, part: &IdedExpr, depth: usize) -> Result<Test, Fault> {
        match self.typed(part, depth)? {
            Typed::Test(test) => Ok(test),
            other => {
                let problem = format!("{} stands where something holds or not", other.name());
                Err(self.fault(part.id, problem, "compare it, as in clicked_past_block > 0"))
            }
        }
    }

    /// What counting asks for.
    pub(super) fn number(&mut self, part: &IdedExpr, depth: usize) -> Result<Number, Fault> {
        match self.typed(part, depth)? {
            Typed::Number(number) => Ok(number),
            other => {
                let problem = format!("counts with {}", other.name());
                let text = remedy::text_of(self.by).map_or("\"text\"", Variable::name);
                let remedy = format!("count with numbers; size({text}) is a text's length");
                Err(self.fault(part.id, problem, remedy))
            }
        }
    }

    fn compared(&self, id: u64, order: Order, a: Typed, b: Typed) -> Result<Test, Fault> {
        match (order, a, b) {
            (_, Typed::Number(a), Typed::Number(b)) => {
                Ok(Test::Compared(Comparison::Numbers(order, Box::new([a, b]))))
            }
            (_, Typed::Text(a), Typed::Text(b)) => Ok(texts(order, a, b)),
            (Order::Same, Typed::Test(a), Typed::Test(b)) => Ok(Test::Same(Box::new([a, b]))),
            (Order::Other, Typed::Test(a), Typed::Test(b)) => {
                Ok(Test::Not(Box::new(Test::Same(Box::new([a, b])))))
            }
            (_, a, b) => {
                let problem = format!("compares {} with {}", a.name(), b.name());
                let remedy = "compare numbers with numbers and texts, which stand in quotes, with \
                              texts; a list is asked with in or size()";
                Err(self.fault(id, problem, remedy))
            }
        }
    }

    fn among(&self, id: u64, item: Typed, list: Typed) -> Result<Comparison, Fault> {
        match (item, list) {
            (Typed::Text(Text::Of(Variable::Url)), Typed::Texts(Texts::Are(urls))) => {
                Ok(url_among(&urls))
            }
            (Typed::Text(text), Typed::Texts(list)) => {
                Ok(Comparison::TextAmong(Box::new(text), list))
            }
            (Typed::Number(number), Typed::Numbers(list)) => {
                Ok(Comparison::NumberAmong(Box::new(number), list))
            }
            // An empty list has nothing of any type.
            (Typed::Number(number), Typed::Texts(Texts::Are(list))) if list.is_empty() => {
                Ok(Comparison::NumberAmong(Box::new(number), Vec::new()))
            }
            (item, list) => {
                let problem = format!("looks for {} in {}", item.name(), list.name());
                let remedy = "write it as \"Phish\" in threat_types, or as clickers in [1, 2]";
                Err(self.fault(id, problem, remedy))
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
    ) -> Result<Typed, Fault> {
        let test = self.test(test, depth)?;
        match (self.typed(yes, depth)?, self.typed(no, depth)?) {
            (Typed::Test(yes), Typed::Test(no)) => {
                Ok(Typed::Test(Test::Choice(Box::new(Choice { test, yes, no }))))
            }
            (Typed::Number(yes), Typed::Number(no)) => {
                Ok(Typed::Number(Number::Choice(Box::new(Choice { test, yes, no }))))
            }
            (Typed::Text(yes), Typed::Text(no)) => {
                Ok(Typed::Text(Text::Choice(Box::new(Choice { test, yes, no }))))
            }
            (yes, no) => {
                let problem = format!("chooses between {} and {}", yes.name(), no.name());
                let remedy = "choose between two tests, two numbers or two texts";
                Err(self.fault(id, problem, remedy))
            }
        }
    }
}

/// Texts are compared byte for byte, but for the URL with one that is written out: equal URLs are equal
/// there as they are everywhere.
fn texts(order: Order, a: Text, b: Text) -> Test {
    match (order, a, b) {
        (Order::Same, Text::Of(Variable::Url), Text::Is(url))
        | (Order::Same, Text::Is(url), Text::Of(Variable::Url)) => {
            Test::Compared(url_among(&[url]))
        }
        (Order::Other, Text::Of(Variable::Url), Text::Is(url))
        | (Order::Other, Text::Is(url), Text::Of(Variable::Url)) => {
            Test::Not(Box::new(Test::Compared(url_among(&[url]))))
        }
        (order, a, b) => Test::Compared(Comparison::Texts(order, Box::new([a, b]))),
    }
}

fn url_among(urls: &[String]) -> Comparison {
    Comparison::UrlAmong(urls.iter().map(|url| canonical(url).into_owned()).collect())
}
