//! TLS with a mail server: whom it trusts, and whom it must meet, which is the name, whatever address
//! it led to.

use std::sync::Arc;

use lettre::transport::smtp::client::{Certificate, TlsParameters};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use super::failure::{SmtpFailure, Stage};
use super::settings::Email;
use crate::deliver::outcome::Outcome;
use crate::network;

/// TLS that is ready to begin.
#[derive(Clone)]
pub(super) enum Tls {
    /// Not at all.
    None,
    /// Once the server agreed, by lettre's dialogue.
    Later(TlsParameters),
    /// Before the first word: lettre begins it on no stream but its own.
    AtOnce(TlsConnector, ServerName<'static>),
}

impl Tls {
    /// As the settings say.
    pub(super) fn of(email: &Email) -> Result<Self, Outcome> {
        let broken = |detail: String| Outcome::Broken { detail };
        let pem = email.ca_file.as_deref().map(network::certificates_pem).transpose();
        let pem = pem.map_err(|error| broken(error.to_string()))?;
        let failed = |why: String| broken(format!("cannot set up TLS: {why}"));
        match email.tls {
            crate::config::Tls::None => Ok(Self::None),
            crate::config::Tls::StartTls => later(email, pem.as_deref()).map_err(failed),
            crate::config::Tls::Implicit => at_once(email, pem.as_deref()).map_err(failed),
        }
    }
}

fn later(email: &Email, pem: Option<&[u8]>) -> Result<Tls, String> {
    let mut builder = TlsParameters::builder(email.host.clone());
    if let Some(pem) = pem {
        let found = Certificate::from_pem(pem).map_err(|error| error.to_string())?;
        builder = builder.add_root_certificate(found);
    }
    builder.build().map(Tls::Later).map_err(|error| error.to_string())
}

fn at_once(email: &Email, pem: Option<&[u8]>) -> Result<Tls, String> {
    let found: Result<Vec<CertificateDer<'_>>, _> =
        CertificateDer::pem_slice_iter(pem.unwrap_or_default()).collect();
    let found = found.map_err(|error| error.to_string())?;
    let name = ServerName::try_from(email.host.clone()).map_err(|error| error.to_string())?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    // The system's own trust and the certificates of `ca_file`: what lettre's TLS trusts, too.
    let verifier = Verifier::new_with_extra_roots(found, provider.clone());
    let verifier = verifier.map_err(|error| error.to_string())?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Tls::AtOnce(TlsConnector::from(Arc::new(config)), name))
}

/// Turns a fresh connection to TLS.
pub(super) async fn begin(
    connector: &TlsConnector,
    name: &ServerName<'static>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, SmtpFailure> {
    let begun = connector.connect(name.clone(), stream).await;
    begun.map_err(|error| SmtpFailure::broke(Stage::Greeting, &error))
}
