//! Sign-in: tokens of a tenant's app, and what Microsoft says when it gives none.

mod aadsts;
mod arc;
mod bearer;
mod certificate;
mod claims;
mod credential;
mod error;
mod exchange;
mod federated;
mod gates;
mod managed;
mod proof;
mod purpose;
mod secret;
mod secret_header;
mod shared_auth;
mod sign_in;
mod token_cache;
mod tokens;

pub use bearer::Bearer;
pub use error::{AuthError, AuthRefusal};
pub use gates::{BookFuture, GateBook};
pub use purpose::{PERMISSION, Purpose};
pub use shared_auth::SharedAuth;
pub use sign_in::{SignIn, SignInClients};
pub use tokens::Tokens;
