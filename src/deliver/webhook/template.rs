//! An operator's own body for the webhook: a minijinja template, tried at the start, since an
//! unknown filter shows only when it is used.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Value as Json, json};

/// A template that drew a sample.
#[derive(Debug)]
pub struct Template {
    environment: Environment<'static>,
}

const NAME: &str = "body";
/// No template needs more steps: a loop over a thousand rows takes a tenth.
const FUEL: u64 = 1_000_000;

impl Template {
    /// Reads a template and draws `sample` with it. The problem names line and column.
    pub fn new(text: String, sample: &Json) -> Result<Self, String> {
        let mut environment = Environment::new();
        // A name that is not there is a mistake, and no empty text.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        environment.set_fuel(Some(FUEL));
        environment.add_template_owned(NAME, text).map_err(|error| in_words(&error))?;
        let template = Self { environment };
        template.draw(sample)?;
        Ok(template)
    }

    /// The body for an event.
    pub(super) fn draw(&self, event: &Json) -> Result<String, String> {
        let template = self.environment.get_template(NAME).map_err(|error| in_words(&error))?;
        template
            .render(minijinja::value::Serde(json!({ "event": event })))
            .map_err(|error| in_words(&error))
    }
}

fn in_words(error: &minijinja::Error) -> String {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match (error.line(), error.range()) {
        (Some(line), Some(range)) => {
            let before = error
                .template_source()
                .and_then(|source| source.get(..range.start))
                .unwrap_or_default();
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            format!("line {line}, column {column}: {detail}")
        }
        (Some(line), None) => format!("line {line}: {detail}"),
        _ => detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place() {
        let sample = json!({ "title": "\"}, {\"x\": 1", "data": { "rows": [1, 2] } });
        let text = r#"{"text": {{ event.title }}, "rows": {{ event.data.rows }}}"#;
        let drawn = Template::new(text.to_owned(), &sample).unwrap().draw(&sample).unwrap();
        let read: Json = serde_json::from_str(&drawn).unwrap();
        assert_eq!(read, json!({ "text": "\"}, {\"x\": 1", "rows": [1, 2] }));
    }

    #[test]
    fn a_mistake_names_its_place() {
        let sample = json!({ "title": "x" });
        for (text, words) in [
            ("{\n  {{ event.title", "line 2"),
            ("{\n  {{ event.title | shout }}", "line 2, column 20: filter shout is unknown"),
            ("{{ event.nothing.x }}", "line 1"),
            (
                "{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}",
                "line 1",
            ),
        ] {
            let problem = Template::new(text.to_owned(), &sample).unwrap_err();
            assert!(problem.starts_with(words), "{text}: {problem}");
        }
    }
}
