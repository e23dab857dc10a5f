//! An operator's own body for the webhook: a minijinja template that draws JSON, tried at the start,
//! since an unknown filter shows only when it is used.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Value as Json, json};

use crate::text::defang;

/// A template that drew samples.
#[derive(Debug)]
pub struct Template {
    environment: Environment<'static>,
}

const TEMPLATE_NAME: &str = "body";
/// No template needs more steps: a loop over a thousand rows takes a tenth.
const MOST_FUEL: u64 = 1_000_000;
/// The longest that the filter `defang` makes of a URL.
const LONGEST_DEFANGED: usize = 200;

impl Template {
    /// Reads a template and draws each of the `samples` with it. The problem names line and column.
    pub fn new(text: String, samples: &[Json]) -> Result<Self, String> {
        let mut environment = Environment::new();
        // A name that is not there is a mistake, and no empty text.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        environment.set_fuel(Some(MOST_FUEL));
        environment.add_filter("defang", |url: &str| defang::without_tokens(url, LONGEST_DEFANGED));
        environment.add_template_owned(TEMPLATE_NAME, text).map_err(|error| in_words(&error))?;
        let template = Self { environment };
        for sample in samples {
            template.draw(sample).map_err(|problem| {
                let kind = sample.get("type").and_then(Json::as_str).unwrap_or_default();
                format!("{problem} (with a message of type {kind})")
            })?;
        }
        Ok(template)
    }

    /// The body for an event.
    pub(super) fn draw(&self, event: &Json) -> Result<String, String> {
        let template =
            self.environment.get_template(TEMPLATE_NAME).map_err(|error| in_words(&error))?;
        let body = template
            .render(minijinja::value::Serde(json!({ "event": event })))
            .map_err(|error| in_words(&error))?;
        match serde_json::from_str::<serde::de::IgnoredAny>(&body) {
            Ok(_) => Ok(body),
            Err(error) => Err(format!("what it draws is no JSON: {error} of the drawn text")),
        }
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

    fn template(text: &str, sample: &Json) -> Result<Template, String> {
        Template::new(text.to_owned(), std::slice::from_ref(sample))
    }

    #[test]
    fn values_cannot_leave_their_place() {
        let sample = json!({ "title": "\"}, {\"x\": 1", "data": { "rows": [1, 2] } });
        let text = r#"{"text": {{ event.title }}, "rows": {{ event.data.rows }}}"#;
        let drawn = template(text, &sample).unwrap().draw(&sample).unwrap();
        let read: Json = serde_json::from_str(&drawn).unwrap();
        assert_eq!(read, json!({ "text": "\"}, {\"x\": 1", "rows": [1, 2] }));
    }

    #[test]
    fn a_url_can_be_made_dead() {
        let sample = json!({ "url": "https://ann:1@evil.example/a?token=1" });
        let drawn = template("{{ event.url | defang }}", &sample).unwrap().draw(&sample).unwrap();
        assert_eq!(drawn, "\"hxxps://…[@]evil[.]example/a?…\"");
    }

    #[test]
    fn a_mistake_names_its_place() {
        let sample = json!({ "title": "x", "type": "clickwarden.sample" });
        for (text, words) in [
            ("{\n  {{ event.title", "line 2"),
            ("{\n  {{ event.title | shout }}", "line 2, column 20: filter shout is unknown"),
            ("{{ event.nothing.x }}", "line 1"),
            (
                "{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}",
                "line 1",
            ),
            (
                "{\"text\": {{ event.title }},\n}",
                "what it draws is no JSON: key must be a string at line 2 column 1 of the drawn text \
                 (with a message of type clickwarden.sample)",
            ),
        ] {
            let problem = template(text, &sample).unwrap_err();
            assert!(problem.starts_with(words), "{text}: {problem}");
        }
    }
}
