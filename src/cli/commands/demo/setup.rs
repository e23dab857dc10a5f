//! What the demo is configured with: files as an operator would write them.

use std::path::{Path, PathBuf};

use super::folder::write;
use super::world::World;
use crate::cli::CommandError;
use crate::demo::TenantSettings;

/// The tenant's name in the demo.
pub(super) const TENANT: &str = "contoso";
/// The report's.
pub(super) const REPORT: &str = "daily";
/// The signing key's file.
pub(super) const KEY: &str = "soar.key";

/// Writes the configuration and the secrets that it names; where it is.
pub(super) fn configure(dir: &Path, world: &World) -> Result<PathBuf, CommandError> {
    let config = dir.join("clickwarden.toml");
    let text = [head(dir, world), sinks(dir, world), report()].join("\n");
    let line = |text: &str| format!("{text}\n");
    for (name, text) in [
        ("client-secret", world.tenant.settings().client_secret.clone()),
        ("teams.url", line(&world.receiver.teams_url())),
        ("alerts.url", line(&world.receiver.alerts_url())),
        ("soar.url", line(&world.receiver.soar_url())),
        (KEY, line(world.receiver.signing_key())),
    ] {
        write(&dir.join(name), text.as_bytes())?;
    }
    write(&config, text.as_bytes())?;
    Ok(config)
}

/// A file in the folder, as TOML has it.
fn file(dir: &Path, name: &str) -> toml::Value {
    dir.join(name).display().to_string().into()
}

fn head(dir: &Path, world: &World) -> String {
    let TenantSettings { tenant_id, client_id, .. } = world.tenant.settings();
    let (url, store) = (world.tenant.url(), file(dir, "clickwarden.db"));
    let secret = file(dir, "client-secret");
    format!(
        "# A simulated tenant and receivers: their addresses are gone when the demo ends.\n\
         [store]\npath = {store}\n\n\
         [[tenant]]\nname = \"{TENANT}\"\ntenant_id = \"{tenant_id}\"\nclient_id = \"{client_id}\"\n\
         client_secret_file = {secret}\nlogin_url = \"{url}\"\ngraph_url = \"{url}\"\n\n\
         [collect]\ninterval = \"10s\"\ncalls_per_minute = 45\n"
    )
}

fn sinks(dir: &Path, world: &World) -> String {
    let [teams, alerts, soar, key] =
        ["teams.url", "alerts.url", "soar.url", KEY].map(|name| file(dir, name));
    let (host, port) = (world.postbox.address().ip(), world.postbox.address().port());
    format!(
        "[[sink]]\nname = \"teams\"\ntype = \"teams\"\nurl_file = {teams}\n\n\
         [[sink]]\nname = \"mail\"\ntype = \"email\"\nhost = \"{host}\"\nport = {port}\n\
         tls = \"none\"   # to this machine only\n\
         from = \"Clickwarden <clickwarden@northwind.example>\"\n\
         to = [\"soc@northwind.example\"]\n\n\
         [[sink]]\nname = \"soar\"\ntype = \"webhook\"\nurl_file = {soar}\n\
         signing_key_files = [{key}]\n\n\
         [[sink]]\nname = \"alerts\"\ntype = \"teams\"\nurl_file = {alerts}\n\n\
         [alerts]\nsinks = [\"alerts\"]\n"
    )
}

fn report() -> String {
    format!(
        "[[report]]\nname = \"{REPORT}\"\nschedule = \"0 8 * * 1-5\"\nwindow = \"7d\"\n\
         sinks = [\"teams\", \"mail\", \"soar\"]\n"
    )
}
