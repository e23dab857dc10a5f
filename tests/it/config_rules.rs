//! `[[rule]]`, `[alerts]` and what goes with them, as the real program reads it: what is right, and
//! one clear sentence for each thing that is wrong.

use std::time::Duration;

use clickwarden::condition::{Condition, GroupBy, Variable};
use clickwarden::config::{Config, Origin, SectionLocation, Switch, show};
use clickwarden::message::severity::Severity;

use crate::config::{GUID, load, load_with, problems};
use crate::program::Program;

const HOUR: Duration = Duration::from_hours(1);

/// A tenant, and a sink for it.
fn base() -> String {
    format!("{}{}", tenant("contoso"), sink("ours", "tenants = [\"contoso\"]"))
}

fn tenant(name: &str) -> String {
    format!(
        "[[tenant]]\nname = {name:?}\ntenant_id = \"{name}.example\"\nclient_id = {GUID:?}\n\
         client_secret_file = \"/etc/secret\"\n"
    )
}

fn sink(name: &str, more: &str) -> String {
    format!("[[sink]]\nname = {name:?}\ntype = \"file\"\npath = \"/tmp/{name}\"\n{more}\n")
}

/// Two tenants; a sink for each, and one for both.
fn several() -> String {
    let sinks = [sink("theirs", "tenants = [\"fabrikam\"]"), sink("both", "shared = true")];
    format!("{}{}{}", base(), tenant("fabrikam"), sinks.concat())
}

/// What is in effect, without the places of the sections.
fn placeless(mut config: Config) -> Config {
    config.rules.iter_mut().for_each(|rule| rule.location = SectionLocation::default());
    config.sinks.iter_mut().for_each(|sink| sink.location = SectionLocation::default());
    for tenant in &mut config.tenants {
        (tenant.location, tenant.credential_location) = Default::default();
    }
    config
}

#[test]
fn the_shipped_rules_are_there_without_being_named() {
    let config = load(&base()).unwrap();
    let found: Vec<_> = config
        .rules
        .iter()
        .map(|rule| {
            let by: Vec<&str> = rule.by.parts().iter().map(|part| part.name()).collect();
            let hours = rule.over.as_secs() / 3_600;
            let name = rule.name.as_str();
            (name, by.join("+"), hours, rule.when.text(), rule.severity, rule.switch)
        })
        .collect();
    let row = |name, by: &str, hours, when, severity, switch| {
        (name, by.to_owned(), hours, when, severity, switch)
    };
    let (on, off, high, medium) = (Switch::On, Switch::Off, Severity::High, Severity::Medium);
    assert_eq!(
        found,
        [
            row("clicked-past-block", "url+user", 24, "clicked_past_block > 0", high, on),
            row("allowed-with-threat", "url", 24, "allowed_with_threat > 0", high, on),
            row("allowed-then-blocked", "host", 48, "allowed_before_blocked > 0", high, on),
            row("campaign", "host", 1, "affected_users >= 5", medium, on),
            row("repeat-user", "user", 24, "threat_urls >= 3", medium, on),
            row("clicked-through", "url", 24, "clicked_through > 0", high, off),
            row("new-host-burst", "host", 24, "age_days < 1 && clickers >= 10", medium, off),
        ]
    );
    for rule in &config.rules {
        assert_eq!((rule.origin, rule.repeat), (Origin::Shipped, 24 * HOUR));
        assert_eq!((&rule.sinks, &rule.tenants[..]), (&vec![], &["contoso".to_owned()][..]));
        let medium = rule.medium_when.as_ref().map(Condition::text);
        let expected = "age_days > 14 || users_ever > 50";
        assert_eq!(medium, (rule.name == "allowed-then-blocked").then_some(expected));
    }
    assert_eq!(config.alerts.group_interval, Duration::from_mins(5));
    assert!(config.alerts.sinks.is_empty() && config.web.public_url.is_none());
    assert_eq!(config.sinks[0].min_severity, Severity::Low);
    let shared = &config.alerts.shared_hosts;
    assert!(shared.has("https://a-my.sharepoint.com/x") && !shared.has("https://a.example/"));
}

