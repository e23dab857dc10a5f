//! KQL: the texts that collection sends, and a small evaluator of the same subset over a table in
//! memory.
//!
//! [`query`] writes texts; [`parse`](fn@parse) reads one, [`run`] answers it from a [`Table`]. The
//! subset is `where` (`>=`, `<`, `==`, `and`, `has_any`, `startswith_cs`, `!startswith_cs`,
//! `datetime(...)`), `extend`, `project`, `summarize` (`count`, `countif`, `sum(strlen(...))`,
//! `min`, `max` by columns and `bin`), `order by` and `take`. The evaluator serves the demo's
//! tenant and local hunts; tests hold it against engines that others wrote.

mod click_table;
mod error;
mod eval;
mod expr;
mod lex;
mod names;
mod parse;
mod portal_query;
pub mod query;
mod summarize;
mod syntax;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub use click_table::{add_click, click_table};
pub use error::KqlError;
pub use eval::{QueryResult, run};
pub use parse::parse;
pub use portal_query::{literal, portal_query};
pub use syntax::Statement;
pub use table::{Column, RowId, Table, TableView};
pub use value::{Kind, Value};
