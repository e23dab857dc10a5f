//! The shape of a query of the subset.

use crate::clock::Tick;

/// A table and what is done with its rows, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub(super) table: String,
    pub(super) operators: Vec<Operator>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Where(Expr),
    Extend(Vec<NamedExpr>),
    Project(Vec<NamedExpr>),
    Summarize { aggregates: Vec<NamedExpr>, by: Vec<NamedExpr> },
    Order(Vec<(Expr, Direction)>),
    Take(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ascending,
    Descending,
}

/// An expression and the name that the text gives it, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedExpr {
    pub name: Option<String>,
    pub expr: Expr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    Column(String),
    Text(String),
    Long(i64),
    Bool(bool),
    Time(Tick),
    /// A length of time, in ticks.
    Length(i64),
    /// All of them hold.
    And(Vec<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    HasAny(Box<Expr>, Vec<String>),
    /// `startswith_cs`, or with `!` its opposite.
    StartsWith(Box<Expr>, String, Sense),
    Call(String, Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    AtLeast,
    Below,
    Equal,
}

/// Whether a test is meant as it stands or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    Plain,
    Negated,
}
