//! Names of columns and fields that hold indicators, and those that say of which kind.

use super::list::RefusalReason;

/// The names of those that hold URLs.
const URLS: [&str; 7] =
    ["url", "urls", "uri", "fullurl", "maliciousurl", "phishingurl", "remoteurl"];

/// The names in the order of preference: where there is something in one of the first kind, those of
/// the others say something about it. In each kind there may be several.
const NAMES: [&[&str]; 3] = [
    &[
        "ioc",
        "iocs",
        "iocvalue",
        "indicator",
        "indicators",
        "indicatorvalue",
        "observable",
        "observablevalue",
        "value",
        "entry",
    ],
    &URLS,
    &[
        "domain",
        "domains",
        "domainname",
        "fqdn",
        "host",
        "hosts",
        "hostname",
        "ip",
        "ips",
        "ipaddress",
        "ipv4",
        "ipv6",
        "dstip",
        "destip",
        "destinationip",
        "remoteip",
        "email",
        "emailaddress",
    ],
];

/// Names of what says of which kind a value is.
const KINDS: [&str; 6] =
    ["type", "ioctype", "indicatortype", "observabletype", "attributetype", "valuetype"];

/// A column or field that holds indicators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) place: usize,
    /// Whether it holds URLs.
    pub(super) is_url: bool,
}

/// What a heading names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heading {
    /// How many columns there are.
    pub(super) width: usize,
    /// Those that hold indicators, the best kind first.
    pub(super) values: Vec<Vec<Column>>,
    kind: Option<usize>,
    category: Option<usize>,
}

/// What a row says of its values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RowContext<'r> {
    /// Of which kind they are.
    pub(super) kind: Option<&'r str>,
    /// What they are there for, as MISP has it.
    pub(super) category: Option<&'r str>,
}

impl Heading {
    pub(super) fn of(names: &[&str]) -> Self {
        let of = |kind: &[&str]| {
            let is_one = |(_, name): &(usize, &&str)| kind.contains(&plain(name).as_str());
            let column = |(place, name): (usize, &&str)| Column { place, is_url: is_url(name) };
            names.iter().enumerate().filter(is_one).map(column).collect::<Vec<Column>>()
        };
        let values = NAMES.iter().map(|kind| of(kind)).filter(|columns| !columns.is_empty());
        Self {
            width: names.len(),
            values: values.collect(),
            kind: names.iter().position(|name| KINDS.contains(&plain(name).as_str())),
            category: names.iter().position(|name| plain(name) == "category"),
        }
    }

    /// The cells of a row to be read, with whether each is a URL's: those with something in them, of
    /// the best kind in which there is one. None if all are empty.
    pub(super) fn chosen<'r>(
        &self,
        row: &'r [String],
    ) -> Result<Vec<(Column, &'r str)>, RefusalReason> {
        for columns in &self.values {
            let cell = |column: &Column| Some((*column, row.get(column.place)?.as_str()));
            let cells =
                columns.iter().map(cell).collect::<Option<Vec<_>>>().ok_or(RefusalReason::Cells)?;
            let mut some = cells.into_iter().filter(|(_, cell)| !cell.trim().is_empty()).peekable();
            if some.peek().is_some() {
                return Ok(some.collect());
            }
        }
        Ok(Vec::new())
    }

    /// Whether a row has something in a cell that has no name.
    pub(super) fn is_exceeded(&self, row: &[String]) -> bool {
        row.iter().skip(self.width).any(|cell| !cell.trim().is_empty())
    }

    pub(super) fn about<'r>(&self, row: &'r [String]) -> RowContext<'r> {
        let cell = |place: Option<usize>| row.get(place?).map(String::as_str);
        RowContext { kind: cell(self.kind), category: cell(self.category) }
    }
}

fn is_url(name: &str) -> bool {
    URLS.contains(&plain(name).as_str())
}

/// Whether a name is one of something that holds indicators.
pub(super) fn is_value(name: &str) -> bool {
    let name = plain(name);
    NAMES.iter().any(|kind| kind.contains(&name.as_str()))
}

/// `ioc_value` and `"IOC Value"` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
