//! `[[report]]`: what is right, and one clear sentence for each thing that is wrong.

use std::time::Duration;

use clickwarden::click::sort::Sort;
use clickwarden::config::{Attach, Order, show};

use crate::config::{GUID, load, problems};

/// Two tenants; a sink for each, and one for both.
fn base() -> String {
    let tenant = |name: &str| {
        format!(
            "[[tenant]]\nname = {name:?}\ntenant_id = \"{name}.example\"\nclient_id = {GUID:?}\n\
             client_secret_file = \"/etc/secret\"\n"
        )
    };
    let sink = |name: &str, audience: &str| {
        format!("[[sink]]\nname = {name:?}\ntype = \"file\"\npath = \"/tmp/{name}\"\n{audience}\n")
    };
    [
        tenant("contoso"),
        tenant("fabrikam"),
        sink("ours", "tenants = [\"contoso\"]"),
        sink("theirs", "tenants = [\"fabrikam\"]"),
        sink("both", "shared = true"),
    ]
    .concat()
}

/// A report that is right but for `more`.
fn with(more: &str) -> String {
    let (base, more) = (base(), more.trim());
    let given = |key: &str| more.lines().any(|line| line.starts_with(key));
    let usual = [
        ("name = ", "\"daily\""),
        ("schedule = ", "\"0 8 * * 1-5\""),
        ("sinks = ", "[\"ours\"]"),
        ("tenants = ", "[\"contoso\"]"),
    ];
    let usual = usual.iter().filter(|(key, _)| !given(key));
    let usual: String = usual.flat_map(|(key, value)| [*key, value, "\n"]).collect();
    format!("{base}[[report]]\n{usual}{more}\n")
}

#[test]
fn a_report_needs_little_and_shows_the_rest() {
    let text = format!(
        "{}[[report]]\nname = \"daily\"\nschedule = \"0 8 * * 1-5\"\nsinks = [\"both\"]\n",
        base()
    );
    let mut config = load(&text).unwrap();
    let report = &config.reports[0];
    assert_eq!(report.tenants, ["contoso", "fabrikam"]);
    assert_eq!((report.window, report.top), (None, 25));
    assert_eq!((report.order, report.attach), (Order::Risk, Attach::Risky));
    assert_eq!(report.schedule.to_string(), "0 8 * * 1-5 (UTC)");
    let shown = show(&config);
    assert!(shown.contains("timezone = \"UTC\""), "{shown}");
    let again = load(&shown).unwrap();
    config.reports[0].location = again.reports[0].location.clone();
    assert_eq!(again.reports, config.reports);
}

#[test]
fn all_that_a_report_can_say_is_taken() {
    let more = "timezone = \"Europe/Berlin\"\nwindow = \"7d\"\ntop = 500\nattach = \"none\"\n\
                sinks = [\"ours\", \"both\", \"ours\"]";
    for order in Order::all() {
        let config = load(&with(&format!("{more}\nsort = {:?}", order.name()))).unwrap();
        let report = &config.reports[0];
        assert_eq!(report.order, order);
        assert_eq!((report.window, report.top), (Some(Duration::from_hours(24 * 7)), 500));
        assert_eq!((report.sinks.len(), report.attach), (2, Attach::None));
        assert_eq!(report.schedule.to_string(), "0 8 * * 1-5 (Europe/Berlin)");
        let again = load(&show(&config)).unwrap();
        assert_eq!(again.reports[0].order, order);
    }
    assert_eq!(Order::all().count(), Sort::ALL.len() + 1);
}

#[test]
fn each_thing_that_is_wrong_is_one_sentence() {
    let cron = "write minute, hour, day, month, day of the week: \"0 8 * * 1-5\"";
    for (more, wanted) in [
        ("schedule = \"0 8 30 2 *\"", format!("schedule: never comes due; {cron}")),
        (
            "timezone = \"Europe/Atlantis\"",
            "timezone: \"Europe/Atlantis\" is no time zone; write its IANA name, such as \
             \"Europe/Berlin\""
                .to_owned(),
        ),
        (
            "sinks = [\"ours\", \"soc\"]",
            "sinks[1]: there is no sink \"soc\"; choose from ours, theirs, both".to_owned(),
        ),
        ("sinks = []", "sinks: names none; name the sinks that it goes to".to_owned()),
        (
            "tenants = [\"contos\"]",
            "tenants[0]: is no tenant's name; choose from contoso, fabrikam".to_owned(),
        ),
        (
            "sinks = [\"theirs\"]",
            "sinks[0]: \"theirs\" may not hear of all tenants that the report tells of; name fewer \
             tenants in the report, more in the sink, or another sink"
                .to_owned(),
        ),
        ("window = \"32d\"", "window: 32d is out of range; choose 1h to 31d".to_owned()),
        ("top = 0", "top: 0 is out of range; choose a number from 1 to 500".to_owned()),
        (
            "attach = \"some\"",
            "attach: \"some\" is none of its values; choose from risky, all, none".to_owned(),
        ),
        ("nmae = \"x\"", "nmae: unknown key; did you mean name?".to_owned()),
        (
            "name = \"a\\r\\nBcc: b\"",
            "name: is no plain name; use up to 64 visible characters".to_owned(),
        ),
    ] {
        let found = problems(&with(more));
        assert_eq!(found, [format!("c.toml: report[0].{wanted}")], "{more}");
    }
    let found = problems(&with("sort = \"Risky\"")).join("\n");
    assert!(found.contains("choose from Risk, ClickedThrough, Blocked"), "{found}");
    let found = problems(&with("schedule = \"soon\"")).join("\n");
    let wanted = "report[0].schedule: has 1 fields, and a cron line has five; write minute, hour";
    assert!(found.contains(wanted), "{found}");
    let twice = with("").split_once("[[report]]").unwrap().1.to_owned();
    let found = problems(&format!("{}[[report]]{twice}", with("")));
    assert_eq!(
        found,
        ["c.toml: report[1].name: another report has this name, too; give each a name of its own"]
    );
    let bare = base().split_once("[[sink]]").unwrap().0.to_owned();
    let found = problems(&format!("{bare}[[report]]{twice}"));
    assert_eq!(found, ["c.toml: report[0].sinks[0]: there is no sink \"ours\"; add a [[sink]]"]);
}

#[test]
fn a_report_of_all_tenants_goes_to_no_sink_of_one() {
    let text = base()
        + "[[report]]\nname = \"daily\"\nschedule = \"@daily\"\nsinks = [\"both\", \"ours\"]\n";
    let found = problems(&text).join("\n");
    assert!(found.contains("report[0].sinks[1]: \"ours\" may not hear of all"), "{found}");
}
