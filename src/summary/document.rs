//! A summary as a document of its own: a page or Markdown, dead wherever it is opened.

use serde::Serialize;

use crate::clock::Tick;
use crate::coverage::{Coverage, Gap};
use crate::message::markdown::{code, escaped};
use crate::summary::{Row, Summary};
use crate::text::defang;
use crate::text::escape::visible;
use crate::text::time::to_second;

/// A URL is cut to this many columns of text.
const PAGE_URL_WIDTH: usize = 400;
const MARKDOWN_URL_WIDTH: usize = 120;
/// What is shown for the empty URL, which is a group of its own.
const EMPTY_URL: &str = "(empty)";
/// Gaps that are listed.
const MOST_GAPS: usize = 20;

/// What a document is about.
#[derive(Clone, Copy, Debug)]
pub struct DocumentSubject<'a> {
    /// The first tick.
    pub from: Tick,
    /// The first tick after.
    pub until: Tick,
    /// The tenants' names.
    pub tenants: &'a [String],
    /// How far the copy agrees with the source.
    pub coverage: &'a Coverage,
    /// The rows.
    pub summary: &'a Summary,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
#[error("cannot fill in the page: {0}")]
pub struct DocumentError(#[from] minijinja::Error);

/// What the page is filled in with; every text is plain, none is markup.
#[derive(Serialize)]
struct SummaryPage {
    from: String,
    until: String,
    tenants: Vec<String>,
    coverage: String,
    whole: bool,
    facts: Vec<PageFact>,
    columns: Vec<PageColumn>,
    rows: Vec<Vec<PageCell>>,
    more: Option<String>,
    gaps: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct PageFact {
    name: &'static str,
    count: u64,
    hot: bool,
}

#[derive(Serialize)]
struct PageColumn {
    name: &'static str,
    number: bool,
}

#[derive(Serialize)]
struct PageCell {
    text: String,
    class: &'static str,
}

/// The summary as one HTML page that loads nothing and runs nothing.
pub fn html(subject: &DocumentSubject<'_>) -> Result<String, DocumentError> {
    let mut engine = minijinja::Environment::new();
    // A name that ends so makes the engine escape all it fills in.
    engine.add_template("page.html", include_str!("document/page.html"))?;
    Ok(engine.get_template("page.html")?.render(minijinja::value::Serde(page(subject)))?)
}

fn page(subject: &DocumentSubject<'_>) -> SummaryPage {
    let Coverage { gaps, disputes, .. } = subject.coverage;
    SummaryPage {
        from: to_second(subject.from),
        until: to_second(subject.until),
        tenants: subject.tenants.iter().map(|name| visible(name)).collect(),
        coverage: subject.coverage.in_words(),
        whole: subject.coverage.missing() == 0 && subject.coverage.disputed == 0,
        facts: facts(subject.summary),
        columns: columns(subject),
        rows: subject.summary.rows.iter().map(|row| cells(row, subject)).collect(),
        more: more(subject.summary),
        gaps: gaps.iter().chain(disputes).take(MOST_GAPS).map(gap).collect(),
        notes: notes(subject.summary),
    }
}

fn facts(summary: &Summary) -> Vec<PageFact> {
    let tally = summary.tally;
    let all = [
        ("Clicks", tally.rows, false),
        ("URLs", summary.all_rows, false),
        ("Blocked", tally.blocked, false),
        ("Allowed", tally.allowed, false),
        ("Pending verdict", tally.pending_verdict, false),
        ("Error", tally.error, false),
        ("Clicked through", tally.clicked_through, tally.clicked_through > 0),
        ("Tenant policy", tally.blocked_by_tenant_policy, false),
        ("Other", tally.other, false),
        ("Excluded", summary.excluded, false),
    ];
    let shown = |(place, (_, count, _)): &(usize, (_, u64, _))| *place < 7 || *count > 0;
    let shown = all.into_iter().enumerate().filter(shown);
    shown.map(|(_, (name, count, hot))| PageFact { name, count, hot }).collect()
}

/// The headings of [`cells`].
fn columns(subject: &DocumentSubject<'_>) -> Vec<PageColumn> {
    let number = |name| PageColumn { name, number: true };
    let text = |name| PageColumn { name, number: false };
    let mut columns = vec![
        text("URL"),
        number("Blocked"),
        number("Allowed"),
        number("Pending verdict"),
        number("Error"),
        number("Clicked through"),
    ];
    // What the query does not count has a column only where there is something to show.
    if subject.summary.tally.blocked_by_tenant_policy > 0 {
        columns.push(number("Tenant policy"));
    }
    if subject.summary.tally.other > 0 {
        columns.push(number("Other"));
    }
    columns.extend([
        number("Clickers"),
        text("First click (UTC)"),
        text("Last click (UTC)"),
        text("Threats"),
        text("Workloads"),
    ]);
    if subject.tenants.len() > 1 {
        columns.push(text("Tenant"));
    }
    columns
}

fn cells(row: &Row, subject: &DocumentSubject<'_>) -> Vec<PageCell> {
    let tally = row.tally;
    let text = |text: String, class| PageCell { text, class };
    let number = |count: u64| text(count.to_string(), if count == 0 { "n zero" } else { "n" });
    let through = if tally.clicked_through > 0 { "n hot" } else { "n zero" };
    let mut cells = vec![
        text(url(&row.url, PAGE_URL_WIDTH), "u"),
        number(tally.blocked),
        number(tally.allowed),
        number(tally.pending_verdict),
        number(tally.error),
        text(tally.clicked_through.to_string(), through),
    ];
    if subject.summary.tally.blocked_by_tenant_policy > 0 {
        cells.push(number(tally.blocked_by_tenant_policy));
    }
    if subject.summary.tally.other > 0 {
        cells.push(number(tally.other));
    }
    cells.extend([
        number(row.clickers),
        text(to_second(row.first_click), "t"),
        text(to_second(row.last_click), "t"),
        text(defang::text(&row.threat_types.join(", ")), "x"),
        text(defang::text(&row.workloads.join(", ")), "x"),
    ]);
    if subject.tenants.len() > 1 {
        cells.push(text(visible(&row.tenant), "x"));
    }
    cells
}

fn url(url: &str, width: usize) -> String {
    if url.is_empty() { EMPTY_URL.to_owned() } else { defang::within(url, width) }
}

fn more(summary: &Summary) -> Option<String> {
    let more = summary.all_rows.saturating_sub(summary.rows.len() as u64);
    let urls = if more == 1 { "URL" } else { "URLs" };
    (more > 0).then(|| format!("{more} more {urls}"))
}

fn gap(gap: &Gap) -> String {
    let (from, until) = (to_second(gap.span.from), to_second(gap.span.until));
    format!("{}: {from} to {until}: {}", visible(&gap.tenant), gap.why)
}

fn notes(summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    if summary.excluded > 0 {
        let (count, are) = (summary.excluded, if summary.excluded == 1 { "is" } else { "are" });
        let clicks = if count == 1 { "click" } else { "clicks" };
        notes.push(format!("{count} {clicks} {are} left out by [[exclude]] of the configuration."));
    }
    notes.push(
        "Clicks that Defender does not record (no Safe Links policy, tracking off) are not counted."
            .to_owned(),
    );
    notes.push("URLs are shown dead (hxxps, [.], [@]): nothing here leads anywhere.".to_owned());
    notes
}

/// The summary as Markdown with a table (GitHub Flavored Markdown, "Tables").
pub fn markdown(subject: &DocumentSubject<'_>) -> String {
    let page = page(subject);
    let tenants = page.tenants.iter().map(|name| escaped(name)).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "# How the clicks on each URL ended\n\n{tenants}, {} to {} UTC\n\n{}.\n\n",
        page.from,
        page.until,
        escaped(&page.coverage)
    );
    let facts =
        page.facts.iter().map(|PageFact { name, count, .. }| format!("{name}: **{count}**"));
    text += &facts.collect::<Vec<_>>().join(" · ");
    text += "\n\n";
    if subject.summary.rows.is_empty() {
        text += "No clicks.\n";
    } else {
        table(&page, subject, &mut text);
    }
    let lines = page.more.map(|more| format!("… and {more}.")).into_iter();
    for line in lines.chain(page.gaps).chain(page.notes) {
        text.extend(["\n", &escaped(&line), "\n"]);
    }
    text
}

fn table(page: &SummaryPage, subject: &DocumentSubject<'_>, to: &mut String) {
    let names: Vec<&str> = page.columns.iter().map(|column| column.name).collect();
    let rule = |column: &PageColumn| if column.number { "---:" } else { "---" };
    let rules: Vec<&str> = page.columns.iter().map(rule).collect();
    to.extend(["| ", &names.join(" | "), " |\n| ", &rules.join(" | "), " |\n"]);
    for (row, cells) in subject.summary.rows.iter().zip(&page.rows) {
        *to += "| ";
        *to += &code(&url(&row.url, MARKDOWN_URL_WIDTH));
        for cell in cells.iter().skip(1) {
            *to += " | ";
            *to += &escaped(&cell.text);
        }
        *to += " |\n";
    }
}
