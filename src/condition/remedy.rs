//! What to write instead, with the variable that somebody wrote where there is one: it works as it is
//! typed, also in a rule that does not know every text.

use super::variable::{GroupBy, Kind, Variable};

/// Whether a rule by these parts knows a variable.
pub(super) fn is_known(variable: Variable, by: &[GroupBy]) -> bool {
    variable.needs().is_none_or(|needs| needs.iter().any(|part| by.contains(part)))
}

/// The first text that a rule by these parts knows.
pub(super) fn text_of(by: &[GroupBy]) -> Option<Variable> {
    let texts = [Variable::Url, Variable::Host, Variable::User];
    texts.into_iter().find(|text| is_known(*text, by))
}

/// The variable before an operator, if a rule by these parts knows it. The operator's first half, or a
/// "not", may stand between them.
pub(super) fn written(before: &str, by: &[GroupBy]) -> Option<Variable> {
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || "<>=!~".contains(c));
    let mut word = last_word(before);
    if word.eq_ignore_ascii_case("not") {
        word = last_word(before.strip_suffix(word).unwrap_or_default().trim_end());
    }
    known(word, by)
}

/// The variable of this name, in whatever case, if a rule by these parts knows it.
pub(super) fn known(name: &str, by: &[GroupBy]) -> Option<Variable> {
    let variable = Variable::named(&name.to_ascii_lowercase());
    variable.filter(|variable| is_known(*variable, by))
}

fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// How to say that two things differ.
pub(super) fn other_than(written: Option<Variable>) -> String {
    format!("for \"other than\" {}", compared(written, "!="))
}

/// How to compare by this sign.
pub(super) fn compared(written: Option<Variable>, sign: &str) -> String {
    // Lists are not compared.
    let variable = written.filter(|variable| variable.kind() != Kind::Texts);
    let variable = variable.unwrap_or(Variable::Blocked);
    format!("write it as {} {sign} {}", variable.name(), value(variable))
}

/// How to say that something is not in a list.
pub(super) fn not_in(written: Option<Variable>) -> String {
    let asked = match written.filter(|variable| variable.kind() != Kind::Texts) {
        Some(variable) => format!("{} in [{}]", variable.name(), value(variable)),
        None => within(Variable::ThreatTypes),
    };
    format!("for \"not in\" write it as !({asked})")
}

/// How to call one of the functions of texts.
pub(super) fn called(written: Option<Variable>, function: &str, by: &[GroupBy]) -> String {
    let asked = match text_or_list(written, by) {
        text if text.kind() == Kind::Text => format!("{}.{function}(\"text\")", text.name()),
        list => within(list),
    };
    format!("write it as {asked}")
}

/// How to ask whether there is something at all.
pub(super) fn present(written: Option<Variable>, by: &[GroupBy]) -> String {
    match text_or_list(written, by) {
        text if text.kind() == Kind::Text => format!("write it as {} != \"\"", text.name()),
        list => format!("write it as size({}) > 0", list.name()),
    }
}

/// What was written, unless it is a number.
fn text_or_list(written: Option<Variable>, by: &[GroupBy]) -> Variable {
    let written = written.filter(|variable| variable.kind() != Kind::Number);
    written.or_else(|| text_of(by)).unwrap_or(Variable::ThreatTypes)
}

fn within(list: Variable) -> String {
    format!("{} in {}", value(list), list.name())
}

/// What a variable may be compared with, or what a list may have in it.
const fn value(variable: Variable) -> &'static str {
    match variable {
        Variable::Url => "\"https://a.example/\"",
        Variable::Host => "\"a.example\"",
        Variable::User => "\"ann@contoso.example\"",
        Variable::Workloads => "\"Email\"",
        Variable::ThreatTypes => "\"Phish\"",
        _ => "3",
    }
}
