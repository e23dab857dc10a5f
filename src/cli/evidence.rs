//! `clickwarden evidence`: all that is known of a case, in one file that proves itself whole.

mod asked;
mod bundle;
mod case;
mod files;

use std::io::Write as _;
use std::path::PathBuf;

use super::filters::Filters;
use super::text::counted;
use super::view::{Scope, View};
use super::{Context, Exit, Failure, output};
use crate::clock::Tick;
use crate::store::State;
use case::Case;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    scope: Scope,
    /// The file to write (whole or not at all, mode 0600), such as case.zip
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.filters.is_empty() {
        let why = "evidence: say what the case is about: --url, --user, --message …";
        return Err(Failure::Said(Exit::Usage, why.to_owned()));
    }
    let view = View::open(context, &arguments.scope)?;
    let View { store, tenants, span, .. } = view;
    let selection = arguments.filters.selection(&store)?;
    let case = store.read(|snapshot| Case::read(snapshot, tenants, span, selection))?;
    let zip = zip(&case, context.clock.now())?;
    output::to_file(&arguments.output, &store, |file| Ok(file.write_all(&zip)?))?;
    let withdrawn = case.rows.iter().filter(|row| row.state == State::Withdrawn).count();
    let clicks = counted(case.rows.len() as u64, "click");
    let sum = bundle::sha256(&zip);
    writeln!(std::io::stdout().lock(), "{clicks}, {withdrawn} of them withdrawn; SHA-256 {sum}")?;
    Ok(Exit::Done)
}

/// The same bytes for the same case and time.
fn zip(case: &Case, now: Tick) -> Result<Vec<u8>, Failure> {
    bundle::zip(&files::all(case, now)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::click::{Click, Clicks, Present, Text};
    use crate::clock::{HOUR, Span};
    use crate::hour::Verdict;
    use crate::selection::Selection;
    use crate::store::{Changes, Claim, Owner, Store};

    #[test]
    fn the_same_store_and_clock_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("c.db")).unwrap();
        let tenant = store.tenant("contoso").unwrap();
        let now = Tick::from_unix_seconds(1_784_498_400);
        let ttl = std::time::Duration::from_mins(2);
        let claim = store.lease(tenant, &Owner::here(), ttl, now).unwrap();
        let Claim::Granted(lease) = claim else { panic!("{claim:?}") };
        let mut texts = [""; Text::COUNT];
        texts[Text::Url as usize] = "https://a.example/";
        let click =
            Click { timestamp: now, texts, is_clicked_through: None, extra: "{\"New\":[1, 2]}" };
        let batch = store.prepare([click, click].into_iter().collect::<Clicks>(), Present::ALL);
        let span = Span::new(now, now.plus(HOUR));
        let batch = batch.of_requests(vec!["an-id".to_owned()]);
        let changes = Changes::default();
        store.apply(&lease, &batch, span, Verdict::Accept, &changes, now).unwrap();
        let make = || {
            let mut selection = Selection::default();
            selection.urls.add("https://a.example/");
            let tenants = vec![(tenant, "contoso".to_owned())];
            zip(
                &store.read(|snapshot| Case::read(snapshot, tenants, span, selection)).unwrap(),
                now,
            )
        };
        let (first, second) = (make().unwrap(), make().unwrap());
        assert!(first.len() > 1_000);
        assert_eq!(first, second);
    }
}
