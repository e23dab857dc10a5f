//! What the process denies to others from its start: its memory, its files, its core.

use rustix::fs::Mode;
use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// Files that are made from now on can be read by this user only; no core is written; no other
/// process of this user can look into this one's memory, where tokens and secrets are.
pub fn raise() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Where a sandbox forbids to ask, its own rules are as strict; nothing depends on the answer.
    let _ = rustix::process::setrlimit(Resource::Core, none);
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
