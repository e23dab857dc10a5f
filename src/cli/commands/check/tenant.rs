//! A tenant's part of the check: its files, sign-in, permission, rows and clock.

use super::ledger::{Ledger, Missed};
use super::line::{CheckLine, CheckStatus};
use super::{Clock, Exit};
use crate::auth::SharedAuth;
use crate::cli::print::text::{counted, roughly, to_second};
use crate::clock::{DAY, MINUTE, Span, Tick};
use crate::collect::missing_identity;
use crate::config::{Credential, Expiring, Expiry, Identity, Problem, Tenant};
use crate::kql::query;
use crate::source::wire;
use crate::source::{Hunting, HuntingReply, ReplyBudget, SourceError};
use crate::view::status::expiry_warning;

/// A clock that is wrong by more than this spoils sign-ins and windows.
const WRONG_CLOCK: i64 = 5 * MINUTE;
/// How far back rows are looked for.
const ROWS_IN: i64 = 7 * DAY;

/// A tenant to be looked at.
pub(super) struct TenantProbe {
    pub tenant: Tenant,
    /// Until when no call may be made, and why.
    pub gate: Option<(Tick, String)>,
    /// Where its calls are written down: nowhere, where there is no store; or why they cannot be.
    pub ledger: Result<Option<Ledger>, String>,
    pub auth: SharedAuth,
    pub budget: ReplyBudget,
    pub clock: Clock,
}

impl TenantProbe {
    fn line(&self, what: &str, status: CheckStatus, words: impl Into<String>) -> CheckLine {
        CheckLine::new(format!("{}: {what}", self.tenant.name), status, words)
    }

    /// The files that the section names.
    pub(super) fn files(&self) -> Vec<CheckLine> {
        let problems = self.problems();
        if !problems.is_empty() {
            let bad = |problem: &_| {
                self.line("credentials", CheckStatus::Bad(Exit::BadConfig), format!("{problem}"))
            };
            return problems.iter().map(bad).collect();
        }
        vec![self.credentials()]
    }

    fn problems(&self) -> Vec<Problem> {
        self.tenant.check_files().into_iter().chain(self.tenant.check_token()).collect()
    }

    /// How long credentials that can be read are good.
    fn credentials(&self) -> CheckLine {
        let (expiry, now) = (self.tenant.identity.expiry(), self.clock.now());
        let status = match expiry {
            // Of a secret's end only the configuration tells, which may be wrong.
            Some(Expiry { what: Expiring::Certificate, until, .. }) if now >= until => {
                CheckStatus::Bad(Exit::Refused)
            }
            _ => CheckStatus::Warning,
        };
        if let Some(warning) = expiry_warning(expiry, now) {
            return self.line("credentials", status, warning);
        }
        let words = match &self.tenant.identity {
            Identity::App { credential, .. } => credential_in_words(credential).to_owned(),
            Identity::Managed(identity) => {
                format!("the machine's managed identity, by {}", identity.platform.name())
            }
        };
        let end = match (expiry, &self.tenant.identity) {
            (Some(expiry), _) => format!("; it expires on {}", expiry.last_day),
            (None, Identity::App { credential: Credential::Secret { .. }, .. }) => {
                "; set secret_expires to be warned before its end".to_owned()
            }
            (None, _) => String::new(),
        };
        self.line("credentials", CheckStatus::Good, format!("{words}{end}"))
    }

    /// Everything that takes the network. What cannot work after a failure is not tried.
    pub(super) async fn live(&self) -> Vec<CheckLine> {
        if !self.problems().is_empty() {
            return vec![self.line("sign-in", CheckStatus::Skipped, "there are no credentials")];
        }
        if let Some((until, why)) = &self.gate {
            let words = format!("the source asked to wait until {} UTC ({why})", to_second(*until));
            return vec![self.line("hunting", CheckStatus::Bad(Exit::TryLater), words)];
        }
        let hunting = match Hunting::of(&self.tenant, &self.auth, &self.budget, &self.clock) {
            Ok(hunting) => hunting,
            Err(error) => {
                return vec![self.line(
                    "network",
                    CheckStatus::Bad(Exit::BadConfig),
                    error.to_string(),
                )];
            }
        };
        if let Err(error) = hunting.sign_in().await {
            return vec![self.failed("sign-in", &error)];
        }
        let mut lines = vec![self.line("sign-in", CheckStatus::Good, "Entra ID gave a token")];
        lines.extend(self.queries(&hunting).await);
        lines
    }

    async fn queries(&self, hunting: &Hunting) -> Vec<CheckLine> {
        let before = self.clock.now();
        let reply = match self.call("hunting", hunting, &query::columns()).await {
            Ok(reply) => reply,
            Err(line) => return vec![line],
        };
        let after = self.clock.now();
        let columns = self.columns(&reply);
        let clock = reply.date.map(|date| self.clock(date, before, after));
        drop(reply);
        let mut lines = vec![columns];
        if lines.iter().all(|line| line.exit() == Exit::Done) {
            lines.push(self.rows(hunting, after).await);
        }
        lines.extend(clock);
        lines
    }

