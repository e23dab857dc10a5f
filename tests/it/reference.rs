//! The pages of `docs`: every setting stands in the reference, and the query is the one that we count by.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// For tests only, so that the annotated example leaves it out.
const FOR_TESTS: &str = "managed_identity_key_folder";

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The settings of each section, and their defaults, as the schema has them.
fn settings() -> BTreeMap<String, BTreeMap<String, Option<Value>>> {
    let schema: Value = serde_json::from_str(&read("config/clickwarden.schema.json")).unwrap();
    let sections = schema["properties"].as_object().unwrap();
    let of = |section: &Value| {
        let one = if section["items"].is_null() { section } else { &section["items"] };
        let keys = one["properties"].as_object().unwrap();
        let default = |key: &Value| {
            let definition = key["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
            let also = definition.and_then(|at| schema.pointer(at)).map(|at| &at["default"]);
            [Some(&key["default"]), also].into_iter().flatten().find(|it| !it.is_null()).cloned()
        };
        keys.iter().map(|(name, key)| (name.clone(), default(key))).collect()
    };
    sections.iter().map(|(name, section)| (name.clone(), of(section))).collect()
}

/// The rows of the reference's tables: the key and its default, by section.
fn documented() -> BTreeMap<String, BTreeMap<String, String>> {
    let page = read("docs/configuration.md");
    let sections = page.split("\n## `[").skip(1);
    let section = |text: &str| {
        let (name, body) = text.split_once("]`").or_else(|| text.split_once("]]`")).unwrap();
        let rows = body.lines().filter_map(|line| {
            let (key, rest) = line.strip_prefix("| `")?.split_once("` |")?;
            Some((key.to_owned(), rest.split(" |").next()?.trim().to_owned()))
        });
        (name.trim_matches(['[', ']']).to_owned(), rows.collect())
    };
    sections.map(section).collect()
}

/// `section.key` of each.
fn keys<T>(sections: &BTreeMap<String, BTreeMap<String, T>>) -> Vec<String> {
    let of = |(section, keys): (&String, &BTreeMap<String, T>)| {
        keys.keys().map(|key| format!("{section}.{key}")).collect::<Vec<_>>()
    };
    sections.iter().flat_map(of).collect()
}

#[test]
fn the_reference_has_every_setting_with_its_default_and_no_other() {
    let (settings, documented) = (settings(), documented());
    assert_eq!(keys(&documented), keys(&settings));
    let mut compared = 0;
    for (section, keys) in &settings {
        for (key, default) in keys {
            let Some(default) = default else { continue };
            let text = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
            let said = &documented[section][key];
            assert!(said.starts_with(&format!("`{text}`")), "{section}.{key}: {said}, not {text}");
            compared += 1;
        }
    }
    assert!(compared > 12, "{compared}");
}

#[test]
fn the_annotated_example_has_every_setting() {
    let example = read("config/clickwarden.toml");
    let lines: Vec<&str> =
        example.lines().map(|line| line.trim_start_matches(['#', ' '])).collect();
    for (section, keys) in settings() {
        for key in keys.keys().filter(|key| *key != FOR_TESTS) {
            let set = format!("{key} = ");
            assert!(lines.iter().any(|line| line.starts_with(&set)), "{section}.{key} is missing");
        }
    }
}

#[test]
fn the_query_of_the_docs_is_the_one_that_we_count_by() {
    let page = read("docs/completeness.md");
    let (_, after) = page.split_once("```kusto\n").unwrap();
    let (query, _) = after.split_once("```").unwrap();
    assert_eq!(query.trim(), read("tests/data/url-clicks-actions-by-url.kql").trim());
}
