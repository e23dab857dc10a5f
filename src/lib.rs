//! clickwarden keeps a local copy of Microsoft Defender's `UrlClickEvents` in step with the
//! source, hour by hour, and tells for every URL how its clicks ended.
//!
//! # Map
//!
//! ```text
//!                              ┌──▶ summary ──▶ digest ─┐
//! source ──▶ collect ──▶ store ┼──▶ rules ──────────────┤
//!                          ▲   │◀────── messages ───────┘
//!                          ▲   └──▶ outbox ──▶ deliver
//!                          └── view reads here, for cli and web
//! ```
//!
//! Data flows one way. A stage makes one step at a time: it reads, decides, and writes one
//! transaction; stages meet in the store and never call each other. Each folder under `src` is a
//! room; it names rooms of its own floor and of lower ones only, and no rooms stand in a circle:
//!
//! | floor | rooms |
//! | --- | --- |
//! | 1, pure, and the process | [`clock`] (ticks, spans, schedules, backoff) · [`text`] (hostile text made harmless) · [`ids`] · [`process`] (files, logs, the end) |
//! | 2 | [`click`] (a click, tallies, patterns, filters) · [`message`] (what is told, free of any channel) · [`network`] (HTTP as this program uses it) · [`stage`] (the loop, its heartbeat) |
//! | 3 | [`config`] · [`auth`] · [`kql`] · [`condition`] (of a rule) · [`indicator`] (lists of what to look for) · [`sync_state`] (hours, fingerprints, gate) |
//! | 4, the edges | [`source`] (HTTP), [`store`] (SQL) and [`deliver`] (HTTP, SMTP), which never name one another |
//! | 5 | [`collect`] · [`coverage`] · [`outbox`] |
//! | 6 | [`summary`] · [`rules`] · [`digest`] |
//! | 7 | [`retention`] |
//! | 8 | [`view`], which owns every shape that leaves as JSON or metrics |
//! | 9 | [`daemon`] |
//! | 10 | [`cli`] · [`web`] · [`demo`] |
//!
//! # A click's way in
//!
//! A user clicks at 14:02; Defender shows the row at 14:04. At 14:05 the tenant's
//! [`collect::Collector`] takes the tenant's lease and asks its [`collect::Pass`] what to do. The
//! pass says: count the last 48 hours by hour, then the last two by minute. [`kql::query`] writes
//! the question, [`source::Hunting`] asks it, [`source::wire`] reads the answer. What was counted
//! becomes each hour's *seen* ([`sync_state::hour::Seen`]); the hour of 14:00 now differs from what is *held*,
//! so it is due. The pass plans a fetch of the minutes that differ. The answer is decoded into
//! [`click::Clicks`], summed up by minute ([`collect::Tallied`]) and hashed while the writer is
//! free for others. It equals what was counted, so it is accepted: one transaction
//! ([`store::Store::apply`]) merges its rows with those held, rewrites the hour's segment, notes
//! what was touched, and writes down what is now held. Had it differed, its new rows would have
//! been kept, and the window looked at again.
//!
//! # A summary's way out
//!
//! `clickwarden summary` opens the store read-only and takes one snapshot. [`summary`] folds the
//! segments of the window, cutting the two hours at its edges to the tick, into one
//! [`click::tally::Tally`] for each URL; [`coverage`] asks of the same hours whether seen equals held,
//! and says in words how far the copy agrees with Defender. [`view::summary`] makes JSON of both, and the
//! command line prints it.
//!
//! # An alert's way out
//!
//! At 14:00 a user was shown a block; at 14:02 the click goes on past it. The transaction that stores
//! the row writes it into `touched`, too. Once the tenant's pass has ended, [`rules`] looks at what
//! was touched: each rule that is in force is asked for the groups that the click belongs to, with it
//! and without it. `clicked-past-block` holds with it only, so an alert opens, its sinks are to be
//! notified, and the news is taken away: one transaction ([`store::Store::commit_alerts`]). The next
//! step sees what is pending, that no silence matches and that the rule told it nothing
//! for a while; it draws the alert as [`message::Content`] and puts it into the outbox, again in one
//! transaction with the note that the sink was notified ([`store::Store::commit_notification`]). [`outbox`]
//! claims the message, [`deliver`] carries it. `clickwarden alert close` ends the alert.
//!
//! # Where to change what
//!
//! `.github/CONTRIBUTING.md` has the steps of each; here is where they begin:
//!
//! | what | where |
//! | --- | --- |
//! | a new sink | [`deliver`]: a chat beside `src/deliver/chat/slack.rs`, else a channel beside `src/deliver/webhook.rs` |
//! | a new variable of rules | [`condition`]: `src/condition/variable.rs`; [`rules`] give it its value: `src/rules/window.rs` |
//! | when a message is tried again | [`outbox`]: `src/outbox/retry.rs` |
//! | when the source is asked again | [`source`]: `src/source/wait.rs`; [`sync_state`]: `src/sync_state/gate.rs` |
//! | a new column of the source | [`click`]: `src/click/column.rs`; [`store`]: `src/store/sqlite/migrations` |
//! | a wrong number in a digest | [`digest`]: `src/digest/measure.rs` |
//! | a wrong number in a summary | [`summary`], over [`click`]: `src/click/tally.rs` |
//! | a new command, or what one prints | [`cli`]: `src/cli/commands/status.rs` is an example; its JSON is made in [`view`] |

pub mod auth;
pub mod cli;
pub mod click;
pub mod clock;
pub mod collect;
pub mod condition;
pub mod config;
pub mod coverage;
pub mod daemon;
pub mod deliver;
pub mod demo;
pub mod digest;
pub mod ids;
pub mod indicator;
pub mod kql;
pub mod message;
pub mod network;
pub mod outbox;
pub mod process;
pub mod retention;
pub mod rules;
pub mod source;
pub mod stage;
pub mod store;
pub mod summary;
pub mod sync_state;
pub mod text;
pub mod view;
pub mod web;