#[test]
fn a_section_changes_of_a_shipped_rule_what_it_says() {
    let text = base()
        + "[alerts]\nsinks = [\"ours\"]\n\
           [[rule]]\nname = \"campaign\"\nwhen = \"affected_users >= 3\"\n\
           [[rule]]\nname = \"repeat-user\"\nenabled = false\n\
           [[rule]]\nname = \"clicked-through\"\nenabled = true\nsinks = []\n\
           [[rule]]\nname = \"allowed-then-blocked\"\nby = [\"url\", \"url\"]\nover = \"1m\"\n\
           [[rule]]\nname = \"clicked-past-block\"\nseverity = \"high\"\n";
    let config = load(&text).unwrap();
    assert_eq!(config.rules.len(), 7);
    let rule = |name: &str| config.rules.iter().find(|rule| rule.name == name).unwrap();
    let campaign = rule("campaign");
    assert_eq!(campaign.when.text(), "affected_users >= 3");
    assert_eq!((campaign.over, campaign.severity), (HOUR, Severity::Medium));
    assert_eq!((campaign.origin, &campaign.sinks[..]), (Origin::Changed, &["ours".to_owned()][..]));
    assert_eq!(campaign.location.section, "rule[0]");
    assert_eq!(rule("repeat-user").switch, Switch::Off);
    assert_eq!(
        (rule("clicked-through").switch, rule("clicked-through").sinks.len()),
        (Switch::On, 0)
    );
    let blocked = rule("allowed-then-blocked");
    assert_eq!((blocked.by.parts(), blocked.over.as_secs()), (&[GroupBy::Url][..], 60));
    assert!(blocked.medium_when.is_some());
    // What says what is shipped changes nothing.
    assert_eq!(rule("clicked-past-block").origin, Origin::Shipped);
}

#[test]
fn a_rule_of_ones_own_needs_little_and_takes_all() {
    let little = "[[rule]]\nname = \"mine\"\nby = [\"user\"]\nwhen = \"clickers > 0\"\n";
    let config = load(&(base() + little)).unwrap();
    let rule = &config.rules[7];
    assert_eq!((rule.over, rule.repeat, rule.severity), (24 * HOUR, 24 * HOUR, Severity::Medium));
    assert_eq!((rule.origin, rule.switch), (Origin::Own, Switch::On));
    assert_eq!((rule.medium_when.as_ref(), rule.runbook.as_ref()), (None, None));
    let all = several()
        + "[alerts]\nsinks = [\"ours\", \"theirs\"]\ngroup_interval = \"0s\"\n\
           shared_hosts = [\"Files.Contoso.example\"]\n\
           [web]\npublic_url = \"https://clicks.example/page\"\n\
           [[rule]]\nname = \"mine\"\nby = [\"user\", \"url\"]\nover = \"30d\"\nrepeat = \"5m\"\n\
           when = \"\"\"\nclickers > 0 // all\n&& user.endsWith('.example')\"\"\"\n\
           medium_when = \"age_days > 3\"\nseverity = \"critical\"\ntenants = [\"contoso\"]\n\
           sinks = [\"both\", \"ours\", \"both\"]\nrunbook = \"Call them. Über 24 h: escalate\"\n\
           enabled = false\n\
           [[rule]]\nname = \"campaign\"\nrunbook = \"https://wiki.example/a?b=c#d\"\n";
    let config = load(&all).unwrap();
    let rule = &config.rules[7];
    assert_eq!(
        (rule.by.parts(), rule.by.has(GroupBy::Host)),
        (&[GroupBy::Url, GroupBy::User][..], false)
    );
    assert_eq!(
        (&rule.sinks[..], rule.severity),
        (&["both".into(), "ours".into()][..], Severity::Critical)
    );
    assert_eq!((&rule.tenants[..], rule.switch), (&["contoso".to_owned()][..], Switch::Off));
    assert_eq!(config.rules[0].sinks, ["ours", "theirs"]);
    assert_eq!(config.rules[0].tenants, ["contoso", "fabrikam"]);
    assert_eq!(config.alerts.group_interval, Duration::ZERO);
    assert!(config.alerts.shared_hosts.has("https://a.files.contoso.example/"));
    assert_eq!(config.web.public_url.as_ref().unwrap().as_str(), "https://clicks.example/page");
    // What is shown reads back.
    assert_eq!(placeless(load(&show(&config)).unwrap()), placeless(config));
}

#[test]
fn a_sink_takes_what_is_bad_enough() {
    let text = tenant("contoso") + &sink("soc", "min_severity = \"high\"");
    let config = load(&text).unwrap();
    assert_eq!(config.sinks[0].min_severity, Severity::High);
    assert_eq!(load(&show(&config)).unwrap().sinks[0].min_severity, Severity::High);
    let found = problems(&text.replace("high", "worst"));
    assert_eq!(
        found,
        [
            "c.toml: sink[0].min_severity: \"worst\" is none of its values; choose from low, medium, \
          high, critical"
        ]
    );
}

