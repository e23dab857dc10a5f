//! Evaluates a condition. It takes time in proportion to the texts and to the condition, which both
//! are bounded: nothing grows, nothing repeats, and patterns were compiled before.

use super::partial::{Outcomes, PartialValue};
use super::tree::{Choice, Comparison, Number, Test, Text, TextList};
use super::variable::Variable;
use crate::click::pattern::canonical;

/// What of a text variable is looked at, in bytes: together with the bound of a condition's own
/// length it keeps every evaluation below 10 ms.
const LONGEST_TEXT: usize = 8_192;

/// What is known of a group. A number that is `None` is not known yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// By their place in [`Variable::ALL`].
    pub numbers: [Option<i64>; Variable::NUMBERS],
    /// [`Variable::Url`]; of all texts only the first 8,192 bytes are looked at.
    pub url: &'a str,
    /// [`Variable::Host`].
    pub host: &'a str,
    /// [`Variable::User`].
    pub user: &'a str,
    /// [`Variable::Workloads`].
    pub workloads: &'a [String],
    /// [`Variable::ThreatTypes`].
    pub threat_types: &'a [String],
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// It does, whatever the numbers are that are not known yet.
    Holds,
    /// It does not.
    DoesNot,
    /// It cannot be evaluated, and so does not: a division by zero, an overflow.
    Fails,
    /// It hangs on a number that is not known yet.
    Unknown,
}

impl From<Outcomes> for Evaluation {
    fn from(outcomes: Outcomes) -> Self {
        match outcomes {
            Outcomes { holds: true, not: false, fails: false } => Self::Holds,
            Outcomes { holds: true, .. } => Self::Unknown,
            Outcomes { holds: false, not: false, fails: true } => Self::Fails,
            Outcomes { holds: false, .. } => Self::DoesNot,
        }
    }
}

impl Values<'_> {
    fn number(&self, variable: Variable) -> PartialValue<i64> {
        match self.numbers.get(variable as usize) {
            Some(Some(number)) => PartialValue::Is(*number),
            _ => PartialValue::Unknown,
        }
    }

    fn text(&self, variable: Variable) -> &str {
        let whole = match variable {
            Variable::Url => self.url,
            Variable::Host => self.host,
            Variable::User => self.user,
            _ => "",
        };
        cut(whole)
    }

    fn texts(&self, variable: Variable) -> &[String] {
        match variable {
            Variable::Workloads => self.workloads,
            Variable::ThreatTypes => self.threat_types,
            _ => &[],
        }
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or_default()
}

impl Test {
    pub(super) fn outcomes(&self, values: &Values<'_>) -> Outcomes {
        match self {
            Self::Is(holds) => Outcomes::from(*holds),
            Self::Not(test) => test.outcomes(values).negated(),
            Self::And(both) => {
                let [one, other] = &**both;
                one.outcomes(values).and(|| other.outcomes(values))
            }
            Self::Or(both) => {
                let [one, other] = &**both;
                one.outcomes(values).or(|| other.outcomes(values))
            }
            Self::Same(both) => {
                let [one, other] = both.each_ref().map(|test| test.outcomes(values));
                one.same(other)
            }
            Self::Choice(choice) => {
                let Choice { test, yes, no } = &**choice;
                test.outcomes(values).choose(|| yes.outcomes(values), || no.outcomes(values))
            }
            Self::Compared(comparison) => comparison.outcomes(values),
        }
    }
}

impl Comparison {
    fn outcomes(&self, values: &Values<'_>) -> Outcomes {
        match self {
            Self::Numbers(operator, both) => {
                let [one, other] = both.each_ref().map(|number| number.partial(values));
                one.and(other).outcomes(|(one, other)| operator.holds(&one, &other))
            }
            Self::Texts(operator, both) => {
                let [one, other] = both.each_ref().map(|text| text.partial(values));
                one.and(other).outcomes(|(one, other)| operator.holds(&one, &other))
            }
            Self::NumberAmong(number, list) => {
                number.partial(values).outcomes(|number| list.contains(&number))
            }
            Self::TextAmong(text, list) => {
                let list = list.of(values);
                text.partial(values).outcomes(|text| list.iter().any(|item| item == text))
            }
            Self::UrlAmong(urls) => {
                let url = canonical(values.text(Variable::Url));
                Outcomes::from(urls.iter().any(|one| *one == url))
            }
            Self::Has(position, both) => {
                let [text, wanted] = both.each_ref().map(|text| text.partial(values));
                text.and(wanted).outcomes(|(text, wanted)| position.of(text, wanted))
            }
            Self::Matches(text, pattern) => {
                text.partial(values).outcomes(|text| pattern.is_in(text))
            }
        }
    }
}

impl Number {
    fn partial(&self, values: &Values<'_>) -> PartialValue<i64> {
        match self {
            Self::Is(number) => PartialValue::Is(*number),
            Self::Of(variable) => values.number(*variable),
            Self::Negated(number) => number.partial(values).number(i64::checked_neg),
            Self::Both(arithmetic, both) => {
                let [one, other] = both.each_ref().map(|number| number.partial(values));
                one.and(other).number(|(one, other)| arithmetic.of(one, other))
            }
            Self::Choice(choice) => {
                let Choice { test, yes, no } = &**choice;
                test.outcomes(values).pick(|| yes.partial(values), || no.partial(values))
            }
            Self::Characters(text) => {
                text.partial(values).number(|text| i64::try_from(text.chars().count()).ok())
            }
            Self::Items(texts) => PartialValue::Is(texts.of(values).len() as i64),
        }
    }
}

impl Text {
    fn partial<'a>(&'a self, values: &'a Values<'_>) -> PartialValue<&'a str> {
        match self {
            Self::Is(text) => PartialValue::Is(text),
            Self::Of(variable) => PartialValue::Is(values.text(*variable)),
            Self::Choice(choice) => {
                let Choice { test, yes, no } = &**choice;
                test.outcomes(values).pick(|| yes.partial(values), || no.partial(values))
            }
        }
    }
}

impl TextList {
    fn of<'a>(&'a self, values: &'a Values<'_>) -> &'a [String] {
        match self {
            Self::Are(texts) => texts,
            Self::Of(variable) => values.texts(*variable),
        }
    }
}
