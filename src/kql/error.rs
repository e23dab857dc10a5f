//! Why a text cannot be answered, in the words of Kusto as the hunting API passes them on.

/// A query that cannot be answered; asking again gives the same. The texts of the semantic errors
/// are those that the hunting API sends with status 400 (as captured by its public clients);
/// those of the syntax errors are ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KqlError {
    /// The text is no query of the subset.
    #[error(
        "Syntax error: Query could not be parsed at '{found}'. Fix syntax errors in your query."
    )]
    Syntax {
        /// What stands where the reader stopped; empty at the end of the text.
        found: String,
    },
    /// No such table.
    #[error(
        "'where' operator: Failed to resolve table or column expression named '{0}'. Fix semantic errors in your query."
    )]
    Table(String),
    /// No such column.
    #[error(
        "'{operator}' operator: Failed to resolve scalar expression named '{name}'. Fix semantic errors in your query."
    )]
    Column {
        /// The operator that names it.
        operator: &'static str,
        /// The name.
        name: String,
    },
    /// No such function, or not where it stands.
    #[error(
        "'{operator}' operator: Unknown function: '{name}'. Fix semantic errors in your query."
    )]
    Function {
        /// The operator that calls it.
        operator: &'static str,
        /// The name.
        name: String,
    },
    /// An operand of a type that the function or operator does not take.
    #[error(
        "'{operator}' operator: {name}: argument #1 expected to be a {expected} expression. Fix semantic errors in your query."
    )]
    Argument {
        /// The operator it stands in.
        operator: &'static str,
        /// The function, or the comparison.
        name: String,
        /// What it takes.
        expected: &'static str,
    },
    /// Two columns of one name.
    #[error(
        "'{operator}' operator: A column with the name '{name}' is already declared. Fix semantic errors in your query."
    )]
    Twice {
        /// The operator that names it.
        operator: &'static str,
        /// The name.
        name: String,
    },
    /// A comparison of values that have no order.
    #[error(
        "'{operator}' operator: Cannot compare values of types {left} and {right}. Try adding explicit casts. Fix semantic errors in your query."
    )]
    Compared {
        /// The operator it stands in.
        operator: &'static str,
        /// The type on the left.
        left: &'static str,
        /// The type on the right.
        right: &'static str,
    },
}
