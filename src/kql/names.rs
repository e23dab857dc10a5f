//! The names of the columns that one operator makes.

use super::error::KqlError;
use super::expr::Bound;
use super::syntax::Expr;

/// The names that an operator has given so far, and whether the text says each itself.
pub(super) struct ColumnNames {
    operator: &'static str,
    given: Vec<(String, Said)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    ByTheText,
    ByUs,
}

impl ColumnNames {
    pub fn new(operator: &'static str) -> Self {
        Self { operator, given: Vec::new() }
    }

    /// The name of the next column. What the text names twice is an error; what it does not name
    /// gets `made`, numbered where that is taken.
    pub fn give(
        &mut self,
        name: Option<&str>,
        expr: &Expr,
        made: impl FnOnce() -> String,
    ) -> Result<String, KqlError> {
        let (name, said) = match (name, expr) {
            (Some(name), _) => (name.to_owned(), Said::ByTheText),
            (None, Expr::Column(name)) => (name.clone(), Said::ByTheText),
            (None, _) => (made(), Said::ByUs),
        };
        if said == Said::ByTheText && self.given.contains(&(name.clone(), said)) {
            return Err(KqlError::Twice { operator: self.operator, name });
        }
        let name = self.free(&name);
        self.given.push((name.clone(), said));
        Ok(name)
    }

    fn free(&self, name: &str) -> String {
        let is_taken = |name: &str| self.given.iter().any(|(given, _)| given == name);
        if !is_taken(name) {
            return name.to_owned();
        }
        let mut numbered = (1..=self.given.len()).map(|number| format!("{name}{number}"));
        numbered.find(|name| !is_taken(name)).unwrap_or_default()
    }
}

/// The name of a column that has none, beside `columns`.
pub(super) fn nameless(columns: &[Bound<'_>]) -> String {
    let is_free = |name: &String| columns.iter().all(|column| column.name != *name);
    let mut numbered = (1..=columns.len() + 1).map(|number| format!("Column{number}"));
    numbered.find(is_free).unwrap_or_default()
}
