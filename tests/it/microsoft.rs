//! A stand-in for Entra ID and Graph on loopback that gives out tokens and takes mail.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use tokio::runtime::Runtime;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::program::Program;

/// Gives out tokens and takes mail.
pub struct Microsoft {
    runtime: Runtime,
    server: MockServer,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl Microsoft {
    /// Its tokens permit `role`; mails are answered with `answers` one after the other, the last one
    /// from then on.
    pub fn new(role: &str, answers: Vec<ResponseTemplate>) -> Self {
        let runtime = Runtime::new().unwrap();
        let tokens: Arc<Mutex<Vec<String>>> = Arc::default();
        let (given, role) = (tokens.clone(), role.to_owned());
        let give = move |_: &Request| {
            let mut given = given.lock().unwrap();
            let token = token(given.len() + 1, &role);
            given.push(token.clone());
            let body =
                json!({ "token_type": "Bearer", "expires_in": 3_599, "access_token": token });
            ResponseTemplate::new(200).set_body_json(body)
        };
        let last = answers.len() - 1;
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(path_regex("/oauth2/v2.0/token$")).respond_with(give).mount(&server).await;
            for (place, answer) in answers.into_iter().enumerate() {
                let mail = Mock::given(method("POST")).and(path_regex("^/v1.0/"));
                let mail = mail.respond_with(answer);
                let mail = if place < last { mail.up_to_n_times(1) } else { mail };
                mail.mount(&server).await;
            }
            server
        });
        Self { runtime, server, tokens }
    }

    /// A program whose tenant is this one.
    pub fn program(&self) -> Program {
        Program::of(&["contoso"], &self.server.uri())
    }

    /// How many tokens it gave.
    pub fn sign_ins(&self) -> usize {
        self.tokens.lock().unwrap().len()
    }

    /// The bodies that ask for tokens.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.requests("/token").into_iter();
        asked.map(|request| String::from_utf8(request.body).unwrap()).collect()
    }

    /// The requests that bring mail.
    pub fn requests_with_mail(&self) -> Vec<Request> {
        self.requests("/sendMail")
    }

    /// The mails that came, decoded.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        let mails = self.requests_with_mail().into_iter();
        mails.map(|request| BASE64_STANDARD.decode(request.body).unwrap()).collect()
    }

    fn requests(&self, end: &str) -> Vec<Request> {
        let all = self.runtime.block_on(self.server.received_requests()).unwrap();
        all.into_iter().filter(|request| request.url.path().ends_with(end)).collect()
    }

    /// Does something that waits, beside it.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// The token that is given out as the `number`th.
pub fn token(number: usize, role: &str) -> String {
    let claims = json!({ "roles": [role], "jti": format!("canary-{number}") }).to_string();
    format!("e30.{}.x", BASE64_URL_SAFE_NO_PAD.encode(claims))
}
