//! A receiver of messages on loopback, for tests that are not asynchronous themselves.

use serde_json::Value;
use tokio::runtime::Runtime;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Answers as it was told, and remembers what came.
pub struct Receiver {
    runtime: Runtime,
    server: MockServer,
}

impl Receiver {
    /// Answers always the same.
    pub fn new(answer: ResponseTemplate) -> Self {
        Self::answering(vec![answer])
    }

    /// Answers one after the other, the last one from then on.
    pub fn answering(answers: Vec<ResponseTemplate>) -> Self {
        let runtime = Runtime::new().unwrap();
        let last = answers.len() - 1;
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            for (place, answer) in answers.into_iter().enumerate() {
                let mock = Mock::given(method("POST")).respond_with(answer);
                let mock = if place < last { mock.up_to_n_times(1) } else { mock };
                mock.mount(&server).await;
            }
            server
        });
        Self { runtime, server }
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        self.server.uri()
    }

    pub fn requests(&self) -> Vec<Request> {
        self.runtime.block_on(self.server.received_requests()).unwrap()
    }

    /// The one body that came.
    pub fn body(&self) -> Value {
        let requests = self.requests();
        assert_eq!(requests.len(), 1);
        requests[0].body_json().unwrap()
    }

    /// Does something that waits, beside the receiver.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}
