//! Which of our two forms of metrics a client would rather have, by its `Accept` (RFC 9110, 12.5.1).

/// What `OpenMetrics` is called.
pub(super) const OPEN_METRICS: Form =
    Form { kind: "application", subkind: "openmetrics-text", version: "1.0.0" };
/// What Prometheus's own text is called.
pub(super) const CLASSIC: Form = Form { kind: "text", subkind: "plain", version: "0.0.4" };

/// A media type that we have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    kind: &'static str,
    subkind: &'static str,
    version: &'static str,
}

impl Form {
    /// As it stands in `Content-Type`.
    pub(super) fn content_type(self) -> String {
        let Self { kind, subkind, version } = self;
        format!("{kind}/{subkind}; version={version}; charset=utf-8")
    }
}

/// Whether `OpenMetrics` is wanted, and wanted no less than the classic text. Who does not care gets
/// that, and so does who wants neither: it can be read by whoever asks here.
pub(super) fn wants_open(accept: &str) -> bool {
    let ranges: Vec<Range<'_>> = split(accept, ',').filter_map(Range::read).collect();
    let wanted = |form: Form| {
        let fitting = ranges.iter().filter_map(|range| Some((range.fits(form)?, range.quality)));
        // The most exact range decides.
        fitting.max_by_key(|(exactness, quality)| (*exactness, *quality))
    };
    let (open, classic) = (wanted(OPEN_METRICS), wanted(CLASSIC));
    let quality = |wanted: Option<(Exactness, u16)>| wanted.map_or(0, |(_, quality)| quality);
    let is_named = open.is_some_and(|(exactness, _)| exactness > Exactness::Anything);
    is_named && quality(open) > 0 && quality(open) >= quality(classic)
}

/// How exactly a range says what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exactness {
    Anything,
    Kind,
    Whole,
    Version,
}

/// One range of an `Accept`.
struct Range<'a> {
    kind: &'a str,
    subkind: &'a str,
    version: Option<&'a str>,
    /// In thousandths.
    quality: u16,
}

impl<'a> Range<'a> {
    /// `None` for what is no range.
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = split(text, ';').map(str::trim);
        let (kind, subkind) = parts.next()?.split_once('/')?;
        let mut range =
            Self { kind: kind.trim(), subkind: subkind.trim(), version: None, quality: 1_000 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim() {
                name if name.eq_ignore_ascii_case("q") => range.quality = thousandths(value)?,
                name if name.eq_ignore_ascii_case("version") => range.version = Some(value),
                _ => {}
            }
        }
        Some(range)
    }

    /// How exactly it names the form, if it takes it at all.
    fn fits(&self, form: Form) -> Option<Exactness> {
        match (self.kind, self.subkind) {
            ("*", "*") => Some(Exactness::Anything),
            (kind, "*") if kind.eq_ignore_ascii_case(form.kind) => Some(Exactness::Kind),
            (kind, subkind)
                if kind.eq_ignore_ascii_case(form.kind)
                    && subkind.eq_ignore_ascii_case(form.subkind) =>
            {
                match self.version {
                    None => Some(Exactness::Whole),
                    Some(version) => (version == form.version).then_some(Exactness::Version),
                }
            }
            _ => None,
        }
    }
}

/// A quality of at most three digits after the point, such as `0.25`.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1") || part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let all: u16 = format!("{whole}{part:0<3}").parse().ok()?;
    (all <= 1_000).then_some(all)
}

/// The parts between separators that stand outside quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut in_quotes = false;
    text.split(move |c: char| {
        in_quotes ^= c == '"';
        c == separator && !in_quotes
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Prometheus 3.5 sends (scrape/scrape.go, `acceptHeader`), cut to what it is about.
    const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
        application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,\
        text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

    #[test]
    fn what_is_wanted_more_is_given() {
        for (accept, open) in [
            (PROMETHEUS, true),
            ("application/openmetrics-text", true),
            ("application/openmetrics-text; version=1.0.0, text/plain", true),
            ("APPLICATION/OpenMetrics-Text;Q=0.7;x=\"a,b;q=0\", text/plain;q=0.5", true),
            ("application/*", true),
            ("*/*;q=0.1, application/openmetrics-text;version=\"1.0.0\";q=0.2", true),
            ("", false),
            ("*/*", false),
            ("text/*", false),
            ("text/plain", false),
            ("application/openmetrics-text;q=0", false),
            ("application/openmetrics-text;q=0.000, */*", false),
            ("text/plain;q=0.9, application/openmetrics-text;q=0.2", false),
            ("application/openmetrics-text;version=0.0.1", false),
            ("application/openmetrics-text-2", false),
            ("text/html;x=\"application/openmetrics-text\"", false),
            ("application/openmetrics-text;q=2", false),
            ("application/*;q=0.2, application/openmetrics-text;q=0, text/plain", false),
        ] {
            assert_eq!(wants_open(accept), open, "{accept}");
        }
    }

    proptest! {
        #[test]
        fn no_header_breaks_it(accept in "[ -~\\t]{0,60}", q in 0_u16..=1_000) {
            let _ = wants_open(&accept);
            let of = |form: &str| format!("{form};q={}.{:03}", q / 1_000, q % 1_000);
            prop_assert_eq!(wants_open(&of("application/openmetrics-text")), q > 0);
            prop_assert!(!wants_open(&of("text/plain")));
        }
    }
}
