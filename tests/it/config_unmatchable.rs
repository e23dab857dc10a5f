//! Entries that can never match: named with what does, counted, and left out; and who is told nothing.

use clickwarden::click::Text;
use clickwarden::clock::{Clock, HOUR, MINUTE, Span};

use crate::delivering::{Daemon, file_sink};
use crate::program::Program;
use crate::support::Row;

const EXCLUDE: &str =
    "[[exclude]]\nurls = [\"hxxps://drill[.]example/x\", \"https://drill.example/*\"]\n";

/// Sections, where something in them stands, and what to write instead.
const DEAD: [(&str, &str, &str); 8] = [
    (EXCLUDE, "exclude[0].urls[0]: is defanged", "write it as \"https://drill.example/x\""),
    (
        "[[exclude]]\nurls = [\"https://drill.example/*/login\"]\n",
        "exclude[0].urls[0]: has a star before its end",
        "write it as \"https://drill.example/*\"",
    ),
    (
        "[[exclude]]\nurls = [\"https://*.drill.example/*\"]\n",
        "exclude[0].urls[0]: has a star in its host",
        "write \"drill.example\" into hosts",
    ),
    (
        "[[exclude]]\nusers = [\"@contoso.example\"]\n",
        "exclude[0].users[0]: names no user",
        "such as \"ann@contoso.example\"",
    ),
    (
        "[[rule]]\nname = \"r\"\nby = [\"host\"]\nwhen = \"host == 'Ünïcode.example'\"\n",
        "rule[0].when: line 1, column 9: never matches: \"Ünïcode.example\" is no host",
        "write it as \"xn--ncode-cta3g.example\"",
    ),
    (
        "[[rule]]\nname = \"r\"\nby = [\"user\"]\nwhen = \"true\"\nmedium_when = \"user == 'Ann@x'\"\n",
        "rule[0].medium_when: line 1, column 9: never matches: \"Ann@x\" has upper case",
        "write it as \"ann@x\"",
    ),
    (
        "[[exclude]]\nhosts = [\"drill[.]example\", \"drill.example\"]\n",
        "exclude[0].hosts[0]: is no host as clicks have it",
        "write it as \"drill.example\"",
    ),
    (
        "[[rule]]\nname = \"r\"\nby = [\"url\"]\nwhen = 'url.matches(\"\\bevil\")'\n",
        "rule[0].when: line 1, column 13: has a backspace in its pattern",
        "(^|[^0-9A-Za-z_]) before it",
    ),
];

#[test]
fn check_names_each_with_what_matches() {
    for (section, said, instead) in DEAD {
        let program = Program::offline();
        program.configure_also(section);
        let ran = program.run(&["check", "--offline"]);
        let failed: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("failed")).collect();
        let [line] = failed[..] else { panic!("{section}: {}", ran.out) };
        assert!(line.contains(said) && line.contains(instead), "{section}: {line}");
        assert_eq!(ran.code, Some(78), "{section}");
        // The rest is looked at all the same, and everything else goes on.
        assert!(ran.out.contains("contoso: credentials"), "{}", ran.out);
        assert_eq!(program.run(&["config", "show"]).code, Some(0));
    }
    for (host, living) in [
        ("2001:db8::1", "[2001:db8::1]"),
        ("*[.]drill[.]example", "drill.example"),
        ("https://Drill.example/x", "drill.example"),
    ] {
        let program = Program::offline();
        program.configure_also(&format!("[[exclude]]\nhosts = [{host:?}]\n"));
        let ran = program.run(&["check", "--offline"]);
        let wanted = format!("is no host as clicks have it; write it as \"{living}\"");
        assert!(ran.out.contains(&wanted) && ran.code == Some(78), "{}", ran.out);
        assert_eq!(program.run(&["config", "show"]).code, Some(0), "{host}");
    }
    // What is no host at all has no spelling that matches, and is refused as before.
    let program = Program::offline();
    program.configure_also("[[exclude]]\nhosts = [\"drill[.]example\", \"a b\"]\n");
    let ran = program.run(&["config", "show"]);
    assert!(ran.err.contains("exclude[0].hosts[1]: is no host; write it as"), "{}", ran.err);
    assert_eq!(ran.code, Some(78));
}

