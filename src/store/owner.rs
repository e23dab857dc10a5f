//! Who holds a lease: a process, told apart from every other by host, boot, number and start time.

use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

/// A process on some machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The machine's name.
    pub host: String,
    /// The id of the machine's current boot, and of the process namespace.
    pub boot: String,
    /// The process id.
    pub pid: u32,
    /// When the process started, in clock ticks since the boot.
    pub started: u64,
}

impl Owner {
    /// This process, as `/proc` shows it (proc(5)).
    pub fn here() -> Self {
        let line = |path| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let pid = std::process::id();
        Self {
            host: line("/proc/sys/kernel/hostname"),
            boot: format!("{} {}", line("/proc/sys/kernel/random/boot_id"), namespace()),
            pid,
            started: started(pid).unwrap_or_default().unwrap_or_default(),
        }
    }

    /// The owner as it is kept beside what it holds.
    pub(super) fn to_json(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether the process ran on this machine and is gone. `false` where that cannot be told.
    pub fn is_dead_here(&self) -> bool {
        let here = Self::here();
        if self.host != here.host || self.boot.is_empty() {
            return false;
        }
        if self.boot == here.boot {
            return self.is_gone();
        }
        // Another process namespace of the same boot (a container): its processes are not ours to see.
        let boot = |owner: &Self| owner.boot.split(' ').next().map(str::to_owned);
        boot(self) != boot(&here)
    }

    fn is_gone(&self) -> bool {
        match started(self.pid) {
            Ok(Some(started)) => started != self.started,
            // Where other users' processes are hidden, the first one is as well.
            Ok(None) => matches!(started(1), Ok(Some(_))),
            Err(_) => false,
        }
    }
}

/// The id of the process namespace, such as `pid:[4026531836]`.
fn namespace() -> String {
    fs::read_link("/proc/self/ns/pid").map(|p| p.display().to_string()).unwrap_or_default()
}

/// The start time of a process; `None` if there is no such process.
fn started(pid: u32) -> std::io::Result<Option<u64>> {
    let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    // The second field is the program's name in brackets, which may hold anything; the start time
    // is the 22nd field, so the 20th after it.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = after_name.split_ascii_whitespace();
    // A process that has ended but was not yet collected by its parent does nothing any more.
    if fields.next() == Some("Z") {
        return Ok(None);
    }
    Ok(fields.nth(18).and_then(|field| field.parse().ok()))
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
}
