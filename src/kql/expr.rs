//! Expressions with their names resolved and types checked, and their value for one row.

use crate::click::has_term;
use crate::clock::Tick;

use super::error::KqlError;
use super::syntax::{Comparison, Expr, Sense};
use super::table::TableView;
use super::value::{Kind, Value};

/// What a name stands for at a point of the query.
#[derive(Clone, Debug)]
pub(super) struct Bound<'a> {
    pub name: String,
    pub typed: TypedNode<'a>,
}

/// An expression ready to be evaluated, and the type of its value.
#[derive(Clone, Debug)]
pub(super) struct TypedNode<'a> {
    pub node: Node<'a>,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    /// A column of the rows that flow in: of the table, or of the last `summarize`.
    Column(usize),
    Literal(Value<'a>),
    All(Vec<Node<'a>>),
    Compare(Comparison, Box<Node<'a>>, Box<Node<'a>>),
    HasAny(Box<Node<'a>>, &'a [String]),
    StartsWith(Box<Node<'a>>, &'a str, Sense),
    Length(Box<Node<'a>>),
    Empty(Box<Node<'a>>, Sense),
    Bin(Box<Node<'a>>, i64),
}

/// A row that flows through a query.
#[derive(Clone, Copy)]
pub(super) enum Row<'a, 'r> {
    /// A row of the table, by its place.
    Stored(TableView<'a>, usize),
    /// A row that `summarize` made.
    Made(&'r [Value<'a>]),
}

impl<'a> Row<'a, '_> {
    fn cell(&self, column: usize) -> Value<'a> {
        match self {
            Self::Stored(table, row) => table.cell(*row, column),
            Self::Made(cells) => cells.get(column).copied().unwrap_or(Value::Null),
        }
    }
}

/// From the first tick of year 1, where `bin` begins to count, to 1970.
const YEAR_ONE: i64 = 62_135_596_800 * crate::clock::SECOND;

impl<'a> Node<'a> {
    /// The value for one row.
    pub fn value(&self, row: Row<'a, '_>) -> Value<'a> {
        match self {
            Self::Column(column) => row.cell(*column),
            Self::Literal(value) => *value,
            Self::All(nodes) => all(nodes.iter().map(|node| node.value(row))),
            Self::Compare(how, left, right) => compare(*how, left.value(row), right.value(row)),
            Self::HasAny(text, needles) => of_text(text.value(row), |text| {
                Value::Bool(needles.iter().any(|needle| has_term(text, needle)))
            }),
            Self::StartsWith(text, prefix, sense) => of_text(text.value(row), |text| {
                Value::Bool(text.starts_with(prefix) == (*sense == Sense::Plain))
            }),
            Self::Length(text) => of_text(text.value(row), |t| Value::Long(characters(t))),
            Self::Empty(node, sense) => {
                Value::Bool(node.value(row).is_empty() == (*sense == Sense::Plain))
            }
            Self::Bin(time, step) => match time.value(row) {
                Value::Time(Tick(ticks)) => {
                    Value::Time(Tick(ticks - (ticks + YEAR_ONE).rem_euclid(*step)))
                }
                _ => Value::Null,
            },
        }
    }

    /// Whether the row passes: null does not.
    pub fn holds(&self, row: Row<'a, '_>) -> bool {
        self.value(row) == Value::Bool(true)
    }
}

fn all<'a>(values: impl Iterator<Item = Value<'a>>) -> Value<'a> {
    let mut result = Value::Bool(true);
    for value in values {
        match value {
            Value::Bool(true) => {}
            Value::Bool(false) => return value,
            _ => result = Value::Null,
        }
    }
    result
}

fn compare<'a>(how: Comparison, left: Value<'a>, right: Value<'a>) -> Value<'a> {
    match (left, right) {
        (Value::Bool(bool), Value::Long(_)) => compare(how, Value::Long(bool.into()), right),
        (Value::Long(_), Value::Bool(bool)) => compare(how, left, Value::Long(bool.into())),
        (Value::Null, Value::Null) => Value::Null,
        // Equality with null is false, not null (Kusto, "Null values").
        (Value::Null, _) | (_, Value::Null) if how == Comparison::Equal => Value::Bool(false),
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        _ => Value::Bool(match how {
            Comparison::AtLeast => left >= right,
            Comparison::Below => left < right,
            Comparison::Equal => left == right,
        }),
    }
}

fn of_text<'a>(value: Value<'a>, f: impl FnOnce(&'a str) -> Value<'a>) -> Value<'a> {
    match value {
        Value::Text(text) => f(text),
        _ => Value::Null,
    }
}

fn characters(text: &str) -> i64 {
    if text.is_ascii() { text.len() as i64 } else { text.chars().count() as i64 }
}

/// Resolves an expression where `scope` is known and the query stands at `operator`.
pub(super) fn resolve<'a>(
    expr: &'a Expr,
    scope: &[Bound<'a>],
    operator: &'static str,
) -> Result<TypedNode<'a>, KqlError> {
    Resolver { scope, operator }.typed(expr)
}

