//! Who holds a lease: a process, told apart from every other by host, boot, number and start time.

use serde::{Deserialize, Serialize};

/// A process on some machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The machine's name.
    pub host: String,
    /// The id of the machine's current boot, and of the process namespace, with a space between.
    /// Either is empty where it is hidden.
    pub boot: String,
    /// The process id.
    pub pid: u32,
    /// When the process started, in clock ticks since the boot; 0 where that is hidden.
    pub started: u64,
}

impl Owner {
    /// The owner as it is kept beside what it holds.
    pub(crate) fn to_json(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether the process ran on the machine of `here` and is gone. What can be seen of it, `is_gone`, is
    /// asked only where both share a process namespace.
    pub(crate) fn has_ended(&self, here: &Self, is_gone: impl FnOnce() -> bool) -> bool {
        if self.host.is_empty() || self.host != here.host {
            return false;
        }
        let ((boot, namespace), (our_boot, ours)) = (self.epoch(), here.epoch());
        if !boot.is_empty() && !our_boot.is_empty() && boot != our_boot {
            return true;
        }
        // The processes of another namespace (a container) are not ours to see.
        !namespace.is_empty() && namespace == ours && is_gone()
    }

    /// The ids of boot and process namespace.
    fn epoch(&self) -> (&str, &str) {
        self.boot.split_once(' ').unwrap_or((&self.boot, ""))
    }
}
