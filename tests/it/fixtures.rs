//! Serves `wiremock-fixtures/`: the subset of WireMock's mapping format that they use.
//!
//! Each case is a file of its own, and each is chosen by its name: a tenant `<file>.example` gets
//! the answers of that file, since sign-in gives it a token of that name.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clickwarden::clock::{Clock, SECOND};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use wiremock::matchers::any;
use wiremock::{Match, Mock, MockServer, Request, Respond, ResponseTemplate};

/// A server that answers by every mapping there is.
pub async fn serve() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(Fixtures::load()).mount(&server).await;
    server
}

/// Where the fixtures are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wiremock-fixtures")
}

/// A file with several mappings.
#[derive(Deserialize)]
struct Many {
    mappings: Vec<Mapping>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Mapping {
    priority: u8,
    scenario_name: Option<String>,
    required_scenario_state: Option<String>,
    new_scenario_state: Option<String>,
    request: Wanted,
    response: Answer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    method: String,
    url_path: Option<String>,
    url_path_template: Option<String>,
    url_path_pattern: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Text>,
    #[serde(default)]
    query_parameters: BTreeMap<String, Text>,
    body_patterns: Vec<Pattern>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Text {
    EqualTo(String),
    Contains(String),
    /// A pattern for the whole of it.
    Matches(String),
}

impl Text {
    fn fits(&self, value: &str) -> bool {
        match self {
            Self::EqualTo(wanted) => value == wanted,
            Self::Contains(wanted) => value.contains(wanted),
            Self::Matches(pattern) => matches_whole(pattern, value),
        }
    }
}

fn matches_whole(pattern: &str, value: &str) -> bool {
    regex::Regex::new(&format!("^(?s:{pattern})$")).unwrap().is_match(value)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Pattern {
    Contains(String),
    Matches(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    json_body: Option<Box<RawValue>>,
    body: Option<String>,
    body_file_name: Option<String>,
    #[serde(default)]
    transformers: Vec<String>,
}

struct Fixtures {
    mappings: Vec<Mapping>,
    states: Mutex<HashMap<String, String>>,
}

impl Fixtures {
    fn load() -> Self {
        let files = std::fs::read_dir(folder().join("mappings")).unwrap();
        let mut mappings: Vec<Mapping> =
            files.flat_map(|file| read(&file.unwrap().path())).collect();
        mappings.sort_by_key(|mapping| mapping.priority);
        Self { mappings, states: Mutex::default() }
    }
}

fn read(path: &Path) -> Vec<Mapping> {
    let text = std::fs::read_to_string(path).unwrap();
    if let Ok(Many { mappings }) = serde_json::from_str(&text) {
        return mappings;
    }
    let one = serde_json::from_str(&text);
    vec![one.unwrap_or_else(|error| panic!("{}: {error}", path.display()))]
}

impl Match for Wanted {
    fn matches(&self, request: &Request) -> bool {
        let body = String::from_utf8_lossy(&request.body);
        let header = |name: &str| request.headers.get(name).and_then(|v| v.to_str().ok());
        let path = request.url.path();
        [request.method.as_str(), "ANY"].contains(&self.method.as_str())
            && self.url_path.as_ref().is_none_or(|wanted| wanted == path)
            && self.url_path_template.as_ref().is_none_or(|wanted| fits(wanted, path))
            && self.headers.iter().all(|(name, text)| header(name).is_some_and(|it| text.fits(it)))
            && self.url_path_pattern.as_ref().is_none_or(|wanted| matches_whole(wanted, path))
            && self.query_parameters.iter().all(|(name, text)| {
                request.url.query_pairs().any(|(key, value)| key == *name && text.fits(&value))
            })
            && self.body_patterns.iter().all(|pattern| match pattern {
                Pattern::Contains(wanted) => body.contains(wanted),
                Pattern::Matches(pattern) => matches_whole(pattern, &body),
            })
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
}

impl Respond for Fixtures {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut states = self.states.lock().unwrap();
        let state = |name: &String| states.get(name).map_or("Started", String::as_str);
        let ready = |mapping: &&Mapping| {
            let (name, wanted) = (&mapping.scenario_name, &mapping.required_scenario_state);
            name.as_ref().zip(wanted.as_ref()).is_none_or(|(name, wanted)| state(name) == wanted)
        };
        let found = self.mappings.iter().filter(ready).find(|m| m.request.matches(request));
        let Some(mapping) = found else { return ResponseTemplate::new(404) };
        if let (Some(name), Some(new)) = (&mapping.scenario_name, &mapping.new_scenario_state) {
            states.insert(name.clone(), new.clone());
        }
        mapping.response.template(request)
    }
}

impl Answer {
    fn template(&self, request: &Request) -> ResponseTemplate {
        let plain = self.transformers.is_empty();
        let filled = |text: &str| if plain { text.to_owned() } else { fill(text, request) };
        let file = |name: &String| std::fs::read_to_string(folder().join("__files").join(name));
        let body = self.json_body.as_ref().map(|json| json.get().to_owned());
        let body = body.or_else(|| self.body.clone());
        let body = body.or_else(|| self.body_file_name.as_ref().map(|name| file(name).unwrap()));
        let template = self
            .headers
            .iter()
            .fold(ResponseTemplate::new(self.status), |template, (name, value)| {
                template.insert_header(name.as_str(), filled(value))
            });
        let kind = self.headers.get("Content-Type").map_or("text/plain", String::as_str);
        match body {
            Some(body) => template.set_body_raw(filled(&body), kind),
            None => template,
        }
    }
}

/// Fills in `{{request.pathSegments.[0]}}` and `{{now offset='2 minutes' format='…'}}`: a day for
/// the format `yyyy-MM-dd`, else an HTTP date.
fn fill(text: &str, request: &Request) -> String {
    let Some((before, rest)) = text.split_once("{{") else { return text.to_owned() };
    let (template, after) = rest.split_once("}}").unwrap();
    let value = if let Some(now) = template.strip_prefix("now ") {
        let offset = now.split('\'').nth(1).unwrap();
        let (amount, unit) = offset.split_once(' ').unwrap();
        let seconds = match unit {
            "days" => 86_400,
            "minutes" => 60,
            unit => panic!("{unit} is none that the fixtures use"),
        };
        let at = Clock::System.now().plus(amount.parse::<i64>().unwrap() * seconds * SECOND);
        let at = Timestamp::from_second(at.unix_seconds()).unwrap();
        let day = now.contains("format='yyyy-MM-dd'");
        at.strftime(if day { "%Y-%m-%d" } else { "%a, %d %b %Y %H:%M:%S GMT" }).to_string()
    } else {
        assert_eq!(template, "request.pathSegments.[0]");
        request.url.path_segments().unwrap().next().unwrap().to_owned()
    };
    format!("{before}{value}{}", fill(after, request))
}
