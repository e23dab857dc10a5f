//! What tokens are for, and what that takes.

use crate::config::Cloud;

/// The permission that hunting needs ("security: runHuntingQuery", Permissions).
pub const PERMISSION: &str = "ThreatHunting.Read.All";

/// What a token is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Hunting, through Graph.
    #[default]
    Hunting,
    /// Sending mail through Graph.
    GraphMail,
    /// Sending mail over SMTP, at Exchange Online.
    Smtp,
}

impl Purpose {
    /// The application permission that it needs.
    pub const fn permission(self) -> &'static str {
        match self {
            Self::Hunting => PERMISSION,
            Self::GraphMail => "Mail.Send",
            Self::Smtp => "SMTP.SendAsApp",
        }
    }

    /// Whose permission that is.
    pub const fn api(self) -> &'static str {
        match self {
            Self::Hunting | Self::GraphMail => "Microsoft Graph",
            Self::Smtp => "Office 365 Exchange Online",
        }
    }

    /// The API as the name of what a token is for.
    pub(crate) fn resource(self, cloud: Cloud) -> String {
        match self {
            Self::Hunting | Self::GraphMail => cloud.resource(),
            Self::Smtp => format!("https://{}", cloud.outlook_host()),
        }
    }
}
