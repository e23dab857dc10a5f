//! A digest as content: what people read, in its order. Titles hold our words and numbers only.

use crate::clock::Tick;
use crate::report::number::{counted, grouped};
use crate::report::{Attachment, Block, Content, Fact, Kind, Share, Table, Tone, Value};

use super::data;
use super::figures::{Figures, Plan};
use super::measure::Totals;
use super::people::{People, Person};
use super::urls::Url;
use super::words::{change, clicks_are, correction};

/// The whole message.
pub(super) fn draw(plan: &Plan<'_>, figures: &Figures) -> Content {
    let name = &plan.report.name;
    Content {
        kind: Kind::Digest,
        tenants: plan.report.tenants.clone(),
        title: format!("clickwarden {name}: {}", headline(&figures.totals)),
        preview: preview(plan, figures),
        blocks: blocks(plan, figures),
        data: data::draw(plan, figures),
        attachment: figures.csv.clone().map(|csv| Attachment { name: file_name(plan), csv }),
    }
}

fn headline(totals: &Totals) -> String {
    let at_risk = match totals.users_at_risk {
        0 => "nobody at risk".to_owned(),
        users => format!("{} at risk", counted(users, "user")),
    };
    let (clicks, urls) = (counted(totals.tally.rows, "click"), counted(totals.urls, "URL"));
    format!("{at_risk}, {} blocked, {clicks} on {urls}", grouped(totals.tally.blocked))
}

fn preview(plan: &Plan<'_>, figures: &Figures) -> String {
    let Totals { past_block, allowed_with_threat, .. } = figures.totals;
    let copy = if is_whole(plan, figures) { "the copy is whole" } else { "clicks may be missing" };
    format!(
        "Clicked past a block: {}. Allowed with a threat: {}. {}; {copy}.",
        grouped(past_block),
        grouped(allowed_with_threat),
        period(plan)
    )
}

/// Whether nothing is missing from what is told.
fn is_whole(plan: &Plan<'_>, figures: &Figures) -> bool {
    let coverage = &figures.coverage;
    plan.window.missing.is_empty() && coverage.missing() == 0 && coverage.disputed == 0
}

/// The window in the report's time zone.
fn period(plan: &Plan<'_>) -> String {
    let schedule = &plan.report.schedule;
    let span = plan.window.span;
    format!("{} to {}", schedule.local(span.from), schedule.local(span.until))
}

/// `daily-2026-11-23.csv`, in letters that every mail program takes.
fn file_name(plan: &Plan<'_>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = plan.report.name.chars().map(plain).collect();
    let day: String = plan.report.schedule.local(plan.window.scheduled).chars().take(10).collect();
    format!("{name}-{day}.csv")
}

fn blocks(plan: &Plan<'_>, figures: &Figures) -> Vec<Block> {
    let mut blocks = coverage(plan, figures);
    blocks.extend(numbers(figures));
    blocks.extend(at_risk(plan, &figures.at_risk));
    blocks.extend(urls(plan, figures));
    blocks.extend(repeated(plan, &figures.repeated));
    blocks.extend(corrections(plan, figures));
    blocks.push(words(
        Tone::Plain,
        "Clicks that Defender does not record (no Safe Links policy, tracking off) are in no count.",
    ));
    blocks
}

