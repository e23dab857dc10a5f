//! The sinks' stages: begun, ended, and exchanged when the configuration changes.

use std::collections::BTreeMap;
use std::path::Path;

use super::delivering::deliver;
use super::error::DaemonError;
use super::handle::DaemonHandle;
use super::resources::Resources;
use super::stage_handle::StageHandle;
use super::tenant_stages::bare;
use crate::config::{Config, Login, SectionLocation, Sink, SinkKind, Tenant};
use crate::outbox::{self, Outbox};
use crate::process::lifecycle::Lifecycle;
use crate::process::regular_file::{self, Kind};

/// The stages by the names of their sinks.
pub(super) struct SinkStages {
    handle: DaemonHandle,
    running: BTreeMap<String, (SinkInputs, StageHandle)>,
}

/// All that a sink's stage was made of: one that would be made of the same goes on undisturbed.
#[derive(Clone, PartialEq)]
struct SinkInputs {
    settings: Sink,
    /// Whose app it signs in as.
    tenant: Option<Tenant>,
    /// The files that are read once, when it is made.
    files: Vec<Option<Vec<u8>>>,
}

/// What the stages that run were made of.
pub(super) struct RunningSinks {
    resources: Resources,
    inputs: BTreeMap<String, SinkInputs>,
}

/// A stage that can begin.
pub(super) struct NewSinkStage {
    inputs: SinkInputs,
    sink: outbox::ReadySink,
}

impl SinkStages {
    /// None yet.
    pub(super) fn new(handle: DaemonHandle) -> Self {
        Self { handle, running: BTreeMap::new() }
    }

    /// What is known of those that run.
    pub(super) fn running(&self) -> RunningSinks {
        let inputs = self.running.iter().map(|(name, (inputs, _))| (name.clone(), inputs.clone()));
        RunningSinks { resources: self.handle.resources.clone(), inputs: inputs.collect() }
    }

    /// Ends the stages of sinks that are gone from `config`, and begins what is ready. What a sink
    /// that is gone still had to deliver stays in the outbox.
    pub(super) fn adopt(
        &mut self,
        config: &Config,
        ready: Vec<NewSinkStage>,
        lifecycle: &mut Lifecycle,
    ) {
        self.running.retain(|name, (_, stage)| {
            let stays = config.sinks.iter().any(|sink| sink.name == *name);
            if !stays {
                stage.stop();
                tracing::info!(sink = %name, "is configured no more; what waits for it stays");
            }
            stays
        });
        for ready in ready {
            self.begin(ready, lifecycle);
        }
    }

    /// Begins a sink's stage; one that runs already ends before.
    fn begin(&mut self, ready: NewSinkStage, lifecycle: &mut Lifecycle) {
        let NewSinkStage { inputs, sink } = ready;
        let name = inputs.settings.name.clone();
        let before = self.running.remove(&name).map(|(_, before)| before);
        if let Some(before) = &before {
            before.stop();
            tracing::info!(sink = %name, "begins anew");
        }
        let (store, clock) =
            (self.handle.resources.store.clone(), self.handle.resources.clock.clone());
        let outbox = Outbox::new(sink, store.clone(), clock, fastrand::Rng::new())
            .among(self.handle.config.clone());
        let handle = &self.handle;
        let stage = StageHandle::start(lifecycle, |stop| {
            let context = handle.stage_context(&format!("sink {name}"), stop);
            async move {
                if let Some(before) = before {
                    before.ended().await;
                }
                deliver(outbox, store, context).await;
            }
        });
        self.running.insert(name, (inputs, stage));
    }
}

impl RunningSinks {
    /// Makes what is new or changed in `config`, and begins nothing. Blocks on files.
    ///
    /// # Errors
    /// If a sink's files are no good: every problem of every sink.
    pub(super) fn ready(&self, config: &Config) -> Result<Vec<NewSinkStage>, DaemonError> {
        let (mut ready, mut problems) = (Vec::new(), Vec::new());
        for settings in &config.sinks {
            let inputs = SinkInputs::of(settings, config);
            if self.inputs.get(&settings.name) == Some(&inputs) {
                continue;
            }
            let Resources { auth, clock, .. } = &self.resources;
            match outbox::ReadySink::checked(settings, config, auth, clock) {
                Ok(sink) => ready.push(NewSinkStage { inputs, sink }),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(ready) } else { Err(DaemonError::Sinks(problems)) }
    }
}

impl SinkInputs {
    fn of(sink: &Sink, config: &Config) -> Self {
        let read = |path: Option<&Path>, kind| regular_file::bytes(path?, kind).ok();
        let (tenant, template) = match &sink.kind {
            SinkKind::GraphMail(mail) => (Some(&mail.tenant), None),
            SinkKind::Email(smtp) => match &smtp.login {
                Login::Token { tenant, .. } => (Some(tenant), None),
                Login::Nobody | Login::Password { .. } => (None, None),
            },
            SinkKind::Webhook(receiver) => (None, receiver.template_file.as_deref()),
            SinkKind::Chat(_) | SinkKind::File(_) => (None, None),
        };
        let tenant =
            tenant.and_then(|name| config.tenants.iter().find(|tenant| tenant.name == *name));
        let ca_file = sink.route.ca_file.as_deref();
        let tenants = tenant.and_then(|tenant| tenant.ca_file.as_deref());
        Self {
            settings: Sink { location: SectionLocation::default(), ..sink.clone() },
            files: vec![
                read(template, Kind::Template),
                read(ca_file, Kind::Certificates),
                read(tenants, Kind::Certificates),
            ],
            tenant: tenant.map(bare),
        }
    }
}