    /// A call within the tenant's quota, which is shared with collection and with people.
    async fn call(
        &self,
        what: &str,
        hunting: &Hunting,
        query: &str,
    ) -> Result<HuntingReply, CheckLine> {
        let answer = match &self.ledger {
            Ok(Some(ledger)) => ledger.run(hunting, query).await,
            Ok(None) => hunting.run(query, 0).await.map_err(Missed::Source),
            Err(why) => Err(Missed::NoLedger(why.clone())),
        };
        answer.map_err(|missed| match missed {
            Missed::Source(error) => self.failed(what, &error),
            Missed::Later(words) => self.line(what, CheckStatus::Bad(Exit::TryLater), words),
            Missed::NoLedger(why) => {
                let words = format!("not asked: the ledger of calls cannot be written: {why}");
                self.line(what, CheckStatus::Bad(Exit::Failed), words)
            }
        })
    }

    fn columns(&self, reply: &HuntingReply) -> CheckLine {
        let columns = match wire::columns(&reply.body) {
            Ok(columns) => columns,
            Err(error) => return self.failed("hunting", &error.into()),
        };
        let missing = missing_identity(|name| columns.iter().any(|column| column.name == name));
        if missing.is_empty() {
            let words = "permission is granted, UrlClickEvents answers";
            return self.line("hunting", CheckStatus::Good, words);
        }
        let words = format!(
            "UrlClickEvents has no column {}; nothing can be collected",
            missing.join(", ")
        );
        self.line("hunting", CheckStatus::Bad(Exit::Failed), words)
    }

    async fn rows(&self, hunting: &Hunting, now: Tick) -> CheckLine {
        let span = Span::new(now.plus(-ROWS_IN), now);
        let reply = match self.call("clicks", hunting, &query::count_rows(span)).await {
            Ok(reply) => reply,
            Err(line) => return line,
        };
        let first = wire::counts(&reply.body).map_err(SourceError::from).map(|counts| {
            counts.rows.as_ref().and_then(|rows| Some(rows.first()?.fingerprint.rows()))
        });
        match first {
            Ok(Some(0)) => {
                let portal = self.tenant.cloud.defender_portal();
                let words = format!(
                    "no rows at all in the last 7 days: is *Track user clicks* on in the Safe Links \
                     policy ({portal}/safelinksv2)?"
                );
                self.line("clicks", CheckStatus::Warning, words)
            }
            Ok(Some(rows)) => self.line(
                "clicks",
                CheckStatus::Good,
                format!("{} in the last 7 days", counted(rows, "row")),
            ),
            Ok(None) => self.line(
                "clicks",
                CheckStatus::Bad(Exit::TryLater),
                "the source gave an empty answer; try again in a few minutes",
            ),
            Err(error) => self.failed("clicks", &error),
        }
    }

    /// The source tells its time to the second, some time between the two.
    fn clock(&self, source: Tick, before: Tick, after: Tick) -> CheckLine {
        let ours = before.plus(after.since(before) / 2);
        let skew = source.since(ours);
        if skew.abs() <= WRONG_CLOCK {
            return self.line(
                "clock",
                CheckStatus::Good,
                format!("within {} of the source's", roughly(skew)),
            );
        }
        let side = if skew > 0 { "behind" } else { "ahead of" };
        let words = format!("our clock is {} {side} the source's: set it (NTP)", roughly(skew));
        self.line("clock", CheckStatus::Warning, words)
    }

    fn failed(&self, what: &str, error: &SourceError) -> CheckLine {
        let (exit, remedy) = match error {
            SourceError::Transport(_) | SourceError::TokenRefused => {
                (Exit::TryLater, "; check network and proxy, and try again")
            }
            SourceError::Unwell(_) | SourceError::Away(_) => (
                Exit::TryLater,
                "; network and permission are right, the error is Microsoft's: if it lasts, try a query \
                 at security.microsoft.com (Advanced hunting) and look at the service health in the \
                 Microsoft 365 admin center",
            ),
            SourceError::Slow | SourceError::Throttled { .. } | SourceError::TooBig => {
                (Exit::TryLater, "; try again later")
            }
            SourceError::Refused(_) => (Exit::Refused, ""),
            SourceError::Schema(_) => {
                (Exit::Failed, "; does the tenant have Defender for Office 365 Plan 2?")
            }
            SourceError::Rejected(_) => (Exit::Failed, ""),
        };
        self.line(what, CheckStatus::Bad(exit), format!("{error}{remedy}"))
    }
}

/// Credentials that can be read.
const fn credential_in_words(credential: &Credential) -> &'static str {
    match credential {
        Credential::Secret { .. } => "the secret can be read",
        Credential::Certificate(_) => "certificate and key can be read and belong together",
        Credential::TokenFile(_) => "the federated token can be read",
        Credential::ManagedIdentity(_) => {
            "a token of the machine's managed identity vouches for the app"
        }
    }
}
