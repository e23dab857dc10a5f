//! One source's reply is not the others' wait: room for replies is shared.
//!
//! Whoever is told to wait for ever here fails by never ending: nothing is timed.

use std::time::Duration;

use clickwarden::clock::Clock;
use clickwarden::source::Limits;
use clickwarden::source::{Hunting, ReplyBudget, SourceError, wire};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use wiremock::MockServer;

use crate::broken::{self, BOMB, How};
use crate::fixtures;
use crate::tenants::{self, SECRET};

const MIB: u64 = 1 << 20;
/// Room for three large replies.
const BUDGET: u64 = 24 * MIB;

/// Patient for an hour, but not while others wait.
const LIMITS: Limits = Limits {
    deadline: Duration::from_hours(1),
    largest_reply: BOMB as u64 - 1,
    thinking: Duration::from_millis(50),
    transfer: Duration::from_millis(50),
};

struct Sources {
    server: MockServer,
    folder: TempDir,
    budget: ReplyBudget,
}

impl Sources {
    async fn new() -> Self {
        let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
        tenants::secret_file(&folder, SECRET);
        Self { server, folder, budget: ReplyBudget::new(BUDGET) }
    }

    fn hunting(&self, case: &str, graph: &str) -> Hunting {
        let secret = self.folder.path().join("secret");
        let tokens = tenants::tokens(&self.server.uri(), case, &secret, &Clock::System);
        tenants::hunting(graph, tokens, &self.budget, LIMITS)
    }

    /// Three tenants whose sources answer like `how`, each with a third of all room set aside.
    async fn three(&self, how: How) -> Vec<JoinHandle<Result<(), SourceError>>> {
        let mut asked = Vec::new();
        for _ in 0..3 {
            let hunting = self.hunting("any", &broken::serve(how));
            let ready = hunting.ready(u64::MAX).await.unwrap();
            asked.push(tokio::spawn(async move { hunting.ask("q", ready).await.map(drop) }));
        }
        asked
    }

    /// Ten tenants with good sources, each of which wants a large reply, at once.
    async fn ten_are_answered(&self) {
        let mut asked = Vec::new();
        for _ in 0..10 {
            let hunting = self.hunting("hunt-rows", &self.server.uri());
            asked.push(tokio::spawn(async move { hunting.run("q", 5 * MIB).await }));
        }
        for one in asked {
            let reply = one.await.unwrap().unwrap();
            assert_eq!(wire::clicks(&reply.body, 0).unwrap().clicks.len(), 2);
        }
    }
}

#[tokio::test]
async fn replies_that_trickle_give_way_to_ten_others() {
    let sources = Sources::new().await;
    let trickling = sources.three(How::Trickle).await;
    sources.ten_are_answered().await;
    // At least those in whose place the others came had to go; the last may still trickle.
    let gone: Vec<_> = trickling.iter().filter(|one| one.is_finished()).collect();
    assert!(!gone.is_empty());
    for one in trickling {
        if one.is_finished() {
            assert_eq!(one.await.unwrap(), Err(SourceError::Slow));
        } else {
            one.abort();
        }
    }
}

#[tokio::test]
async fn a_reply_that_trickles_may_while_nobody_waits() {
    let sources = Sources::new().await;
    let trickling = sources.three(How::Trickle).await;
    tokio::time::sleep(4 * LIMITS.transfer).await;
    assert!(trickling.iter().all(|one| !one.is_finished()));
    trickling.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn sources_that_never_answer_keep_no_room() {
    let sources = Sources::new().await;
    let hanging = sources.three(How::EndlessHeaders).await;
    assert!(sources.budget.free() < 4 * MIB);
    sources.ten_are_answered().await;
    assert!(hanging.iter().all(|one| !one.is_finished()), "they are still waited for");
    hanging.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn bombs_go_off_in_their_own_room() {
    let sources = Sources::new().await;
    let bombs = sources.three(How::GzipBomb).await;
    sources.ten_are_answered().await;
    for bomb in bombs {
        assert_eq!(bomb.await.unwrap(), Err(SourceError::TooBig));
    }
    assert_eq!(sources.budget.free(), BUDGET);
}