/// The same, of a type whose values have an order.
pub(super) fn ordered<'a>(
    expr: &'a Expr,
    scope: &[Bound<'a>],
    operator: &'static str,
) -> Result<TypedNode<'a>, KqlError> {
    let typed = resolve(expr, scope, operator)?;
    if typed.kind == Kind::Dynamic {
        let (name, expected) = ("dynamic".to_owned(), "scalar");
        return Err(KqlError::Argument { operator, name, expected });
    }
    Ok(typed)
}

struct Resolver<'s, 'a> {
    scope: &'s [Bound<'a>],
    operator: &'static str,
}

impl<'a> Resolver<'_, 'a> {
    fn typed(&self, expr: &'a Expr) -> Result<TypedNode<'a>, KqlError> {
        let typed = |node, kind| Ok(TypedNode { node, kind });
        match expr {
            Expr::Column(name) => self.column(name),
            Expr::Text(text) => typed(Node::Literal(Value::Text(text)), Kind::Text),
            Expr::Long(long) => typed(Node::Literal(Value::Long(*long)), Kind::Long),
            Expr::Bool(bool) => typed(Node::Literal(Value::Bool(*bool)), Kind::Bool),
            Expr::Time(tick) => typed(Node::Literal(Value::Time(*tick)), Kind::Time),
            Expr::Length(_) => self.wrong("timespan", "scalar"),
            Expr::And(all) => {
                let all = all.iter().map(|e| self.of_kind(e, Kind::Bool, "and"));
                typed(Node::All(all.collect::<Result<_, _>>()?), Kind::Bool)
            }
            Expr::Compare(how, left, right) => self.comparison(*how, left, right),
            Expr::HasAny(text, needles) => {
                let text = self.of_kind(text, Kind::Text, "has_any")?;
                typed(Node::HasAny(Box::new(text), needles), Kind::Bool)
            }
            Expr::StartsWith(text, prefix, sense) => {
                let text = self.of_kind(text, Kind::Text, "startswith_cs")?;
                typed(Node::StartsWith(Box::new(text), prefix, *sense), Kind::Bool)
            }
            Expr::Call(name, arguments) => self.call(name, arguments),
        }
    }

    fn column(&self, name: &str) -> Result<TypedNode<'a>, KqlError> {
        let bound = self.scope.iter().find(|bound| bound.name == name);
        bound
            .map(|bound| bound.typed.clone())
            .ok_or_else(|| KqlError::Column { operator: self.operator, name: name.to_owned() })
    }

    fn of_kind(&self, expr: &'a Expr, kind: Kind, of: &str) -> Result<Node<'a>, KqlError> {
        let typed = self.typed(expr)?;
        if typed.kind == kind { Ok(typed.node) } else { self.wrong(of, kind.kql_name()) }
    }

    fn wrong<T>(&self, name: &str, expected: &'static str) -> Result<T, KqlError> {
        Err(KqlError::Argument { operator: self.operator, name: name.to_owned(), expected })
    }

    fn comparison(
        &self,
        how: Comparison,
        left: &'a Expr,
        right: &'a Expr,
    ) -> Result<TypedNode<'a>, KqlError> {
        let (left, right) = (self.typed(left)?, self.typed(right)?);
        match (left.kind, right.kind) {
            // Texts are the same or not, and have no order.
            (Kind::Text, Kind::Text) if how != Comparison::Equal => {
                let (left, right) = (left.kind.kql_name(), right.kind.kql_name());
                return Err(KqlError::Compared { operator: self.operator, left, right });
            }
            // true is 1, and false is 0.
            (Kind::Bool, Kind::Long) | (Kind::Long, Kind::Bool) => {}
            (kind, other) if kind == other => {}
            (kind, _) => return self.wrong("comparison", kind.kql_name()),
        }
        let node = Node::Compare(how, Box::new(left.node), Box::new(right.node));
        Ok(TypedNode { node, kind: Kind::Bool })
    }

    fn call(&self, name: &str, arguments: &'a [Expr]) -> Result<TypedNode<'a>, KqlError> {
        let empty = |sense| match arguments {
            [of] => {
                let of = Box::new(self.typed(of)?.node);
                Ok(TypedNode { node: Node::Empty(of, sense), kind: Kind::Bool })
            }
            _ => self.wrong(name, "scalar"),
        };
        match (name, arguments) {
            ("isempty", _) => empty(Sense::Plain),
            ("isnotempty", _) => empty(Sense::Negated),
            ("strlen", [of]) => {
                let of = Box::new(self.of_kind(of, Kind::Text, name)?);
                Ok(TypedNode { node: Node::Length(of), kind: Kind::Long })
            }
            ("bin", [of, Expr::Length(step)]) if *step > 0 => {
                let of = Box::new(self.of_kind(of, Kind::Time, name)?);
                Ok(TypedNode { node: Node::Bin(of, *step), kind: Kind::Time })
            }
            _ => Err(KqlError::Function { operator: self.operator, name: name.to_owned() }),
        }
    }
}
