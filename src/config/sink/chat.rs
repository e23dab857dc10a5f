//! The chats: each is posted to at an address of its own, which is a secret.

use std::path::PathBuf;

/// Where in a chat messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRoom {
    /// Which chat.
    pub kind: ChatKind,
    /// The file with the room's address.
    pub url_file: PathBuf,
    /// How tables are drawn.
    pub layout: Layout,
}

/// The chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatKind {
    /// Teams, by a workflow of Power Automate.
    Teams,
    /// Slack, by an incoming webhook.
    Slack,
}

/// How a chat draws tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// As tables.
    #[default]
    Table,
    /// As lines, for narrow screens, and where tables are not shown.
    Lines,
}

impl ChatKind {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Teams, Self::Slack];

    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Teams => "teams",
            Self::Slack => "slack",
        }
    }
}
