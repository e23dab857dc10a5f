//! A condition as a tree in which every type is right, and nothing is deeper than [`DEEPEST_TREE`].

use super::pattern::Pattern;
use super::variable::Variable;

/// How deep the tree may be. It is walked by recursion, also where the stack is small.
pub(super) const DEEPEST_TREE: usize = 40;

/// What holds or does not.
#[derive(Debug)]
pub(super) enum Test {
    Is(bool),
    Not(Box<Test>),
    And(Box<[Test; 2]>),
    Or(Box<[Test; 2]>),
    Same(Box<[Test; 2]>),
    Choice(Box<Choice<Test>>),
    Compared(Comparison),
}

/// What values are asked.
#[derive(Debug)]
pub(super) enum Comparison {
    Numbers(ComparisonOperator, Box<[Number; 2]>),
    Texts(ComparisonOperator, Box<[Text; 2]>),
    NumberAmong(Box<Number>, Vec<i64>),
    TextAmong(Box<Text>, TextList),
    /// The URL equals one of these, in the form that equal URLs share.
    UrlAmong(Vec<String>),
    Has(TextPosition, Box<[Text; 2]>),
    Matches(Box<Text>, Pattern),
}

/// A whole number.
#[derive(Debug)]
pub(super) enum Number {
    Is(i64),
    Of(Variable),
    Negated(Box<Number>),
    Both(Arithmetic, Box<[Number; 2]>),
    Choice(Box<Choice<Number>>),
    Characters(Box<Text>),
    Items(TextList),
}

/// A text.
#[derive(Debug)]
pub(super) enum Text {
    Is(String),
    Of(Variable),
    Choice(Box<Choice<Text>>),
}

/// A list of texts.
#[derive(Debug)]
pub(super) enum TextList {
    Are(Vec<String>),
    Of(Variable),
}

/// `test ? yes : no`.
#[derive(Debug)]
pub(super) struct Choice<T> {
    pub(super) test: Test,
    pub(super) yes: T,
    pub(super) no: T,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ComparisonOperator {
    Same,
    Other,
    Less,
    NotMore,
    More,
    NotLess,
}

/// What is made of two numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arithmetic {
    Plus,
    Minus,
    Times,
    Over,
    Rest,
}

/// Where in a text another is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextPosition {
    Anywhere,
    Start,
    End,
}

impl ComparisonOperator {
    /// Whether `a` and `b` stand so.
    pub(super) fn holds<T: Ord>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Same => a == b,
            Self::Other => a != b,
            Self::Less => a < b,
            Self::NotMore => a <= b,
            Self::More => a > b,
            Self::NotLess => a >= b,
        }
    }
}

impl Arithmetic {
    /// What `a` and `b` come to, if that is a number.
    pub(super) const fn of(self, a: i64, b: i64) -> Option<i64> {
        match self {
            Self::Plus => a.checked_add(b),
            Self::Minus => a.checked_sub(b),
            Self::Times => a.checked_mul(b),
            Self::Over => a.checked_div(b),
            Self::Rest => a.checked_rem(b),
        }
    }
}

impl TextPosition {
    /// Whether `text` has `wanted` there.
    pub(super) fn of(self, text: &str, wanted: &str) -> bool {
        match self {
            Self::Anywhere => text.contains(wanted),
            Self::Start => text.starts_with(wanted),
            Self::End => text.ends_with(wanted),
        }
    }
}