#[test]
fn an_exclusion_without_its_dead_entries_leaves_out_no_more_than_it_says() {
    let now = Clock::System.now().floor(MINUTE);
    let row = |url: &str| {
        Row::new(now.plus(-HOUR), url, "ClickAllowed").with(Text::AccountUpn, "ann@contoso.example")
    };
    let rows = [row("https://drill.example/x"), row("https://other.example/")];
    for (list, excluded) in [
        ("urls = [\"hxxps://drill[.]example/x\", \"https://drill.example/*\"]", 1),
        ("hosts = [\"other[.]example\", \"drill.example\"]", 1),
        // Nothing can match both, and so it leaves out nothing: not all that the user clicked on.
        ("urls = [\"hxxps://drill[.]example/x\"]", 0),
        ("hosts = [\"drill[.]example\", \"2001:db8::1\"]", 0),
    ] {
        let program = Program::offline();
        program
            .configure_also(&format!("[[exclude]]\n{list}\nusers = [\"ann@contoso.example\"]\n"));
        program.fill("contoso", &rows, Span::new(now.plus(-2 * HOUR), now));
        let summary = program.run(&["summary", "--format", "json"]).json();
        assert_eq!(summary["excluded"], excluded, "{list}");
    }
}

#[test]
fn the_daemon_warns_goes_on_and_counts_them() {
    let program = Program::offline();
    let path = program.folder.path().join("clickwarden.toml");
    let before = std::fs::read_to_string(&path).unwrap();
    program.configure_also(EXCLUDE);
    let daemon = Daemon::start(program);
    daemon.says("left out, and the next release may refuse it");
    daemon.says("exclude[0].urls[0]: is defanged, and no click's URL is");
    let status = || daemon.program.run(&["status", "--format", "json"]).json();
    assert_eq!(status()["unmatchable_entries"], 1);
    let text = daemon.program.run(&["status"]).out;
    assert!(text.contains("configuration: 1 entry can never match"), "{text}");
    let (exclude, _, _) = DEAD[3];
    std::fs::write(&path, format!("{before}\n{EXCLUDE}{exclude}")).unwrap();
    daemon.signal("HUP");
    daemon.says("exclude[1].users[0]: names no user");
    daemon.says("the new configuration is in force");
    assert_eq!(status()["unmatchable_entries"], 2);
}

#[test]
fn a_shipped_rule_that_is_named_is_on_and_a_start_says_so() {
    for (more, switch) in [("", "on"), ("enabled = false\n", "off"), ("enabled = true\n", "on")] {
        let program = Program::offline();
        program.configure_also(&format!("[[rule]]\nname = \"clicked-through\"\n{more}"));
        let listed = program.run(&["rule", "list"]).out;
        assert!(listed.contains(&format!("clicked-through: {switch} (")), "{more}: {listed}");
    }
    let program = Program::offline();
    program.configure_also("[[rule]]\nname = \"clicked-through\"\nseverity = \"low\"\n");
    let daemon = Daemon::start(program);
    daemon.says("this rule is on since a [[rule]] names it: enabled = false turns it off");
    daemon.says("these rules notify nobody: name a sink in [alerts] or in the rules");
    let status = daemon.program.run(&["status"]).out;
    assert!(status.contains("alerts of clicked-past-block, "), "{status}");
}

#[test]
fn check_says_who_tells_nobody_and_what_nobody_uses() {
    let check = |sections: &dyn Fn(&Program) -> String| {
        let program = Program::of(&["a", "b"], "http://127.0.0.1:9");
        program.configure_also(&sections(&program));
        program.run(&["check", "--offline"])
    };
    let ran = check(&|_| String::new());
    assert!(
        ran.out.contains("warning  rules: notify nobody: clicked-past-block, allowed-with-threat"),
        "{}",
        ran.out
    );
    assert_eq!(ran.code, Some(0));
    let sinks = |program: &Program| {
        let all = file_sink(program, "all").replace("type", "shared = true\ntype");
        format!("{all}{}tenants = [\"a\"]\n", file_sink(program, "one"))
    };
    // Only some of a rule's tenants have somebody who hears of them.
    let ran = check(&|program| {
        format!(
            "{}[alerts]\nsinks = [\"all\"]\n[[rule]]\nname = \"campaign\"\nsinks = [\"one\"]\n",
            sinks(program)
        )
    });
    assert!(
        ran.out.contains("warning  rule campaign: notifies nobody about b: name a sink"),
        "{}",
        ran.out
    );
    assert!(
        !ran.out.contains("notify nobody:") && !ran.out.contains("that is on goes to"),
        "{}",
        ran.out
    );
    let ran = check(&|program| format!("{}[alerts]\nsinks = [\"all\"]\n", sinks(program)));
    assert!(
        ran.out
            .contains("warning  sinks: no report and no rule that is on goes to one: name it in"),
        "{}",
        ran.out
    );
    let ran = check(&|program| {
        let report = "[[report]]\nname = \"r\"\nschedule = \"@daily\"\nsinks = []\n";
        format!("{}{report}", sinks(program))
    });
    assert!(ran.out.contains("report[0].sinks: names none; name the sinks"), "{}", ran.out);
    assert_eq!(ran.code, Some(78));
}
