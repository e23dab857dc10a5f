//! Which process this is, and whether another still lives, by what `/proc` shows.

use std::fs;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::store::Owner;

impl Owner {
    /// This process, as far as it may see itself.
    pub fn here() -> Self {
        let pid = std::process::id();
        // A `/proc` that knows us by another number is that of another process namespace.
        let shown = shown("self").filter(|shown| shown.pid == pid);
        Self {
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            boot: format!("{} {}", boot(), namespace()),
            pid,
            started: shown.map_or(0, |shown| shown.started),
        }
    }

    /// Whether the process ran on this machine and is gone. `false` where that cannot be told:
    /// what is unknown proves nothing.
    pub fn is_dead_here(&self) -> bool {
        self.is_dead_for(&Self::here())
    }

    fn is_dead_for(&self, here: &Self) -> bool {
        self.has_ended(here, || self.is_gone(here))
    }

    /// Whether nobody in this process namespace is that process. A start time that differs tells
    /// also where the boot is unknown: after another boot the process is gone all the more.
    fn is_gone(&self, here: &Self) -> bool {
        // Where `/proc` does not show ourselves it tells nothing of others.
        let found = shown(&self.pid.to_string()).filter(|_| here.started != 0);
        match found {
            Some(found) => found.ended || (self.started != 0 && found.started != self.started),
            None => is_free(self.pid),
        }
    }
}

/// The id of the current boot. Our own unit hides it (`ProcSubset=pid`), and nothing else that a
/// sandbox leaves visible stays the same for a whole boot: the time of the boot is hidden, too, and
/// moves with the clock where it is computed. It is missed little: without it a number that another
/// process has after a reboot passes for alive until the lease is over, which is a minute.
fn boot() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

/// The id of the process namespace, such as `pid:[4026531836]`.
fn namespace() -> String {
    fs::read_link("/proc/self/ns/pid").map(|p| p.display().to_string()).unwrap_or_default()
}

/// A process as `/proc` shows it.
struct ProcessStat {
    pid: u32,
    /// It does nothing any more, and waits for its parent to ask how it ended.
    ended: bool,
    started: u64,
}

/// Looks a process up (`proc_pid_stat(5)`). `None` if there is none, or it is hidden from us.
fn shown(name: &str) -> Option<ProcessStat> {
    let stat = fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
    // The second field is the program's name in brackets, which may hold anything; the start time
    // is the 22nd field, so the 20th after it.
    let (before, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_ascii_whitespace();
    Some(ProcessStat {
        pid: before.split(' ').next()?.parse().ok()?,
        ended: fields.next()? == "Z",
        started: fields.nth(18)?.parse().ok()?,
    })
}

/// Whether no process of this namespace has the number, be it hidden or not: a signal that is only
/// thought of reaches all (kill(2)). Any other answer, such as that we may not, is about a process.
fn is_free(pid: u32) -> bool {
    let Ok(number) = i32::try_from(pid) else { return true };
    Pid::from_raw(number).is_some_and(|pid| test_kill_process(pid) == Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives() {
        let here = Owner::here();
        assert!(here.started > 0 && !here.host.is_empty() && here.boot.len() > 30);
        assert!(!here.is_dead_here());
    }

    #[test]
    fn dead_are_those_of_this_machine_that_are_gone() {
        let here = Owner::here();
        assert!(Owner { started: here.started + 1, ..here.clone() }.is_dead_here());
        assert!(Owner { pid: u32::MAX, ..here.clone() }.is_dead_here());
        assert!(Owner { boot: "other pid:[1]".into(), ..here.clone() }.is_dead_here());
        let boot = here.boot.split(' ').next().unwrap();
        let container = Owner { boot: format!("{boot} pid:[1]"), pid: u32::MAX, ..here.clone() };
        assert!(!container.is_dead_here());
        assert!(!Owner { host: "elsewhere".into(), pid: u32::MAX, ..here }.is_dead_here());
    }

    /// Each side sees itself whole or in part; the process lives.
    #[test]
    fn whatever_is_hidden_who_lives_is_never_taken_for_dead() {
        // Ourselves, and the first process, which we may not signal.
        for owner in [views(std::process::id()), views(1)].concat() {
            for viewer in views(std::process::id()) {
                assert!(!owner.is_dead_for(&viewer), "{owner:?} seen by {viewer:?}");
            }
        }
    }

    #[test]
    fn a_hidden_boot_hides_no_death() {
        let here = Owner::here();
        let hidden = Owner { boot: format!(" {}", namespace()), ..here.clone() };
        for (owner, viewer) in [(&hidden, &here), (&here, &hidden), (&hidden, &hidden)] {
            let gone = Owner { pid: ended(), ..owner.clone() };
            assert!(gone.is_dead_for(viewer), "{gone:?} seen by {viewer:?}");
            // Even where `/proc` shows nothing.
            assert!(gone.is_dead_for(&Owner { started: 0, ..viewer.clone() }));
            let another = Owner { started: here.started + 1, ..owner.clone() };
            assert!(another.is_dead_for(viewer), "{another:?} seen by {viewer:?}");
        }
    }

    /// A process as it may see itself.
    fn views(pid: u32) -> Vec<Owner> {
        let here = Owner::here();
        let mut all = Vec::new();
        for host in [&here.host, ""] {
            for boot in [&here.boot, &format!(" {}", namespace()), " "] {
                for started in [0, started_of(pid)] {
                    all.push(Owner { host: host.into(), boot: boot.into(), pid, started });
                }
            }
        }
        all
    }

    fn started_of(pid: u32) -> u64 {
        shown(&pid.to_string()).unwrap().started
    }

    /// The number of a process that has ended.
    fn ended() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }
}