fn words(tone: Tone, words: impl Into<String>) -> Block {
    Block::Line { tone, parts: vec![Value::Words(words.into())] }
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

/// How far the copy agrees with Defender; never hidden.
fn coverage(plan: &Plan<'_>, figures: &Figures) -> Vec<Block> {
    let tenants = plan.report.tenants.join(", ");
    let mut blocks = vec![words(Tone::Plain, format!("{}, {tenants}", period(plan)))];
    let tone = if is_whole(plan, figures) { Tone::Good } else { Tone::Warning };
    let mut said = figures.coverage.in_words();
    said.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
    blocks.push(words(tone, format!("{said}.")));
    if !plan.window.missing.is_empty() {
        let missing = plan.window.missing.join(", ");
        let at = plan.report.schedule.local(plan.window.scheduled);
        blocks.push(words(
            Tone::Warning,
            format!("No pass since {at} has ended of {missing}: clicks shown late may be missing."),
        ));
    }
    if figures.totals.excluded > 0 {
        let are = clicks_are(figures.totals.excluded);
        blocks.push(words(Tone::Plain, format!("{are} left out by [[exclude]].")));
    }
    blocks
}

fn numbers(figures: &Figures) -> Vec<Block> {
    let (now, before) = (&figures.totals, figures.before.as_ref());
    let fact = |label: &str, tone, value: fn(&Totals) -> u64| Fact {
        label: label.to_owned(),
        value: value(now),
        change: before.map(|before| change(value(now), value(before))),
        tone: if value(now) > 0 { tone } else { Tone::Plain },
    };
    let mut facts = vec![
        fact("Users at risk", Tone::Bad, |t| t.users_at_risk),
        fact("Clicked past a block", Tone::Bad, |t| t.past_block),
        fact("Allowed with a threat", Tone::Bad, |t| t.allowed_with_threat),
        fact("Clicked past a scan", Tone::Warning, |t| t.past_scan),
        fact("Blocked", Tone::Plain, |t| t.tally.blocked),
        fact("Clicks", Tone::Plain, |t| t.tally.rows),
        fact("URLs", Tone::Plain, |t| t.urls),
    ];
    if now.tally.blocked_by_tenant_policy > 0 {
        facts.push(fact("Blocked by your own list", Tone::Plain, |t| {
            t.tally.blocked_by_tenant_policy
        }));
    }
    if now.tally.other > 0 {
        facts.push(fact("Other actions", Tone::Plain, |t| t.tally.other));
    }
    let mut blocks = vec![heading("In numbers"), Block::Facts(facts)];
    if before.is_none() {
        let why = "No change is shown: the copy of the period before, as long, is not whole.";
        blocks.push(words(Tone::Plain, why));
    }
    blocks
}

/// Their table, with a column of tenants where there are several.
fn table(
    plan: &Plan<'_>,
    columns: &[&str],
    rows: impl Iterator<Item = (Vec<Value>, String)>,
    all: u64,
    noun: &str,
) -> Block {
    let several = plan.report.tenants.len() > 1;
    let mut columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
    columns.extend(several.then(|| "Tenant".to_owned()));
    let rows = rows.map(|(mut row, tenant)| {
        row.extend(several.then_some(Value::Words(tenant)));
        row
    });
    let rows: Vec<_> = rows.collect();
    let left_out = all.saturating_sub(rows.len() as u64);
    Block::Table(Table { columns, rows, left_out, noun: noun.to_owned() })
}

fn people(
    plan: &Plan<'_>,
    people: &People,
    columns: &[&str],
    row: impl Fn(&Person) -> Vec<u32>,
) -> Block {
    let rows = people.first.iter().map(|person| {
        let name = std::iter::once(Value::Data(person.name.clone()));
        let numbers = row(person).into_iter().map(|count| Value::Number(count.into()));
        (name.chain(numbers).collect(), person.tenant.clone())
    });
    table(plan, columns, rows, people.all, "users")
}

fn at_risk(plan: &Plan<'_>, found: &People) -> Vec<Block> {
    let columns = ["User", "Past a block", "Allowed with a threat", "Past a scan", "Threat URLs"];
    let row = |person: &Person| {
        let risk = person.risk;
        vec![risk.past_block, risk.allowed, risk.past_scan, risk.threat_urls]
    };
    let told = if found.first.is_empty() {
        let nobody = "Nobody went on past a warning, and no click on a known threat was allowed.";
        words(Tone::Good, nobody)
    } else {
        people(plan, found, &columns, row)
    };
    vec![heading("Users at risk"), told]
}

fn urls(plan: &Plan<'_>, figures: &Figures) -> Vec<Block> {
    let totals = &figures.totals;
    let mut blocks = vec![heading("URLs")];
    if figures.urls.is_empty() {
        blocks.push(words(Tone::Good, "No click was blocked, and none went past a warning."));
    } else {
        blocks.push(url_table(plan, figures));
    }
    if totals.clean_urls > 0 {
        let (urls, clicks) =
            (counted(totals.clean_urls, "clean URL"), counted(totals.clean_clicks, "click"));
        blocks.push(words(Tone::Plain, format!("Not listed: {urls} with {clicks}.")));
    }
    blocks.push(bar(totals));
    blocks
}

/// Whether there is a column that tells which URLs are new.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Shown,
    Unknown,
}

