//! A rule's condition: a CEL expression over what is known of one group of clicks.
//!
//! ```text
//! clicked_past_block > 0 && !(host in ["intranet.example"])
//! ```
//!
//! `cel` reads the text; the types, and what it comes to, are ours. `cel` itself finds out while
//! evaluating that a text is no number, compiles a pattern anew each time, and knows no number that
//! is still to come. Tests hold our answers to those of `cel`.
//!
//! What there is: whole numbers, texts, `true` and `false`, lists of literals, and the
//! [variables](Variable); `&& || !`, `== != < <= > >=`, `+ - * / %` of numbers, `? :`, `in`;
//! `contains`, `startsWith`, `endsWith`, `matches` with a pattern that is written out, and `size`.
//! Nothing loops and nothing makes a text longer, a condition has at most 1,000 bytes, patterns are
//! automatons, and of a text only the first 8,192 bytes are looked at: no evaluation takes 10 ms.

mod check;
mod error;
mod evaluate;
mod parse;
mod partial;
mod pattern;
mod remedy;
mod tree;
mod variable;

use std::fmt;
use std::sync::Arc;

pub use error::ConditionError;
pub use evaluate::{Evaluation, Values};
pub use variable::{GroupBy, Kind, Variable};

/// A condition that can be asked. Two are equal when their texts are.
#[derive(Clone)]
pub struct Condition(Arc<Parsed>);

struct Parsed {
    text: String,
    read: parse::CheckedCondition,
}

impl Condition {
    /// Reads the condition of a rule that is by the parts `by`.
    pub fn parse(text: &str, by: &[GroupBy]) -> Result<Self, ConditionError> {
        let read = parse::parse(text, by)?;
        Ok(Self(Arc::new(Parsed { text: text.to_owned(), read })))
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What of it can never match: each is a comparison that does not hold, whatever is clicked.
    pub fn unmatchable(&self) -> &[ConditionError] {
        &self.0.read.unmatchable
    }

    /// Whether it names this variable.
    pub fn uses(&self, variable: Variable) -> bool {
        self.0.read.uses.contains(&variable)
    }

    /// The variables that it names, each once.
    pub fn variables(&self) -> impl Iterator<Item = Variable> + '_ {
        self.0.read.uses.iter().copied()
    }

    /// Whether it holds. A numeric overflow and a division by zero are [`Evaluation::Fails`], unless
    /// `&&` or `||` settle the matter without them; what cannot be said before a number is known is
    /// [`Evaluation::Unknown`].
    pub fn evaluate(&self, values: &Values<'_>) -> Evaluation {
        self.0.read.test.outcomes(values).into()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.0.text).finish()
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Condition {}
