//! What several commands take as arguments, and what it means.

pub(super) mod alert;
pub(super) mod filters;
pub(super) mod format;
pub(super) mod ioc;
pub(super) mod lookup;
pub(super) mod named;
pub(super) mod scope;
pub(super) mod text_arg;
pub(super) mod time;
pub(super) mod typed;
pub(super) mod window;
