//! What of a condition can never match, each with what does: the rule goes on, and somebody is told.

use super::super::pattern;
use super::super::tree::{Text, TextList, TextPosition};
use super::super::variable::Variable;
use super::{Checker, TypedPart};
use crate::click::spelling::{self, Instead, Never};
use crate::text::escape::one_line;

impl Checker<'_> {
    /// `host == "Ünïcode.example"`, either way round.
    pub(super) fn equal(&mut self, [left, right]: [u64; 2], one: &TypedPart, other: &TypedPart) {
        match (one, other) {
            (TypedPart::Text(Text::Of(variable)), TypedPart::Text(Text::Is(text))) => {
                self.whole(right, *variable, text);
            }
            (TypedPart::Text(Text::Is(text)), TypedPart::Text(Text::Of(variable))) => {
                self.whole(left, *variable, text);
            }
            _ => {}
        }
    }

    /// `host in ["Ünïcode.example"]`.
    pub(super) fn one_of(&mut self, id: u64, item: &TypedPart, list: &TypedPart) {
        let (TypedPart::Text(Text::Of(variable)), TypedPart::TextList(TextList::Are(texts))) =
            (item, list)
        else {
            return;
        };
        for text in texts {
            self.whole(id, *variable, text);
        }
    }

    /// `host.endsWith(".Example")`.
    pub(super) fn has_at(&mut self, id: u64, position: TextPosition, [text, wanted]: &[Text; 2]) {
        let (Text::Of(variable), Text::Is(wanted)) = (text, wanted) else { return };
        let never = match (variable, position) {
            (Variable::Host, _) => spelling::part_of_host(wanted),
            (Variable::User, _) => spelling::folded_user(wanted),
            (Variable::Url, TextPosition::Start) => spelling::url(wanted),
            _ => None,
        };
        self.note(id, *variable, wanted, never);
    }

    /// A pattern that cannot match, or means something else than in RE2, whose syntax CEL names.
    pub(super) fn odd_pattern(&mut self, id: u64, text: &str) {
        if let Some((problem, remedy)) = pattern::oddity(text) {
            let error = self.error(id, problem, remedy);
            self.unmatchable.push(error);
        }
    }

    /// A text with which a variable is compared whole.
    fn whole(&mut self, id: u64, variable: Variable, text: &str) {
        let never = match variable {
            Variable::Host => spelling::exact_host(text),
            Variable::User => spelling::user(text).or_else(|| spelling::folded_user(text)),
            Variable::Url => spelling::url(text),
            _ => None,
        };
        self.note(id, variable, text, never);
    }

    fn note(&mut self, id: u64, variable: Variable, text: &str, never: Option<Never>) {
        let Some(Never { problem, instead }) = never else { return };
        let problem = format!("never matches: {:?} {problem}", one_line(text));
        let error = self.error(id, problem, remedy(variable, &instead));
        self.unmatchable.push(error);
    }
}

/// What to write instead.
fn remedy(variable: Variable, instead: &Instead) -> String {
    let name = variable.name();
    match instead {
        Instead::This(text) => format!("write it as \"{}\"", one_line(text)),
        Instead::Beginning(start) => {
            format!("write {name}.startsWith(\"{}\")", one_line(start))
        }
        Instead::Host(host) => format!("write host.endsWith(\".{host}\")"),
        Instead::Domain(domain) => format!("write {name}.endsWith(\"@{}\")", one_line(domain)),
        Instead::Unknown => match variable {
            Variable::Host => "write a host as \"example.com\", in lower case".to_owned(),
            _ => format!("write it without a star, or ask for {name}.contains(\"text\")"),
        },
    }
}
