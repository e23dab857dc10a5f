//! The demo's own Microsoft, a simulated tenant with clicks invented for it; and the far ends of its
//! sinks, which keep what comes.
//!
//! | what | where |
//! | --- | --- |
//! | a tenant: its sign-in, its hunting API, and what both share | `tenant`, `login`, `hunting`, `tenant_state` |
//! | answers as Graph writes them, and what goes wrong | `render`, `graph_reply`, `fault` |
//! | clicks that look like a company's | `clicks`, `scenes` |
//! | what takes messages: mail, HTTP | `postbox`, `receiver` |
//! | what came, and how it is shown | `inbox`, `mail`, `pages`, `key` |

mod clicks;
mod fault;
mod graph_reply;
mod hunting;
mod inbox;
mod key;
mod login;
mod mail;
mod pages;
mod postbox;
mod receiver;
mod render;
mod scenes;
mod tenant;
mod tenant_state;

pub use clicks::{Rhythm, invent_clicks, invented_table};
pub use fault::{Fault, QuotaKind, ReceivedQuery, RetryHint};
pub use inbox::{Inbox, LastMessages, Posted};
pub use mail::{Mail, MailEnvelope, MailPart};
pub use postbox::Postbox;
pub use receiver::Receiver;
pub use tenant::Tenant;
pub use tenant_state::TenantSettings;