#[test]
fn the_environment_changes_rules_too() {
    let text = base() + "[[rule]]\nname = \"campaign\"\n";
    let env = [
        ("CLICKWARDEN__RULE__0__WHEN", "affected_users >= 9"),
        ("CLICKWARDEN__RULE__0__ENABLED", "false"),
        ("CLICKWARDEN__RULE__1__NAME", "mine"),
        ("CLICKWARDEN__RULE__1__BY__0", "url"),
        ("CLICKWARDEN__RULE__1__WHEN", "url.contains('evil')"),
        ("CLICKWARDEN__ALERTS__SINKS__0", "ours"),
        ("CLICKWARDEN__WEB__PUBLIC_URL", "http://127.0.0.1:8600"),
    ];
    let config = load_with(&text, &env).unwrap();
    assert_eq!(config.rules[3].when.text(), "affected_users >= 9");
    assert_eq!((config.rules[3].switch, config.rules[7].sinks.len()), (Switch::Off, 1));
    let wrong = load_with(&text, &[("CLICKWARDEN__RULE__0__WHEN", "clicker > 3")]).unwrap_err();
    assert_eq!(
        wrong[0].to_string(),
        "environment: rule[0].when: line 1, column 1: there is no variable \"clicker\"; did you mean \
         clickers?"
    );
}

#[test]
fn the_annotated_file_tells_of_all_variables_and_shipped_rules() {
    let text = include_str!("../../config/clickwarden.toml");
    let words: Vec<&str> = text.split_whitespace().filter(|word| *word != "#").collect();
    let told = words.join(" ");
    for variable in Variable::ALL {
        let line = format!(" {} {}", variable.name(), variable.meaning());
        assert!(told.contains(&line), "{line}");
    }
    for rule in load(&base()).unwrap().rules {
        let on = if rule.switch == Switch::On { "yes" } else { "no" };
        let by: Vec<&str> = rule.by.parts().iter().map(|part| part.name()).collect();
        let (by, over) = (by.join(", "), format!("{}h", rule.over.as_secs() / 3_600));
        let (name, severity, when) = (&rule.name, rule.severity.name(), rule.when.text());
        let line = format!(" {name} {on} {by} {over} {severity} {when} ");
        assert!(told.contains(&line), "{line}");
        let medium =
            rule.medium_when.map(|condition| format!("medium_when = {:?}", condition.text()));
        assert!(medium.is_none_or(|medium| told.contains(&medium)));
    }
}

/// A rule that is right but for `more`.
fn with(more: &str) -> String {
    let given = |key: &str| more.lines().any(|line| line.starts_with(key));
    let usual = [("name = ", "\"mine\""), ("by = ", "[\"url\"]"), ("when = ", "\"true\"")];
    let usual = usual.iter().filter(|(key, _)| !given(key));
    let usual: String = usual.flat_map(|(key, value)| [*key, value, "\n"]).collect();
    format!("[[rule]]\n{usual}{more}\n")
}

#[test]
fn each_thing_that_is_wrong_is_one_sentence() {
    let long = format!("when = \"{}true\"", " ".repeat(1_000));
    let deep = format!("when = \"{}true{}\"", "(".repeat(30), ")".repeat(30));
    let by = "choose from url, host, user, as in [\"url\", \"user\"]";
    for (more, wanted) in [
        (
            "when = \"url = 3\"",
            "when: line 1, column 5: is not understood at \"=\"; compare with ==".to_owned(),
        ),
        (
            "when = \"true &&\\n url > 3\"",
            "when: line 2, column 6: compares a text with a number; compare numbers with numbers and \
             texts, which stand in quotes, with texts; a list is asked with in or size()"
                .to_owned(),
        ),
        (
            "when = \"clicked_past_blok > 0\"",
            "when: line 1, column 1: there is no variable \"clicked_past_blok\"; did you mean \
             clicked_past_block?"
                .to_owned(),
        ),
        (
            "medium_when = \"user == 'a'\"",
            "medium_when: line 1, column 1: user is known only to a rule by user; add user to by, or \
             do without it here"
                .to_owned(),
        ),
        (
            &long,
            "when: line 1, column 1001: is 1004 bytes long; shorten it to 1000, or make two rules of \
             it"
            .to_owned(),
        ),
        (
            &deep,
            "when: line 1, column 26: stands in more than 24 brackets; make two rules of it"
                .to_owned(),
        ),
        ("by = []", format!("by: names nothing; {by}")),
        (
            "by = [\"url\", \"clicker\"]",
            format!("by[1]: is nothing that clicks can be grouped by; {by}"),
        ),
        ("by = \"url\"", "by: is no list; write it as [\"…\", \"…\"]".to_owned()),
        ("over = \"31d\"", "over: 31d is out of range; choose 1m to 30d".to_owned()),
        ("repeat = \"4m\"", "repeat: 4m is out of range; choose 5m to 30d".to_owned()),
        (
            "severity = \"worst\"",
            "severity: \"worst\" is none of its values; choose from low, medium, high, critical"
                .to_owned(),
        ),
        (
            "sinks = [\"both\", \"soc\"]",
            "sinks[1]: there is no sink \"soc\"; choose from ours, theirs, both".to_owned(),
        ),
        (
            "tenants = [\"contos\"]",
            "tenants[0]: is no tenant's name; choose from contoso, fabrikam".to_owned(),
        ),
        (
            "tenants = [\"contoso\"]\nsinks = [\"theirs\"]",
            "sinks[0]: \"theirs\" may hear of none of the tenants that this is for; name other \
             tenants here or in the sink, or another sink"
                .to_owned(),
        ),
        (
            "runbook = \"http://wiki.example/\"",
            "runbook: is no https address; write it as https://host/page".to_owned(),
        ),
        (
            "runbook = \"a\\nb\"",
            "runbook: is no line of text; write a line of at most 500 characters, or the https \
             address of a page"
                .to_owned(),
        ),
        ("enabled = 1", "enabled: is neither true nor false; write true or false".to_owned()),
        ("wehn = \"true\"", "wehn: unknown key; did you mean when?".to_owned()),
        (
            "name = \"a\\r\\nBcc: b\"",
            "name: is no plain name; use up to 64 visible characters".to_owned(),
        ),
    ] {
        let found = problems(&(several() + &with(more)));
        assert_eq!(found, [format!("c.toml: rule[0].{wanted}")], "{more}");
    }
}

