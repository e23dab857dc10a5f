//! Answers a query from a table, operator by operator.

use crate::clock::{Span, Tick};

use super::error::KqlError;
use super::expr::{Bound, Node, Row, TypedNode, ordered, resolve};
use super::names::{ColumnNames, nameless};
use super::summarize::Summarize;
use super::syntax::{Comparison, Direction, Expr, NamedExpr, Operator, Statement};
use super::table::{ALWAYS, TableView};
use super::value::{Kind, Value};

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct QueryResult<'a> {
    table: TableView<'a>,
    columns: Vec<Bound<'a>>,
    rows: ResultRows<'a>,
}

#[derive(Clone, Debug)]
enum ResultRows<'a> {
    /// Rows of the table that no operator has looked at yet: those in the span that pass.
    Pending { span: Span, filters: Vec<Node<'a>> },
    /// Rows of the table, by place.
    Stored(Vec<usize>),
    /// Rows that a `summarize` made.
    Made(Vec<Vec<Value<'a>>>),
}

/// Answers `statement` from `view`. A range of time at the head of the query is found by binary
/// search, so it costs what the range holds, not what the table holds.
pub fn run<'a>(
    statement: &'a Statement,
    table: TableView<'a>,
) -> Result<QueryResult<'a>, KqlError> {
    if statement.table != table.name() {
        return Err(KqlError::Table(statement.table.clone()));
    }
    let column = |(place, column): (usize, &super::table::Column)| Bound {
        name: column.name.clone(),
        typed: TypedNode { node: Node::Column(place), kind: column.kind },
    };
    let rows = ResultRows::Pending { span: ALWAYS, filters: Vec::new() };
    let mut answer = QueryResult { table, columns: table.columns().map(column).collect(), rows };
    for operator in &statement.operators {
        answer.apply(operator)?;
    }
    answer.settle(usize::MAX);
    Ok(answer)
}

impl<'a> QueryResult<'a> {
    /// The names and types of its columns.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&str, Kind)> {
        self.columns.iter().map(|bound| (bound.name.as_str(), bound.typed.kind))
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        match &self.rows {
            ResultRows::Pending { .. } => 0,
            ResultRows::Stored(rows) => rows.len(),
            ResultRows::Made(rows) => rows.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether its rows are the table's own, not made by a `summarize`.
    pub const fn is_of_table(&self) -> bool {
        !matches!(self.rows, ResultRows::Made(_))
    }

    /// Keeps the first `rows` rows only.
    pub fn truncate(&mut self, rows: usize) {
        match &mut self.rows {
            ResultRows::Pending { .. } => {}
            ResultRows::Stored(all) => all.truncate(rows),
            ResultRows::Made(all) => all.truncate(rows),
        }
    }

    /// Leaves out the row at `place`, if there is one.
    pub fn remove(&mut self, place: usize) {
        match &mut self.rows {
            ResultRows::Stored(all) if place < all.len() => drop(all.remove(place)),
            ResultRows::Made(all) if place < all.len() => drop(all.remove(place)),
            _ => {}
        }
    }

    /// Its rows, each as its values in the order of the columns.
    pub fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = Value<'a>>> {
        (0..self.len())
            .filter_map(|place| self.row(place))
            .map(|row| self.columns.iter().map(move |bound| bound.typed.node.value(row)))
    }

    fn row(&self, place: usize) -> Option<Row<'a, '_>> {
        match &self.rows {
            ResultRows::Pending { .. } => None,
            ResultRows::Stored(rows) => rows.get(place).map(|row| Row::Stored(self.table, *row)),
            ResultRows::Made(rows) => rows.get(place).map(|row| Row::Made(row)),
        }
    }

    fn apply(&mut self, operator: &'a Operator) -> Result<(), KqlError> {
        match operator {
            Operator::Where(test) => self.filter(test),
            Operator::Extend(named) => self.extend(named),
            Operator::Project(named) => self.project(named),
            Operator::Summarize { aggregates, by } => self.summarize(aggregates, by),
            Operator::Order(keys) => self.order(keys),
            Operator::Take(rows) => {
                self.settle(*rows);
                Ok(())
            }
        }
    }

    /// Every expression sees the columns as they flow in, not what stands beside it.
    fn extend(&mut self, named: &'a [NamedExpr]) -> Result<(), KqlError> {
        const OPERATOR: &str = "extend";
        let (flowing, mut names) = (self.columns.clone(), ColumnNames::new(OPERATOR));
        for NamedExpr { name, expr } in named {
            let typed = resolve(expr, &flowing, OPERATOR)?;
            let nameless = || nameless(&self.columns);
            let name = names.give(name.as_deref(), expr, nameless)?;
            self.bind(name, typed);
        }
        Ok(())
    }

    /// Names a value; a column of that name is replaced where it stands.
    fn bind(&mut self, name: String, typed: TypedNode<'a>) {
        match self.columns.iter_mut().find(|bound| bound.name == name) {
            Some(bound) => bound.typed = typed,
            None => self.columns.push(Bound { name, typed }),
        }
    }

