//! Gates of every host: who was asked to wait is left alone until the time that it named, whoever
//! wants to sign in and by whatever process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clickwarden::clock::{Clock, DAY, HOUR, MINUTE, SECOND, Tick, duration_of};
use clickwarden::collect::{CollectStep, Collector, Start};
use clickwarden::config::Config;
use clickwarden::daemon::Resources;
use clickwarden::kql;
use clickwarden::store::Store;
use proptest::prelude::*;
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::side_by_side::section;
use crate::stand::{Running, Stand};

/// A sign-in service that gives nothing but this; its answer to `signin-429.http` of a public report.
async fn login(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

fn busy() -> ResponseTemplate {
    ResponseTemplate::new(429).set_body_raw("Too Many Requests", "text/html")
}

/// "The server terminated an operation because it encountered a client request loop" ("Microsoft
/// Entra authentication and authorization error codes").
fn looping() -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({
        "error": "invalid_request",
        "error_description": "AADSTS50196: The server terminated an operation because it \
                              encountered a client request loop. Please contact your app vendor.",
        "error_codes": [50_196],
    }))
}

async fn stand(server: &MockServer) -> Stand {
    let stand = Stand::new(kql::click_table(DAY), "").await;
    let text = stand.config_text(&server.uri(), "");
    std::fs::write(stand.config(), text).unwrap();
    stand
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sign_in_before_the_time_that_the_service_named() {
    let server = login(busy().insert_header("retry-after", "300")).await;
    let stand = stand(&server).await;
    let mut config = std::fs::read_to_string(stand.config()).unwrap();
    // A sink that signs in to the same tenant keeps to the gate, too.
    config += "\n[[sink]]\nname = \"soc\"\ntype = \"graph-mail\"\ntenant = \"contoso\"\n\
               from = \"soc@contoso.example\"\nto = [\"team@contoso.example\"]\n";
    std::fs::write(stand.config(), config).unwrap();
    let commands: [&[&str]; 4] = [&["sync"], &["sync"], &["check"], &["sink", "test", "soc"]];
    for command in commands {
        let ended = stand.run(command);
        assert_eq!(ended.status.code(), Some(75), "{ended:?}");
        let words = format!("{ended:?}");
        assert!(words.contains("asks to wait"), "{words}");
        assert_eq!(asked(&server).await, 1, "{command:?}");
    }
    let status = String::from_utf8(stand.run(&["status"]).stdout).unwrap();
    assert!(status.contains("closed until"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_names_no_time_is_asked_seldom_by_all_tenants_of_the_app() {
    let unavailable = ResponseTemplate::new(503).set_body_string("Service Unavailable");
    for (answer, most) in [(busy(), 2), (looping(), 2), (unavailable, 4)] {
        let server = login(answer).await;
        let stand = stand(&server).await;
        let mut config = std::fs::read_to_string(stand.config()).unwrap();
        config += &section("fabrikam", &server.uri(), &stand).replace(
            &format!("tenant_id = \"{}\"", stand.tenant.settings().tenant_id),
            "tenant_id = \"fabrikam.example\"",
        );
        std::fs::write(stand.config(), config).unwrap();
        let running = Running::start(stand.command(&["run"]), &stand.dir.path().join("words"));
        let mut first = None;
        while first.is_none_or(|at: std::time::Instant| at.elapsed() < Duration::from_secs(4)) {
            if first.is_none() && asked(&server).await > 0 {
                first = Some(std::time::Instant::now());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        running.stop();
        // Both may have asked before either had an answer.
        assert!(asked(&server).await <= most, "{}", asked(&server).await);
    }
}

/// What an endpoint answers to one call.
#[derive(Clone, Debug)]
enum Answer {
    Good,
    /// A status, with the seconds of a `Retry-After`.
    WhenDue(u16, Option<u32>),
    Looping,
    /// AADSTS7000222, or Graph's 403.
    Refused,
    /// A page of something in between.
    Page(u16),
    /// Graph's 401: this token is not taken.
    NotTaken,
}

fn answers(any_of: Vec<Answer>) -> impl Strategy<Value = Vec<Answer>> {
    prop::collection::vec(prop::sample::select(any_of), 1..40)
}

/// Both endpoints, and what they were asked when.
#[derive(Clone)]
struct Endpoints(Arc<Mutex<State>>);

struct State {
    clock: Clock,
    login: Vec<Answer>,
    graph: Vec<Answer>,
    /// When each was called.
    signed_in: Vec<Tick>,
    hunted: Vec<Tick>,
    /// Until when nobody may sign in as the app, or to a tenant, and nobody may ask for its rows.
    app_waits: Tick,
    tenant_waits: BTreeMap<String, Tick>,
    graph_waits: BTreeMap<String, Tick>,
    early: Vec<String>,
}

/// The calls that were made.
struct Made {
    signed_in: Vec<Tick>,
    hunted: Vec<Tick>,
    /// Those that nobody should have made then.
    early: Vec<String>,
}

impl State {
    fn sign_in(&mut self, tenant: &str) -> ResponseTemplate {
        let now = self.clock.now();
        self.signed_in.push(now);
        if now < self.app_waits || Some(&now) < self.tenant_waits.get(tenant) {
            self.early.push(format!("a sign-in to {tenant} at {now}"));
        }
        let answer = self.login.pop().unwrap_or(Answer::WhenDue(429, None));
        if let Answer::WhenDue(status, seconds) = &answer {
            let until = now.plus(i64::from(seconds.unwrap_or(5)) * SECOND);
            match status {
                429 => self.app_waits = self.app_waits.max(until),
                _ => drop(self.tenant_waits.insert(tenant.to_owned(), until)),
            }
        }
        match answer {
            Answer::Good | Answer::NotTaken => ResponseTemplate::new(200).set_body_json(
                json!({ "token_type": "Bearer", "expires_in": 600, "access_token": tenant }),
            ),
            Answer::Looping => {
                self.app_waits = self.app_waits.max(now.plus(5 * SECOND));
                looping()
            }
            Answer::Refused => ResponseTemplate::new(401)
                .set_body_json(json!({ "error": "invalid_client", "error_codes": [7_000_222] })),
            other => other.plain(),
        }
    }

    fn hunt(&mut self, tenant: &str) -> ResponseTemplate {
        let now = self.clock.now();
        self.hunted.push(now);
        if Some(&now) < self.graph_waits.get(tenant) {
            self.early.push(format!("a query of {tenant} at {now}"));
        }
        let answer = self.graph.pop().unwrap_or(Answer::WhenDue(429, None));
        let waits = match &answer {
            Answer::WhenDue(_, Some(seconds)) => Some(i64::from(*seconds) * SECOND),
            Answer::WhenDue(429, None) => Some(MINUTE),
            _ => None,
        };
        if let Some(waits) = waits {
            self.graph_waits.insert(tenant.to_owned(), now.plus(waits));
        }
        match answer {
            Answer::Good => ResponseTemplate::new(200).set_body_json(nothing()),
            Answer::Refused => ResponseTemplate::new(403),
            Answer::NotTaken | Answer::Looping => ResponseTemplate::new(401),
            other => other.plain(),
        }
    }
}

impl Answer {
    fn plain(&self) -> ResponseTemplate {
        match self {
            Self::WhenDue(status, Some(seconds)) => {
                ResponseTemplate::new(*status).insert_header("retry-after", seconds.to_string())
            }
            Self::WhenDue(status, None) => ResponseTemplate::new(*status),
            Self::Page(status) => {
                ResponseTemplate::new(*status).set_body_raw("<html>no</html>", "text/html")
            }
            _ => ResponseTemplate::new(500),
        }
    }
}

impl Respond for Endpoints {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        let mut path = request.url.path_segments().unwrap();
        let first = path.next().unwrap().to_owned();
        let bearer = request.headers.get("authorization").map(|value| value.to_str().unwrap());
        let answer = match bearer.and_then(|value| value.strip_prefix("Bearer ")) {
            Some(tenant) => state.hunt(tenant),
            None => state.sign_in(&first),
        };
        // By the clock of the test: the server's own would be the machine's.
        let seconds = state.clock.now().unix_seconds();
        let date = jiff::Timestamp::from_second(seconds).unwrap();
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date);
        answer.insert_header("date", date.unwrap())
    }
}

/// An answer that serves every question of an empty table.
fn nothing() -> serde_json::Value {
    let texts = [
        "Url",
        "ActionType",
        "AccountUpn",
        "Workload",
        "NetworkMessageId",
        "IPAddress",
        "ReportId",
        "ThreatTypes",
    ];
    let column = |name: &str, kind: &str| json!({ "name": name, "type": kind });
    let mut schema = vec![column("Timestamp", "DateTime"), column("IsClickedThrough", "SByte")];
    schema.extend(texts.map(|name| column(name, "String")));
    json!({ "schema": schema, "results": [] })
}

/// Two tenants of one app, collected for an hour of the test's own time.
async fn collected(login: Vec<Answer>, graph: Vec<Answer>) -> Made {
    let clock = Clock::manual(Tick::parse("2026-07-19T17:02:06Z").unwrap());
    let begin = Tick(i64::MIN);
    let endpoints = Endpoints(Arc::new(Mutex::new(State {
        clock: clock.clone(),
        login,
        graph,
        signed_in: Vec::new(),
        hunted: Vec::new(),
        app_waits: begin,
        tenant_waits: BTreeMap::new(),
        graph_waits: BTreeMap::new(),
        early: Vec::new(),
    })));
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(endpoints.clone()).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let secret = crate::tenants::secret_file(&dir, "secret");
    let (path, url) = (dir.path().display(), server.uri());
    let tenant = |name: &str| {
        format!(
            "[[tenant]]\nname = \"{name}\"\ntenant_id = \"{name}.example\"\n\
             client_id = \"00000000-0000-0000-0000-000000000001\"\n\
             client_secret_file = {secret:?}\nlogin_url = \"{url}\"\ngraph_url = \"{url}\"\n"
        )
    };
    let config = format!("[store]\npath = \"{path}/clicks.db\"\n{}{}", tenant("a"), tenant("b"));
    let file = crate::tenants::file(&dir, "clickwarden.toml", &config, 0o600);
    let config = Config::load(Some(&file), []).unwrap();
    let (database, ours) = (dir.path().join("clicks.db"), clock.clone());
    let made = move || {
        let resources = Resources::new(Store::open(&database).unwrap(), ours);
        resources.collectors(&config.tenants, &config.collect, Start::WhenDue).unwrap()
    };
    let collectors = tokio::task::spawn_blocking(made).await.unwrap();
    work(collectors, &clock).await;
    drop(server);
    let state = endpoints.0.lock().unwrap();
    Made {
        signed_in: state.signed_in.clone(),
        hunted: state.hunted.clone(),
        early: state.early.clone(),
    }
}

/// Steps whoever is due, until an hour is over.
async fn work(collectors: Vec<Collector>, clock: &Clock) {
    let end = clock.now().plus(HOUR);
    let mut due: Vec<(Tick, Collector)> =
        collectors.into_iter().map(|collector| (clock.now(), collector)).collect();
    let mut steps = 0;
    while clock.now() < end {
        due.sort_by_key(|(at, _)| *at);
        let (at, collector) = &mut due[0];
        clock.advance(duration_of(at.since(clock.now())));
        *at = match collector.step().await.unwrap() {
            CollectStep::Worked => clock.now(),
            CollectStep::Idle(idle) => idle.until().max(clock.now().plus(1)),
        };
        steps += 1;
        assert!(steps < 5_000, "it never rests");
    }
}

/// The most calls in any minute.
fn most_in_a_minute(calls: &[Tick]) -> usize {
    let within =
        |from: &Tick| calls.iter().filter(|at| (0..MINUTE).contains(&at.since(*from))).count();
    calls.iter().map(within).max().unwrap_or(0)
}

#[test]
fn whatever_the_endpoints_answer_calls_stay_few_and_never_come_early() {
    let waits = |status: u16| {
        [None, Some(1), Some(60), Some(600)].map(|seconds| Answer::WhenDue(status, seconds))
    };
    let all = |more: Vec<Answer>| {
        let mut all = vec![Answer::Good; 6];
        all.extend(waits(429).into_iter().chain(waits(503)).chain(more));
        all.extend([Answer::Refused, Answer::Page(200), Answer::Page(502)]);
        all
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut config = ProptestConfig::with_cases(16);
    config.failure_persistence = None;
    proptest!(config, |(
        login in answers(all(vec![Answer::Looping, Answer::Page(404)])),
        graph in answers(all(vec![Answer::NotTaken, Answer::NotTaken, Answer::Page(504)])),
    )| {
        let state = runtime.block_on(collected(login, graph));
        prop_assert_eq!(state.early.clone(), Vec::<String>::new());
        // Each tenant signs in at most once for each of its ten calls.
        prop_assert!(most_in_a_minute(&state.signed_in) <= 20, "{:?}", state.signed_in);
        prop_assert!(most_in_a_minute(&state.hunted) <= 20, "{:?}", state.hunted);
        prop_assert!(!state.signed_in.is_empty());
    });
}
