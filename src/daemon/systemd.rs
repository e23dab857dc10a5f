//! What systemd hears (`sd_notify(3)`): ready, reloading, stopping, a line of status, and that the
//! watchdog is fed.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::handle::DaemonHandle;

/// How often the status is brought up to date where no watchdog asks for more.
const STATUS_EVERY: Duration = Duration::from_secs(15);

/// The watchdog's time, if systemd set one for this process.
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

pub(super) fn ready(tenants: usize) {
    notify(&[NotifyState::Ready, NotifyState::Status(&collecting(tenants))]);
}

pub(super) fn reloading() {
    // systemd 253 and later wants to know when.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

pub(super) fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// Feeds the watchdog while every stage makes progress and the store answers, four times within
/// its time, so that it hears nothing for at least half of it once something is stuck.
pub(super) async fn feed(
    handle: DaemonHandle,
    watchdog: Option<Duration>,
    stop: CancellationToken,
) {
    let every = watchdog.map_or(STATUS_EVERY, |time| time / 4);
    let mut was_alive = true;
    while let Some(health) = stop.run_until_cancelled(handle.health.check(every)).await {
        let (alive, faults) = (health.is_alive(), health.faults().join("; "));
        if alive {
            let status = status(&handle, &faults);
            notify(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
            handle.counters.pinged();
        } else {
            notify(&[NotifyState::Status(&format!("stuck: {faults}"))]);
        }
        match (was_alive, alive) {
            (true, false) => tracing::error!("the watchdog is not fed any more: {faults}"),
            (false, true) => tracing::info!("the watchdog is fed again"),
            _ => {}
        }
        was_alive = alive;
        if stop.run_until_cancelled(tokio::time::sleep(every)).await.is_none() {
            return;
        }
    }
}

/// A line such as `collecting 3 tenants; last pass ended 2026-07-19T14:05:09Z`.
fn status(handle: &DaemonHandle, faults: &str) -> String {
    let mut line = collecting(handle.config.borrow().tenants.len());
    if let Some(at) = handle.counters.last_pass() {
        line = format!("{line}; last pass ended {}", at.floor(crate::clock::SECOND));
    }
    if handle.resources.pause.is_on() {
        line.push_str("; paused: the disk is full");
    }
    if faults.is_empty() { line } else { format!("{line}; {faults}") }
}

fn collecting(tenants: usize) -> String {
    format!("collecting {tenants} tenant{}", if tenants == 1 { "" } else { "s" })
}

/// Where no service manager listens nothing is sent.
fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd was not told: {error}");
    }
}