    fn project(&mut self, named: &'a [NamedExpr]) -> Result<(), KqlError> {
        const OPERATOR: &str = "project";
        let (mut columns, mut names) = (Vec::new(), ColumnNames::new(OPERATOR));
        for NamedExpr { name, expr } in named {
            let typed = resolve(expr, &self.columns, OPERATOR)?;
            let name = names.give(name.as_deref(), expr, || nameless(&columns))?;
            columns.push(Bound { name, typed });
        }
        self.columns = columns;
        Ok(())
    }

    fn filter(&mut self, test: &'a Expr) -> Result<(), KqlError> {
        let TypedNode { node, kind } = resolve(test, &self.columns, "where")?;
        if kind != Kind::Bool {
            let (operator, name) = ("where", "predicate".to_owned());
            return Err(KqlError::Argument { operator, name, expected: "bool" });
        }
        let table = self.table;
        match &mut self.rows {
            ResultRows::Pending { span, filters } => {
                let tests = if let Node::All(all) = node { all } else { vec![node] };
                filters.extend(tests.into_iter().filter(|test| !narrow(test, span)));
            }
            ResultRows::Stored(rows) => rows.retain(|row| node.holds(Row::Stored(table, *row))),
            ResultRows::Made(rows) => rows.retain(|row| node.holds(Row::Made(row))),
        }
        Ok(())
    }

    fn summarize(
        &mut self,
        aggregates: &'a [NamedExpr],
        by: &'a [NamedExpr],
    ) -> Result<(), KqlError> {
        let summary = Summarize::new(aggregates, by, &self.columns)?;
        let mut groups = summary.groups();
        match &self.rows {
            ResultRows::Pending { span, filters } => {
                for row in passing(self.table, *span, filters) {
                    summary.add(&mut groups, Row::Stored(self.table, row));
                }
            }
            ResultRows::Stored(_) | ResultRows::Made(_) => {
                for row in (0..self.len()).filter_map(|place| self.row(place)) {
                    summary.add(&mut groups, row);
                }
            }
        }
        self.rows = ResultRows::Made(groups.rows);
        self.columns = summary.columns;
        Ok(())
    }

    fn order(&mut self, keys: &'a [(Expr, Direction)]) -> Result<(), KqlError> {
        let node = |(expr, way): &'a (Expr, Direction)| {
            ordered(expr, &self.columns, "order").map(|typed| (typed.node, *way))
        };
        let keys = keys.iter().map(node).collect::<Result<Vec<_>, _>>()?;
        self.settle(usize::MAX);
        let table = self.table;
        match &mut self.rows {
            ResultRows::Pending { .. } => {}
            ResultRows::Stored(rows) => {
                rows.sort_by(|a, b| {
                    in_order(&keys, Row::Stored(table, *a), Row::Stored(table, *b))
                });
            }
            ResultRows::Made(rows) => {
                rows.sort_by(|a, b| in_order(&keys, Row::Made(a), Row::Made(b)));
            }
        }
        Ok(())
    }

    /// Finds the rows that are pending, and keeps at most `most`.
    fn settle(&mut self, most: usize) {
        if let ResultRows::Pending { span, filters } = &self.rows {
            let rows = passing(self.table, *span, filters).take(most).collect();
            self.rows = ResultRows::Stored(rows);
        }
        self.truncate(most);
    }
}

fn in_order<'a>(
    keys: &[(Node<'a>, Direction)],
    a: Row<'a, '_>,
    b: Row<'a, '_>,
) -> std::cmp::Ordering {
    let by_key = |(node, way): &(Node<'a>, Direction)| match way {
        // Null is least, so it comes first when ascending and last when descending, as in Kusto.
        Direction::Ascending => node.value(a).cmp(&node.value(b)),
        Direction::Descending => node.value(b).cmp(&node.value(a)),
    };
    keys.iter().map(by_key).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

fn passing<'a>(
    table: TableView<'a>,
    span: Span,
    filters: &[Node<'a>],
) -> impl Iterator<Item = usize> {
    table
        .within(span)
        .filter(move |row| filters.iter().all(|test| test.holds(Row::Stored(table, *row))))
}

/// Cuts `span` by a test of the table's own time; `false` if it is any other test.
fn narrow(test: &Node<'_>, span: &mut Span) -> bool {
    let Node::Compare(how, left, right) = test else { return false };
    let (Node::Column(0), Node::Literal(Value::Time(edge))) = (&**left, &**right) else {
        return false;
    };
    let after = |edge: Tick| Span::new(edge, ALWAYS.until);
    let before = |edge: Tick| Span::new(ALWAYS.from, edge);
    *span = match how {
        Comparison::AtLeast => span.intersect(after(*edge)),
        Comparison::Below => span.intersect(before(*edge)),
        Comparison::Equal => span.intersect(after(*edge)).intersect(before(edge.plus(1))),
    };
    true
}
