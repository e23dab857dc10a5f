//! `clickwarden evidence`: all that is known of a case, in one file that proves itself whole.

mod bundle;
mod files;

use std::io::{BufWriter, Seek, Write};
use std::path::PathBuf;

use crate::cli::args::alert::AlertArgument;
use crate::cli::args::filters::Filters;
use crate::cli::args::scope::{ScopeArguments, StoreView};
use crate::cli::print::file;
use crate::cli::print::text::counted;
use crate::cli::{CommandError, Context, Exit};
use crate::click::selection::Selection;
use crate::clock::{Span, Tick};
use crate::store::{NamedTenant, Store};
use crate::view::evidence::case::EvidenceCase;
use crate::view::scope::Scope;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    alert: AlertArgument,
    #[command(flatten)]
    scope: ScopeArguments,
    /// The file to write (whole or not at all, mode 0600), such as case.zip
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    replacing: file::Replacing,
    /// Write it also where no click is meant, instead of failing
    #[arg(long)]
    allow_empty: bool,
}

pub(in crate::cli) fn run(context: &Context, arguments: &Arguments) -> Result<Exit, CommandError> {
    if arguments.filters.is_empty() && arguments.alert.id().is_none() {
        let why = "evidence: say what the case is about: --alert, --url, --user, --message …";
        return Err(CommandError::Said(Exit::Usage, why.to_owned()));
    }
    let mut view = StoreView::open(context, &arguments.scope)?;
    let alert = arguments.alert.narrow(&mut view, &arguments.scope)?;
    let StoreView { store, scope: Scope { tenants, span }, .. } = view;
    let selection = Selection { alert, ..arguments.filters.selection(&store)? };
    let (now, mut said) = (context.clock.now(), String::new());
    file::to_file(&arguments.output, arguments.replacing.existing(), &store, |file| {
        let query = EvidenceQuery { tenants, span, selection };
        let case = write(&store, query, now, BufWriter::new(&*file))?;
        if case.rows.is_empty() && !arguments.allow_empty {
            return Err(empty());
        }
        file.rewind()?;
        said = words(&case, &bundle::sha256(file)?);
        Ok(())
    })?;
    writeln!(std::io::stdout().lock(), "{said}")?;
    Ok(Exit::Done)
}

/// What a case is about.
struct EvidenceQuery {
    tenants: Vec<NamedTenant>,
    span: Span,
    selection: Selection,
}

/// Writes the zip: the same bytes for the same case and time. All of it is one state of the store.
fn write(
    store: &Store,
    query: EvidenceQuery,
    now: Tick,
    to: impl Write + Seek,
) -> Result<EvidenceCase, CommandError> {
    store.read(|snapshot| {
        let case = EvidenceCase::read(snapshot, query.tenants, query.span, query.selection)?;
        Ok(files::write(snapshot, &case, now, to).map(|()| case))
    })?
}

fn empty() -> CommandError {
    CommandError::failed(
        "evidence: no click is meant, and nothing was written; look at --window, or write it all \
         the same with --allow-empty",
    )
}

fn words(case: &EvidenceCase, sum: &str) -> String {
    let clicks = counted(case.rows.len() as u64, "click");
    format!("{clicks}, {} of them withdrawn; SHA-256 {sum}", case.withdrawn())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::click::{Click, Clicks, Present, Text};
    use crate::clock::HOUR;
    use crate::store::{Changes, FetchedAnswer, LeaseClaim, Owner};
    use crate::sync_state::hour::Acceptance;

    #[test]
    fn the_same_store_and_clock_give_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("c.db")).unwrap();
        let tenant = store.tenant("contoso").unwrap();
        let now = Tick::from_unix_seconds(1_784_498_400);
        let ttl = std::time::Duration::from_mins(2);
        let claim = store.lease(tenant, &Owner::here(), ttl, now).unwrap();
        let LeaseClaim::Granted(lease) = claim else { panic!("{claim:?}") };
        let mut texts = [""; Text::COUNT];
        texts[Text::Url as usize] = "https://a.example/";
        let click =
            Click { timestamp: now, texts, is_clicked_through: None, extra: "{\"New\":[1, 2]}" };
        let batch = store.prepare([click, click].into_iter().collect::<Clicks>(), Present::ALL);
        let span = Span::new(now, now.plus(HOUR));
        let batch = batch.of_requests(vec!["an-id".to_owned()]);
        let changes = Changes::default();
        store
            .apply(
                &lease,
                &FetchedAnswer { batch: &batch, window: span, acceptance: Acceptance::Accept },
                &changes,
                now,
            )
            .unwrap();
        let make = || {
            let mut selection = Selection::default();
            selection.urls.add("https://a.example/");
            let query = EvidenceQuery {
                tenants: vec![NamedTenant::stored(tenant, "contoso")],
                span,
                selection,
            };
            let mut zip = std::io::Cursor::new(Vec::new());
            write(&store, query, now, &mut zip).unwrap();
            zip.into_inner()
        };
        let (first, second) = (make(), make());
        assert!(first.len() > 1_000);
        assert_eq!(first, second);
    }
}
