//! What an alert is about, as a condition on clicks: exact where what people type is not.

use super::fold;
use super::pattern::host_name;

/// The group of an alert. What is not given matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfAlert {
    /// The alert's number.
    pub id: i64,
    /// The URL, byte for byte.
    pub url: Option<String>,
    /// The very host that URLs lead to; none below it.
    pub host: Option<String>,
    /// The user, in lower case; empty: nobody.
    pub user: Option<String>,
}

impl OfAlert {
    /// Whether a click on `url` may belong to it.
    pub fn has_url(&self, url: &str) -> bool {
        self.url.as_deref().is_none_or(|own| own == url)
            && self.host.as_deref().is_none_or(|own| host_name(url).as_deref() == Some(own))
    }

    /// Whether a click by `user` may belong to it.
    pub fn has_user(&self, user: &str) -> bool {
        self.user.as_deref().is_none_or(|own| own == fold(user))
    }
}