#[test]
fn what_is_missing_or_twice_is_said() {
    let found = problems(&(base() + "[[rule]]\nname = \"clicked-past-blok\"\n"));
    assert_eq!(
        found,
        [
            "c.toml: rule[0].by: is missing; choose from url, host, user, as in [\"url\", \"user\"]",
            "c.toml: rule[0].when: is missing; did you mean the shipped rule clicked-past-block?",
        ]
    );
    let found = problems(&(base() + "[[rule]]\nby = [\"url\"]\nwhen = \"true\"\n"));
    assert_eq!(
        found,
        ["c.toml: rule[0].name: is missing; name it: alerts and commands call it by this name"]
    );
    let twice = "[[rule]]\nname = \"campaign\"\n";
    let found = problems(&(base() + twice + twice));
    assert_eq!(
        found,
        [
            "c.toml: rule[1].name: another [[rule]] has this name, too; give each a name of its own, or \
          make one of both"
        ]
    );
    for (more, wanted) in [
        (
            "[alerts]\nsinks = [\"soc\"]",
            "alerts.sinks[0]: there is no sink \"soc\"; choose from ours",
        ),
        ("[alerts]\nsink = []", "alerts.sink: unknown key; did you mean sinks?"),
        (
            "[alerts]\ngroup_interval = \"25h\"",
            "alerts.group_interval: 25h is out of range; choose 0s to 1d",
        ),
        (
            "[alerts]\nshared_hosts = [\"https://a.example\"]",
            "alerts.shared_hosts[0]: is no host; write it as example.com; the names below it are \
             meant, too",
        ),
        (
            "[web]\npublic_url = \"http://clicks.example\"",
            "web.public_url: is plain http, which is allowed to loopback only; write it as \
             https://host",
        ),
        (
            "[web]\npublic_url = \"https://clicks.example/?a=b\"",
            "web.public_url: holds more than host and path; write it as https://host",
        ),
    ] {
        assert_eq!(problems(&(base() + more)), [format!("c.toml: {wanted}")], "{more}");
    }
}

#[test]
fn the_program_shows_rules_and_refuses_wrong_ones() {
    let program = Program::offline();
    let mine = "[[rule]]\nname = \"mine\"\nby = [\"url\"]\nwhen = ";
    program.configure_also(&format!("{mine}\"clickers >= 3\""));
    let shown = program.run(&["config", "show"]);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    assert!(shown.out.contains("when = \"clickers >= 3\"") && shown.out.contains("[alerts]"));
    assert_eq!(shown.out.matches("[[rule]]").count(), 8);
    program.configure(&shown.out);
    assert_eq!(program.run(&["config", "show"]).out, shown.out);
    program.configure_also(&format!("{}\"clikers >= 3\"", mine.replace("mine", "theirs")));
    let refused = program.run(&["config", "show"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(78), ""));
    let wanted = "rule[8].when: line 1, column 1: there is no variable \"clikers\"; did you mean \
                  clickers?";
    assert!(refused.err.contains(wanted), "{}", refused.err);
}