fn url_table(plan: &Plan<'_>, figures: &Figures) -> Block {
    const COLUMNS: [&str; 8] = [
        "URL",
        "Seen",
        "Blocked",
        "Allowed",
        "Pending verdict",
        "Error",
        "Clicked through",
        "Clickers",
    ];
    // At the beginning nothing is known of what was before.
    let is_known = figures.urls.iter().any(|url| url.is_new.is_some());
    let seen = if is_known { Seen::Shown } else { Seen::Unknown };
    let is_shown = |column: &&str| is_known || *column != "Seen";
    let columns: Vec<&str> = COLUMNS.into_iter().filter(is_shown).collect();
    let row = |url: &Url| (url_row(url, seen), url.row.tenant.to_string());
    let all = figures.totals.urls - figures.totals.clean_urls;
    table(plan, &columns, figures.urls.iter().map(row), all, "URLs")
}

fn url_row(url: &Url, seen: Seen) -> Vec<Value> {
    let tally = url.row.tally;
    let words = match url.is_new {
        Some(true) => "new",
        Some(false) => "before",
        None => "",
    };
    let counts = [
        tally.blocked,
        tally.allowed,
        tally.pending_verdict,
        tally.error,
        tally.clicked_through,
        url.row.clickers,
    ];
    let seen = (seen == Seen::Shown).then(|| Value::Words(words.to_owned()));
    let texts = std::iter::once(Value::Url(url.row.url.clone())).chain(seen);
    texts.chain(counts.map(Value::Number)).collect()
}

fn bar(totals: &Totals) -> Block {
    let share = |label: &str, count, tone| Share { label: label.to_owned(), count, tone };
    let tally = totals.tally;
    Block::Bar(vec![
        share("Blocked", tally.blocked, Tone::Good),
        share("Allowed", tally.allowed, Tone::Plain),
        share("Pending verdict", tally.pending_verdict, Tone::Warning),
        share("Error", tally.error, Tone::Warning),
        share("Clicked through", tally.clicked_through, Tone::Bad),
    ])
}

fn repeated(plan: &Plan<'_>, found: &People) -> Vec<Block> {
    let columns = ["User", "Threat URLs", "Clicks on them", "Past a block"];
    let row = |person: &Person| {
        let risk = person.risk;
        vec![risk.threat_urls, risk.threats, risk.past_block]
    };
    let told = if found.first.is_empty() {
        words(Tone::Good, "Nobody clicked on three or more URLs with a threat.")
    } else {
        people(plan, found, &columns, row)
    };
    vec![heading("Repeat users"), told]
}

fn corrections(plan: &Plan<'_>, figures: &Figures) -> Vec<Block> {
    let found = &figures.corrections;
    let local = |at: Tick| Value::Words(plan.report.schedule.local(at));
    let rows = found.list.iter().take(plan.report.top as usize).map(|one| {
        let told = Value::Words(correction(&one.before, &one.now));
        (vec![Value::Url(one.url.clone()), told, local(one.scheduled)], one.tenant.to_string())
    });
    let told = if found.digests == 0 {
        words(Tone::Plain, "There is no earlier digest to correct.")
    } else if found.list.is_empty() {
        words(Tone::Good, "What the digests of the last 30 days told still holds.")
    } else {
        let all = found.list.len() as u64;
        table(plan, &["URL", "Told → known now", "Digest of"], rows, all, "corrections")
    };
    vec![heading("Corrections"), told]
}
