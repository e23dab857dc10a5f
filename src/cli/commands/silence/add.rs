//! `clickwarden silence add`.

use std::io::Write as _;

use crate::cli::args::filters::host_flag;
use crate::cli::args::lookup::{Lookup, UrlMatches, in_one_line, listed_urls};
use crate::cli::args::text_arg::{refusal, required_text_arg};
use crate::cli::args::time::time_arg;
use crate::cli::context::existing_store;
use crate::cli::print::silence::in_words;
use crate::cli::print::stderr::print_error;
use crate::cli::print::text::{counted, to_second};
use crate::cli::{CommandError, Context, Exit};
use crate::click::fold;
use crate::click::pattern::host_name;
use crate::clock::{HOUR, MINUTE, Tick, ticks_of};
use crate::config::{Config, parse_duration};
use crate::indicator::alive;
use crate::store::{NewSilence, Silence, Store};
use crate::text::escape::one_line;
use crate::view::actions::silence_end;
use crate::view::scope::select_tenants;
use crate::view::silences::open_alerts_of;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    end: SilenceEnd,
    /// Why, in a line
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    reason: String,
    #[command(flatten)]
    of: SilenceMatchers,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct SilenceEnd {
    /// How long it lasts, such as 4h or 7d
    #[arg(long = "for", value_name = "LENGTH", allow_hyphen_values = true)]
    length: Option<String>,
    /// When it ends, such as 2026-11-23T18:00:00Z, or 2026-11-23 for the beginning of that day in UTC
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct SilenceMatchers {
    /// Alerts of this rule
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Alerts of this tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// About this URL, or the one in a Safe Link; as it is or as any of our outputs shows it whole
    #[arg(long, value_name = "URL", allow_hyphen_values = true)]
    url: Option<String>,
    /// About this very host, or a URL that leads there
    #[arg(long, value_name = "HOST", allow_hyphen_values = true)]
    host: Option<String>,
    /// About this user, compared without case; also as a table shows it
    #[arg(long, value_name = "UPN", allow_hyphen_values = true)]
    user: Option<String>,
    /// Every alert
    #[arg(long, conflicts_with_all = ["rule", "tenant", "url", "host", "user"])]
    all: bool,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    let now = context.clock.now();
    let until = arguments.end.tick(now)?;
    let reason = required_text_arg("--reason", &arguments.reason)?;
    let config = context.config()?;
    arguments.of.check(&config)?;
    let store = existing_store(&config)?;
    let of = NewSilence { until, reason, ..arguments.of.read(&store)? };
    let id = store.add_silence(&of, now)?;
    let words = in_words(&of);
    let silence = Silence { id, from: now, of };
    let matching = store.read(|snapshot| open_alerts_of(snapshot, &silence))?;
    let until = to_second(until);
    let matches = match matching {
        0 => String::new(),
        open => format!("; matches {}", counted(open, "open alert")),
    };
    writeln!(
        std::io::stdout(),
        "silence {id}: no notifications of {words} until {until} UTC{matches}"
    )?;
    if matching == 0 {
        print_error("warning: matches no open alert");
    }
    Ok(Exit::Done)
}

impl SilenceEnd {
    /// When it ends: ahead of us, and not in years.
    fn tick(&self, now: Tick) -> Result<Tick, CommandError> {
        let (flag, end) = match (&self.length, &self.until) {
            (Some(length), _) => ("--for", after(length, now)?),
            (None, Some(until)) => ("--until", at(until, now)?),
            (None, None) => {
                return Err(CommandError::usage("--for or --until: a silence has an end"));
            }
        };
        silence_end(end, now).map_err(|refused| refusal(flag, refused))
    }
}

fn after(length: &str, now: Tick) -> Result<Tick, CommandError> {
    let shown = one_line(length);
    let length = parse_duration(length).map_err(|error| {
        CommandError::usage(format!("--for: {shown:?} {error}; write it as 4h, 7d or 1h30m"))
    })?;
    Ok(now.plus(ticks_of(length)))
}

fn at(until: &str, now: Tick) -> Result<Tick, CommandError> {
    time_arg("--until", until, now.plus(4 * HOUR).floor(MINUTE))
}

impl SilenceMatchers {
    /// Names must be known: one that is misspelt would silence nothing.
    fn check(&self, config: &Config) -> Result<(), CommandError> {
        select_tenants(config, self.tenant.as_slice())?;
        check_rule(config, self.rule.as_deref())?;
        self.host.as_deref().map_or(Ok(()), |host| {
            // One that was cut is refused with what it may be.
            if host.contains('…') { Ok(()) } else { host_flag(host).map(drop) }
        })
    }

    /// What it is of.
    fn read(&self, store: &Store) -> Result<NewSilence, CommandError> {
        let url = |text: &String| url(Lookup { store, flag: "--url" }, &in_one_line(text));
        let user = |text: &String| user(Lookup { store, flag: "--user" }, in_one_line(text).trim());
        let host = |text: &String| host_flag(&Lookup { store, flag: "--host" }.host(text)?);
        Ok(NewSilence {
            tenant: self.tenant.clone(),
            rule: self.rule.clone(),
            url: self.url.as_ref().map(url).transpose()?,
            host: self.host.as_ref().map(host).transpose()?,
            user: self.user.as_ref().map(user).transpose()?,
            ..NewSilence::default()
        })
    }
}

fn check_rule(config: &Config, name: Option<&str>) -> Result<(), CommandError> {
    let Some(name) = name else { return Ok(()) };
    if config.rules.iter().any(|rule| rule.name == name) {
        return Ok(());
    }
    let known: Vec<&str> = config.rules.iter().map(|rule| rule.name.as_str()).collect();
    let (known, name) = (known.join(", "), one_line(name));
    let why = format!("--rule: no rule is named {name:?}; there are: {known}");
    Err(CommandError::Said(Exit::BadConfig, why))
}

/// As it was clicked. One that is alive may have in it what looks defanged.
fn url(lookup: Lookup<'_>, text: &str) -> Result<String, CommandError> {
    let is_alive = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    let live = || is_alive && host_name(text).is_some();
    let url = match lookup.urls(text)? {
        UrlMatches::Stored(urls) if urls.len() == 1 => return Ok(urls.concat()),
        // Nobody clicked it yet, or both of them.
        _ if live() => text.to_owned(),
        _ => listed_urls(text).into_iter().next().unwrap_or_else(|| alive(text)),
    };
    if url.contains("://") || host_name(&url).is_none() {
        return Ok(url);
    }
    let url = one_line(&url);
    let why = format!("--url: {url:?} has no scheme, and nobody clicked such a URL");
    Err(CommandError::usage(format!("{why}; write it as https://{url}")))
}

/// As it is compared.
fn user(lookup: Lookup<'_>, text: &str) -> Result<String, CommandError> {
    let known = lookup.users(text)?;
    Ok(match <[String; 1]>::try_from(known) {
        Ok([one]) => fold(&one),
        Err(_) => fold(&alive(text)),
    })
}
