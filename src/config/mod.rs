//! Configuration: defaults, then the file and those in `conf.d` beside it, then
//! `CLICKWARDEN__SECTION__KEY` in the environment. One file of code a section. Everything that is
//! wrong is found at once.

mod alerts;
mod apart;
pub(crate) mod certificate;
mod collect;
mod defaults;
mod duration;
mod exclude;
mod exposed;
mod file_places;
mod files;
mod identity;
mod keys;
mod layers;
mod load;
mod location;
mod named;
mod platform;
mod platform_environment;
mod problem;
mod report;
mod rule;
pub mod secret;
mod show;
mod sink;
mod store;
mod summary;
mod tenant;
mod unheard;
mod web;

pub use alerts::Alerts;
pub use certificate::{Algorithm, Certificate};
pub use collect::Collect;
pub use duration::{format as format_duration, parse as parse_duration};
pub use exposed::exposed;
pub use file_places::CREDENTIALS_FOLDER;
pub use identity::{Credential, Expiring, Expiry, Identity};
pub use layers::environment;
pub use load::Config;
pub use location::SectionLocation;
pub use platform::{ManagedIdentity, Platform};
pub use platform_environment::PlatformSecret;
pub use problem::Problem;
pub use report::{Attach, Order, Report};
pub use rule::{By, Origin, Rule, Switch};
pub use show::show;
pub use sink::{
    Audience, ChatKind, ChatRoom, GraphMail, Layout, Login, Plain, Route, Sink, SinkKind, Smtp,
    Tls, WebhookReceiver,
};
pub use store::Store;
pub use summary::Summary;
pub use tenant::{Cloud, Tenant};
pub use unheard::Unheard;
pub use web::Web;

/// A JSON Schema of the file, and of those beside it. Tests hold it to what is read here.
pub const SCHEMA: &str = include_str!("../../config/clickwarden.schema.json");
