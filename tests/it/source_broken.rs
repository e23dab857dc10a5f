//! The hunting client on connections that break.

use std::time::Duration;

use clickwarden::auth::{AuthError, SignIn};
use clickwarden::clock::Clock;
use clickwarden::config::{Identity, ManagedIdentity, Platform};
use clickwarden::source::Limits;
use clickwarden::source::{HuntingReply, ReplyBudget, SourceError, wire};
use tempfile::TempDir;
use url::Url;

use crate::broken::{self, BOMB, How};
use crate::fixtures;
use crate::tenants::{self, SECRET};

async fn run(how: How, limits: Limits) -> Result<HuntingReply, SourceError> {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let secret = tenants::secret_file(&folder, SECRET);
    let tokens = tenants::tokens(&server.uri(), "any", &secret, &Clock::System);
    let budget = ReplyBudget::new(1 << 20);
    let hunting = tenants::hunting(&broken::serve(how), tokens, &budget, limits);
    let reply = hunting.run("q", 0).await;
    if reply.is_err() {
        assert_eq!(budget.free(), 1 << 20, "{how:?}");
    }
    reply
}

#[tokio::test]
async fn a_broken_connection_is_worth_a_retry() {
    for how in [How::Reset, How::Close, How::Garbage, How::HalfBody, How::HalfChunks, How::BadGzip]
    {
        match run(how, Limits::default()).await {
            Err(SourceError::Transport(words)) => {
                assert!(words.starts_with("cannot reach 127.0.0.1: "), "{how:?}: {words}");
            }
            other => panic!("{how:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    let reply = run(How::HalfJson, Limits::default()).await.unwrap();
    let error: SourceError = wire::clicks(&reply.body, 0).unwrap_err().into();
    assert!(matches!(error, SourceError::Transport(_)), "{error}");
}

#[tokio::test]
async fn the_deadline_is_total() {
    let limits = Limits { deadline: Duration::from_millis(300), ..Limits::default() };
    for how in [How::EndlessHeaders, How::Trickle] {
        assert_eq!(run(how, limits).await.unwrap_err(), SourceError::Slow, "{how:?}");
    }
}

#[tokio::test]
async fn the_cap_is_on_decompressed_bytes() {
    let limits = Limits { largest_reply: BOMB as u64 - 1, ..Limits::default() };
    assert_eq!(run(How::GzipBomb, limits).await.unwrap_err(), SourceError::TooBig);
    let reply = run(How::Gzip, Limits::default()).await.unwrap();
    assert!(wire::clicks(&reply.body, 0).unwrap().clicks.is_empty());
}

/// Two replies that both outgrow what was set aside do not wait for each other for ever.
#[tokio::test]
async fn replies_that_outgrow_the_budget_come_one_by_one() {
    let (server, folder) = (fixtures::serve().await, TempDir::new().unwrap());
    let secret = tenants::secret_file(&folder, SECRET);
    let tokens = tenants::tokens(&server.uri(), "any", &secret, &Clock::System);
    let budget = ReplyBudget::new(1 << 20);
    let address = broken::serve(How::GzipBomb);
    let hunting = tenants::hunting(&address, tokens, &budget, Limits::default());
    let size = async || hunting.run("q", 0).await.map(|reply| reply.body.len());
    // A bomb of blanks is no answer, but it was read to its end.
    for result in [tokio::join!(size(), size(), size())].into_iter().flat_map(|(a, b, c)| [a, b, c])
    {
        assert!(matches!(result, Err(SourceError::Transport(_))), "{result:?}");
    }
    assert_eq!(budget.free(), 1 << 20);
}

/// Whoever stands for the sign-in service or a platform may break connections as well: an answer is
/// read to a MiB, after decompression, within its time, and never shown.
#[tokio::test]
async fn a_sign_in_that_breaks_is_worth_a_retry() {
    let folder = TempDir::new().unwrap();
    let secret = tenants::secret_file(&folder, SECRET);
    for how in [
        How::Reset,
        How::Close,
        How::Garbage,
        How::HalfBody,
        How::HalfChunks,
        How::HalfJson,
        How::EndlessHeaders,
        How::Trickle,
        How::GzipBomb,
        How::BadGzip,
        How::Gzip,
    ] {
        let server = broken::serve(how);
        let with_secret = tenants::sign_in(&server, "any", &secret);
        let url = Url::parse(&format!("{server}/metadata/identity/oauth2/token")).unwrap();
        let managed = ManagedIdentity { client_id: None, url, platform: Platform::Imds };
        let with_platform = tenants::sign_in_as(&server, "any", Identity::Managed(managed));
        for sign_in in [with_secret, with_platform] {
            let sign_in = SignIn { deadline: Duration::from_millis(500), ..sign_in };
            let error = tenants::tokens_of(sign_in, &Clock::System).bearer().await.unwrap_err();
            let AuthError::Transport(words) = error else { panic!("{how:?}: {error:?}") };
            assert!(words.len() < 300 && words.contains("127.0.0.1"), "{how:?}: {words}");
        }
    }
}
