//! `summarize`: rows → one row per group.

use std::collections::HashMap;

use super::error::KqlError;
use super::expr::{Bound, Node, Row, TypedNode, ordered, resolve};
use super::names::{ColumnNames, nameless};
use super::syntax::{Expr, NamedExpr};
use super::value::{Kind, Value};

const OPERATOR: &str = "summarize";

/// A `summarize` with its names resolved.
pub(super) struct Summarize<'a> {
    keys: Vec<Node<'a>>,
    aggregates: Vec<Aggregate<'a>>,
    /// The names and types of the rows it makes.
    pub columns: Vec<Bound<'a>>,
}

enum Aggregate<'a> {
    Count,
    CountIf(Node<'a>),
    Sum(Node<'a>),
    Least(Node<'a>),
    Most(Node<'a>),
}

impl<'a> Summarize<'a> {
    pub fn new(
        aggregates: &'a [NamedExpr],
        by: &'a [NamedExpr],
        scope: &[Bound<'a>],
    ) -> Result<Self, KqlError> {
        let mut summary = Self { keys: Vec::new(), aggregates: Vec::new(), columns: Vec::new() };
        let mut names = ColumnNames::new(OPERATOR);
        for NamedExpr { name, expr } in by {
            let typed = ordered(expr, scope, OPERATOR)?;
            let made = || key_name(expr).unwrap_or_else(|| nameless(&summary.columns));
            let name = names.give(name.as_deref(), expr, made)?;
            summary.name(name, typed.kind);
            summary.keys.push(typed.node);
        }
        for NamedExpr { name, expr } in aggregates {
            let (aggregate, kind) = aggregate(expr, scope)?;
            let name = names.give(name.as_deref(), expr, || aggregate_name(expr))?;
            summary.name(name, kind);
            summary.aggregates.push(aggregate);
        }
        Ok(summary)
    }

    fn name(&mut self, name: String, kind: Kind) {
        let node = Node::Column(self.columns.len());
        self.columns.push(Bound { name, typed: TypedNode { node, kind } });
    }

    /// An empty set of groups; without keys it is one group from the start.
    pub fn groups(&self) -> GroupedRows<'a> {
        let mut groups = GroupedRows::default();
        if self.keys.is_empty() {
            groups.rows.push(self.aggregates.iter().map(Aggregate::start).collect());
        }
        groups
    }

    /// Adds one row to its group.
    pub fn add(&self, groups: &mut GroupedRows<'a>, row: Row<'a, '_>) {
        groups.key.clear();
        groups.key.extend(self.keys.iter().map(|key| key.value(row)));
        let place = groups.place(|key| {
            let starts = self.aggregates.iter().map(Aggregate::start);
            key.iter().copied().chain(starts).collect()
        });
        let cells = groups.rows.get_mut(place).and_then(|made| made.get_mut(self.keys.len()..));
        for (aggregate, cell) in self.aggregates.iter().zip(cells.into_iter().flatten()) {
            aggregate.add(cell, row);
        }
    }
}

/// The groups so far, each as the row it becomes.
#[derive(Default)]
pub(super) struct GroupedRows<'a> {
    pub rows: Vec<Vec<Value<'a>>>,
    places: HashMap<Vec<Value<'a>>, usize>,
    /// The key of the row at hand: kept, so that not every row allocates one.
    key: Vec<Value<'a>>,
    last: usize,
}

impl<'a> GroupedRows<'a> {
    fn place(&mut self, new_row: impl FnOnce(&[Value<'a>]) -> Vec<Value<'a>>) -> usize {
        // Rows come in order of time, so most fall into the same bin as the one before.
        if self.rows.get(self.last).is_some_and(|row| row.starts_with(&self.key)) {
            return self.last;
        }
        self.last = if let Some(place) = self.places.get(self.key.as_slice()) {
            *place
        } else {
            self.rows.push(new_row(&self.key));
            self.places.insert(self.key.clone(), self.rows.len() - 1);
            self.rows.len() - 1
        };
        self.last
    }
}

impl<'a> Aggregate<'a> {
    const fn start(&self) -> Value<'a> {
        match self {
            Self::Count | Self::CountIf(_) | Self::Sum(_) => Value::Long(0),
            Self::Least(_) | Self::Most(_) => Value::Null,
        }
    }

    fn add(&self, so_far: &mut Value<'a>, row: Row<'a, '_>) {
        match (self, so_far) {
            (Self::Count, Value::Long(count)) => *count += 1,
            (Self::CountIf(test), Value::Long(count)) => *count += i64::from(test.holds(row)),
            (Self::Sum(of), Value::Long(sum)) => {
                if let Value::Long(more) = of.value(row) {
                    *sum = sum.saturating_add(more);
                }
            }
            (Self::Least(of), least) => {
                let value = of.value(row);
                if value != Value::Null && (*least == Value::Null || value < *least) {
                    *least = value;
                }
            }
            (Self::Most(of), most) => *most = of.value(row).max(*most),
            _ => {}
        }
    }
}

fn aggregate<'a>(expr: &'a Expr, scope: &[Bound<'a>]) -> Result<(Aggregate<'a>, Kind), KqlError> {
    let unknown = |name: &str| KqlError::Function { operator: OPERATOR, name: name.to_owned() };
    let Expr::Call(name, arguments) = expr else { return Err(unknown("")) };
    let of_kind = |expr, kind: Kind| {
        let typed = resolve(expr, scope, OPERATOR)?;
        let (name, expected) = (name.clone(), kind.kql_name());
        let wrong = KqlError::Argument { operator: OPERATOR, name, expected };
        if typed.kind == kind { Ok(typed.node) } else { Err(wrong) }
    };
    match (name.as_str(), arguments.as_slice()) {
        ("count", []) => Ok((Aggregate::Count, Kind::Long)),
        ("countif", [test]) => Ok((Aggregate::CountIf(of_kind(test, Kind::Bool)?), Kind::Long)),
        ("sum", [of]) => Ok((Aggregate::Sum(of_kind(of, Kind::Long)?), Kind::Long)),
        ("min", [of]) => ordered(of, scope, OPERATOR)
            .map(|TypedNode { node, kind }| (Aggregate::Least(node), kind)),
        ("max", [of]) => ordered(of, scope, OPERATOR)
            .map(|TypedNode { node, kind }| (Aggregate::Most(node), kind)),
        _ => Err(unknown(name)),
    }
}

/// The name that Kusto gives a key without one, if it has any of its own.
fn key_name(expr: &Expr) -> Option<String> {
    let Expr::Call(_, arguments) = expr else { return None };
    match arguments.as_slice() {
        [Expr::Column(name), ..] => Some(name.clone()),
        _ => None,
    }
}

/// The name that Kusto gives an aggregate without one.
fn aggregate_name(expr: &Expr) -> String {
    match expr {
        Expr::Call(name, arguments) => match arguments.as_slice() {
            [Expr::Column(column)] if name != "countif" => format!("{name}_{column}"),
            _ => format!("{name}_"),
        },
        _ => String::new(),
    }
}
