//! What is said of the proxy that the environment names, where a connection does not come up.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::nearby::is_loopback;

/// How the setting is called in what is said of it.
const PROXY: &str = "the proxy that HTTPS_PROXY or ALL_PROXY names";

/// The proxies that the environment names, each as what the HTTP client makes of it.
#[derive(Debug)]
pub struct Proxies {
    matcher: Matcher,
    /// The settings whose value is no address, and which are passed over in silence.
    unusable: Vec<&'static str>,
}

impl Proxies {
    /// Those of the environment.
    pub fn of_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// Those of an environment in which `value` tells the values.
    pub fn of(value: impl Fn(&'static str) -> Option<String>) -> Self {
        let set = |names: [&'static str; 2]| {
            let found = names.into_iter().find_map(|name| Some((name, value(name)?)));
            found.filter(|(_, text)| !text.is_empty())
        };
        let (https, all) = (set(["HTTPS_PROXY", "https_proxy"]), set(["ALL_PROXY", "all_proxy"]));
        let no = set(["NO_PROXY", "no_proxy"]);
        let text = |found: &Option<(_, String)>| found.clone().map(|(_, text)| text);
        let [https_text, all_text, no_text] =
            [&https, &all, &no].map(|found| text(found).unwrap_or_default());
        let matcher = Matcher::builder().https(https_text).all(all_text).no(no_text).build();
        let unusable = [https, all].into_iter().flatten();
        let unusable = unusable.filter(|(_, text)| !is_address(text)).map(|(name, _)| name);
        Self { matcher, unusable: unusable.collect() }
    }

    /// What to say of them when a connection to `url` did not come up in time.
    pub(super) fn blamed(&self, url: &Url) -> Option<String> {
        let goes_by_one = !is_loopback(url)
            && url.as_str().parse().is_ok_and(|uri| self.matcher.intercept(&uri).is_some());
        goes_by_one.then(|| {
            format!("{PROXY} did not connect to it in time; NO_PROXY can go round that proxy")
        })
    }

    /// What to add of settings that are not used although they are set.
    pub(super) fn passed_over(&self) -> Option<String> {
        let names = self.unusable.join(" and ");
        (!names.is_empty()).then(|| {
            format!("no proxy is used: the value of {names} is no address such as http://host:8080")
        })
    }
}

fn is_address(text: &str) -> bool {
    let anywhere = http::Uri::from_static("https://example.com/");
    Matcher::builder().all(text.to_owned()).build().intercept(&anywhere).is_some()
}

/// A failure to get through a proxy, in words that name the setting.
pub(super) fn by_proxy(text: &str) -> Option<String> {
    let (_, why) = text.split_once("tunnel error: ")?;
    Some(match why {
        "unsuccessful" => format!("{PROXY} refuses to connect to it; NO_PROXY can go round it"),
        why if why.starts_with("proxy authorization") => {
            format!("{PROXY} wants a user name and a password, which that address can hold")
        }
        why => {
            let why = why.trim_start_matches("failed to create underlying connection: ");
            format!("{PROXY} cannot be used: {why}")
        }
    })
}
