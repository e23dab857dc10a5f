//! The daemon: a stage for each tenant and each sink, one for rules, one for digests and one for
//! retention, side by side; it takes a new configuration over while they run, and tells systemd how it is.
//!
//! | what | where |
//! | --- | --- |
//! | start, run, reload | `supervisor`, `reloading` |
//! | the stages that come and go with the configuration | `tenant_stages`, `sink_stages`, `stage_handle` |
//! | what a stage does, step after step | `collecting`, `delivering`, `alerting`, `reporting`, `guarding` |
//! | what stages share, and what others see of them | `resources`, `handle`, `counters`, [`disk_pause`] |
//! | whether it lives, and who is told | `health`, `systemd` |

mod alerting;
mod collecting;
mod counters;
mod delivering;
pub mod disk_pause;
mod error;
mod guarding;
mod handle;
mod health;
mod reloading;
mod reporting;
mod resources;
mod sink_stages;
mod stage_handle;
mod supervisor;
mod systemd;
mod tenant_stages;

pub use alerting::alert;
pub use collecting::{Collecting, collect, in_words};
pub use counters::{Counters, Deliveries};
pub use delivering::deliver;
pub use error::DaemonError;
pub use guarding::guard;
pub use handle::DaemonHandle;
pub use health::{Health, HealthCheck, StoreHealth};
pub use reporting::report;
pub use resources::{REPLY_BUDGET, Resources};
pub use stage_handle::StageContext;
pub use supervisor::Daemon;
pub use systemd::watchdog;
