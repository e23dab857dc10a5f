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

mod answer;
mod check;
mod fault;
mod found;
mod parse;
mod pattern;
mod remedy;
mod tree;
mod variable;

use std::fmt;
use std::sync::Arc;

pub use answer::{Answer, Values};
pub use fault::Fault;
pub use variable::{Kind, Part, Variable};

/// A condition that can be asked. Two are equal when their texts are.
#[derive(Clone)]
pub struct Condition(Arc<Inner>);

struct Inner {
    text: String,
    read: parse::Read,
}

impl Condition {
    /// Reads the condition of a rule that is by the parts `by`.
    pub fn parse(text: &str, by: &[Part]) -> Result<Self, Fault> {
        let read = parse::parse(text, by)?;
        Ok(Self(Arc::new(Inner { text: text.to_owned(), read })))
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What of it can never match: each is a comparison that does not hold, whatever is clicked.
    pub fn unmatchable(&self) -> &[Fault] {
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

    /// Whether it holds. A numeric overflow and a division by zero are [`Answer::Fails`], unless
    /// `&&` or `||` settle the matter without them; what cannot be said before a number is known is
    /// [`Answer::Unknown`].
    pub fn answer(&self, values: &Values<'_>) -> Answer {
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
