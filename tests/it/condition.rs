//! Conditions of rules: what they say of a group, and where exactly they are wrong.

use std::collections::BTreeSet;

use clickwarden::condition::{Condition, Evaluation, GroupBy, Kind, Values, Variable};

const URL: &str = "https://login.evil.example/a?b=Käse";

/// A group in which everything is known but what is of the whole store.
fn values<'a>(workloads: &'a [String], threat_types: &'a [String]) -> Values<'a> {
    let mut values = Values {
        url: URL,
        host: "login.evil.example",
        user: "ann@contoso.example",
        workloads,
        threat_types,
        ..Values::default()
    };
    for variable in Variable::ALL {
        if variable.kind() == Kind::Number && !variable.is_of_the_whole_store() {
            // blocked is 0, allowed 1, and so on.
            values.numbers[variable as usize] = Some(variable as i64);
        }
    }
    values
}

fn evaluate(text: &str) -> Evaluation {
    let condition = Condition::parse(text, &GroupBy::ALL);
    let condition = condition.unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(condition.text(), text);
    let (workloads, threats) =
        (["Email".to_owned(), "Teams".to_owned()], ["Malware".to_owned(), "Phish".to_owned()]);
    condition.evaluate(&values(&workloads, &threats))
}

#[test]
fn a_condition_says_whether_it_holds() {
    let hold = [
        "allowed == 1 && pending_verdict == 2",
        "blocked > 0 || allowed > 0",
        "!(blocked > 0)",
        "!!true",
        "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && -7 / 2 == -3 && -7 % 3 == -1",
        "true || true && false",
        "true ? true : false ? false : false",
        "(allowed > 0 ? clickers : blocked) == 7",
        "(blocked > 0 ? 'a' : \"b\") == 'b'",
        "clickers in [1, 7] && !(clickers in []) && !(clickers in [1, 2,])",
        "host in ['a.example', 'login.evil.example'] && !(host in [])",
        "'Phish' in threat_types && !('phish' in threat_types)",
        "'Teams' in workloads && size(workloads) == 2 && [1, 2, 3].size() == 3",
        "url.contains('evil') && !url.contains('Evil') && url.contains('')",
        "url.startsWith('https://') && host.endsWith('.example')",
        "url.matches('^https://[^/]+/a') && !url.matches('^/')",
        "url.matches(r'\\?b=\\w+$') && url.matches(\"(?i)EVIL\")",
        "size(url) == 35 && url.size() == 35",
        "user < 'b' && user >= 'ann'",
        "(blocked > 0) == (blocked > 1) && (blocked > 0) != true",
        "9223372036854775807 > -9223372036854775808",
        "0x10 == 16",
        "\n  allowed > 0 // why\n && other > 0\n",
        "url == \"\"\"https://login.evil.example/a?b=K\\u00e4se\"\"\"",
    ];
    for text in hold {
        assert_eq!(evaluate(text), Evaluation::Holds, "{text}");
        assert_eq!(evaluate(&format!("!({text}\n)")), Evaluation::DoesNot, "{text}");
    }
}

#[test]
fn what_cannot_be_counted_does_not_hold_unless_it_does_not_matter() {
    for (text, expected) in [
        ("1 / blocked > 0", Evaluation::Fails),
        ("!(1 / blocked > 0)", Evaluation::Fails),
        ("1 % blocked == 0", Evaluation::Fails),
        ("9223372036854775807 + allowed > 0", Evaluation::Fails),
        ("9223372036854775807 * pending_verdict > 0", Evaluation::Fails),
        ("-9223372036854775808 - allowed < 0", Evaluation::Fails),
        ("-(-9223372036854775808 + blocked) != 0", Evaluation::Fails),
        ("(-9223372036854775808 + blocked) / -1 != 0", Evaluation::Fails),
        ("1 / blocked > 0 || allowed > 0", Evaluation::Holds),
        ("allowed > 0 || 1 / blocked > 0", Evaluation::Holds),
        ("!(1 / blocked > 0 && blocked > 0)", Evaluation::Holds),
        ("1 / blocked > 0 && allowed > 0", Evaluation::Fails),
        ("blocked == 0 || 1 / blocked > 0", Evaluation::Holds),
        ("1 / blocked in []", Evaluation::Fails),
        ("(1 / blocked > 0 ? 1 : 2) > 0", Evaluation::Fails),
    ] {
        assert_eq!(evaluate(text), expected, "{text}");
    }
}

#[test]
fn a_number_that_is_not_known_matters_only_where_the_answer_hangs_on_it() {
    for (text, expected) in [
        ("age_days > 3", Evaluation::Unknown),
        ("!(age_days > 3)", Evaluation::Unknown),
        ("blocked > 0 && age_days > 3", Evaluation::DoesNot),
        ("age_days > 3 && blocked > 0", Evaluation::DoesNot),
        ("allowed > 0 && age_days > 3", Evaluation::Unknown),
        ("age_days > 14 || users_ever > 50", Evaluation::Unknown),
        ("age_days > 14 || allowed > 0", Evaluation::Holds),
        ("allowed > 0 || age_days > 14", Evaluation::Holds),
        ("blocked > 0 || age_days > 14", Evaluation::Unknown),
        ("!(age_days > 3 && blocked > 0)", Evaluation::Holds),
        ("age_days > 3 ? clickers > 5 : clickers > 6", Evaluation::Holds),
        ("age_days > 3 ? clickers > 5 : clickers > 7", Evaluation::Unknown),
        ("(age_days > 3 ? 1 : 2) > 0", Evaluation::Unknown),
        ("(allowed > 0 ? 1 : age_days) > 0", Evaluation::Holds),
        ("url == (age_days > 3 ? 'a' : 'b')", Evaluation::Unknown),
        ("age_days + 1 > 3", Evaluation::Unknown),
        ("10 / age_days > 3 ? true : true", Evaluation::Unknown),
        ("age_days > 3 ? true : true", Evaluation::Holds),
        ("-age_days in [1]", Evaluation::Unknown),
        ("(age_days > 3) == (users_ever > 3)", Evaluation::Unknown),
        // Whatever the number is, this does not hold.
        ("1 / blocked > 0 && age_days > 3", Evaluation::DoesNot),
        ("1 / blocked > 0 || age_days > 3", Evaluation::Unknown),
        ("(1 / blocked > 0) == (age_days > 3)", Evaluation::Fails),
    ] {
        assert_eq!(evaluate(text), expected, "{text}");
    }
}

/// What is wrong, by line, column and what is said.
const WRONG: [(&str, u32, u32, &str); 65] = [
    ("", 1, 1, "ends too early; write it as clicked_past_block > 0 && clickers >= 3"),
    ("blocked >", 1, 10, "ends too early"),
    ("(blocked > 0", 1, 13, "ends too early"),
    ("blocked > 0)", 1, 12, "is not understood at \")\""),
    ("blocked = 0", 1, 9, "is not understood at \"=\"; compare with =="),
    ("blocked > 0 & other > 0", 1, 13, "is not understood at \"&\"; write && for \"and\""),
    ("blocked > 0 or other > 0", 1, 13, "is not understood at \"or\"; write || for \"or\""),
    (
        "not blocked > 0",
        1,
        5,
        "is not understood at \"blocked\"; for \"not\" write ! before brackets",
    ),
    ("not (blocked > 0)", 1, 1, "no function \"not\"; for \"not\" write ! before brackets"),
    ("true && not(blocked > 0)", 1, 9, "no function \"not\"; for \"not\" write ! before"),
    (
        "host not in ['a']",
        1,
        6,
        "at \"not\"; for \"not in\" write it as !(host in [\"a.example\"])",
    ),
    ("host NOT IN ['a']", 1, 6, "at \"NOT\"; for \"not in\" write it as !(host in"),
    ("blocked <> 0", 1, 10, "at \">\"; for \"other than\" write it as blocked != 3"),
    ("blocked => 0", 1, 9, "at \"=>\"; write it as blocked >= 3"),
    ("url contains 'a'", 1, 5, "at \"contains\"; write it as url.contains(\"text\")"),
    ("host is 'a'", 1, 6, "at \"is\"; compare with =="),
    ("url == 'a", 1, 8, "is not understood at \"'\"; put a text between two quotes"),
    ("url == '\\q'", 1, 8, "write \\ as \\\\"),
    ("url == 'ä' && ü > 3", 1, 15, "is not understood at \"ü\""),
    ("blocked > 0\n  && blocked >\n", 3, 1, "ends too early"),
    ("if > 3", 1, 1, "is not understood at \"if\""),
    ("99999999999999999999 > 0", 1, 1, "is too large a number; choose one up to"),
    ("blocked > -9223372036854775809", 1, 12, "is too large a number"),
    ("blocked.?x", 1, 8, "is not understood at \".?\""),
    (
        "clicked_past_blok > 0",
        1,
        1,
        "no variable \"clicked_past_blok\"; did you mean clicked_past_block?",
    ),
    ("blocked > 0 &&\n  Clickers > 1", 2, 3, "did you mean clickers?"),
    ("foo > 0", 1, 1, "no variable \"foo\"; choose from blocked, allowed"),
    (".url == ''", 1, 2, "no variable \".url\"; did you mean url?"),
    ("url == 3", 1, 5, "compares a text with a number; compare numbers with numbers"),
    ("url == 'ä' || 3 < host", 1, 17, "compares a number with a text"),
    ("1 < clickers < 3", 1, 14, "compares a test with a number"),
    ("true < false", 1, 6, "compares a test with a test"),
    ("threat_types == ['Phish']", 1, 14, "compares a list of texts with a list of texts"),
    ("blocked", 1, 1, "is a number, and says nothing that holds or not; compare it"),
    ("'a'", 1, 1, "is a text, and says nothing"),
    ("blocked && true", 1, 1, "a number stands where something holds or not"),
    ("true || url", 1, 9, "a text stands where something holds or not"),
    ("!blocked", 1, 2, "a number stands where something holds or not"),
    ("blocked ? true : false", 1, 1, "a number stands where something holds or not"),
    ("url + 'a' == ''", 1, 1, "counts with a text"),
    ("-url == ''", 1, 2, "counts with a text"),
    ("blocked + true > 0", 1, 11, "counts with a test"),
    ("(true ? 1 : 'a') == 1", 1, 7, "chooses between a number and a text"),
    ("(true ? [1] : [2]) == 1", 1, 7, "chooses between a list of numbers and a list of numbers"),
    ("url in host", 1, 5, "looks for a text in a text; write it as \"Phish\" in threat_types"),
    ("1 in threat_types", 1, 3, "looks for a number in a list of texts"),
    ("url in ['a', 1]", 1, 8, "is a list of texts and numbers"),
    ("url in [host]", 1, 9, "is no text or whole number, and stands in a list"),
    ("blocked > 1.5", 1, 11, "has a fraction, which conditions do not have"),
    ("blocked > 1u", 1, 11, "has a number with a letter"),
    ("url == b'a'", 1, 8, "has a text of bytes"),
    ("url == null", 1, 8, "has null"),
    ("url.host == ''", 1, 4, "asks for a field"),
    ("threat_types[0] == ''", 1, 13, "asks for an item by its place"),
    ("{'a': 1} == {}", 1, 1, "has a map"),
    ("a.B{c: 1} == 1", 1, 4, "has a structure"),
    (
        "threat_types.exists(x, x == 'a')",
        1,
        14,
        "no function \"exists\"; write it as \"Phish\" in threat_types",
    ),
    ("url.startswith('a')", 1, 5, "no function \"startswith\"; did you mean startsWith?"),
    ("contains(url, 'a')", 1, 1, "contains is not asked so; write it as url.contains(\"text\")"),
    ("size() > 1", 1, 1, "size is not asked so; write it as size(threat_types) > 1"),
    ("has(url)", 1, 1, "no function \"has\"; write it as url != \"\""),
    ("size(blocked) > 1", 1, 6, "asks for the size of a number"),
    ("threat_types.contains('Phish')", 1, 1, "looks into a list as if it were a text"),
    ("url.contains(1)", 1, 14, "takes a number for a text"),
    ("url.matches(host)", 1, 13, "has a pattern that is not written out"),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, line, column, said) in WRONG {
        let error = Condition::parse(text, &GroupBy::ALL).unwrap_err();
        let sentence = format!("{}; {}", error.problem, error.remedy);
        assert!(sentence.contains(said), "{text}: {sentence}");
        assert_eq!((error.line, error.column), (line, column), "{text}: {sentence}");
        assert!(!sentence.contains(['\n', '{']), "{text}: {sentence}");
    }
}

/// What a remedy tells to write works when it is typed.
#[test]
fn a_remedy_is_a_condition() {
    let mut typed = BTreeSet::new();
    for (text, ..) in WRONG {
        let remedy = Condition::parse(text, &GroupBy::ALL).unwrap_err().remedy;
        let shown = ["write it as ", "as in ", "or as "];
        let after = shown.iter().filter_map(|words| Some(remedy.split_once(words)?.1));
        typed.extend(after.map(|code| code.split(", or as ").next().unwrap().to_owned()));
    }
    for code in &typed {
        // A list is a value, and no condition yet.
        let whole = if code.starts_with('[') { format!("host in {code}") } else { code.clone() };
        assert!(Condition::parse(&whole, &GroupBy::ALL).is_ok(), "{code}");
    }
    assert!(typed.len() > 8, "{typed:?}");
}

/// What is written in other languages, with `{}` for a text, in a rule by that text alone.
const FOREIGN: [(&str, &str); 13] = [
    ("{} not in ['a']", "for \"not in\" write it as !({} in ["),
    ("blocked > 0 && {} NOT IN ('a')", "for \"not in\" write it as !({} in ["),
    ("{} <> 'a'", "for \"other than\" write it as {} != \""),
    ("{} contains 'a'", "write it as {}.contains(\"text\")"),
    ("{} not contains 'a'", "for \"not\" write ! before brackets, as in !(blocked > 0)"),
    ("{} endswith 'a'", "write it as {}.endsWith(\"text\")"),
    ("{} =~ 'a'", "write it as {}.matches(\"text\")"),
    ("contains({}, 'a')", "write it as {}.contains(\"text\")"),
    ("isempty({})", "write it as {} != \"\""),
    ("allowed <> 3", "for \"other than\" write it as allowed != 3"),
    ("Clickers not in [1]", "for \"not in\" write it as !(clickers in [3])"),
    ("'Phish' not in threat_types", "for \"not in\" write it as !(\"Phish\" in threat_types)"),
    ("workloads contains 'Teams'", "write it as \"Email\" in workloads"),
];

/// Also in a rule that knows one text only, and about what was written.
#[test]
fn a_remedy_is_a_condition_of_the_rule_that_it_is_told_of() {
    for part in GroupBy::ALL {
        let remedy = |text: &str| Condition::parse(text, &[part]).unwrap_err().remedy;
        let works = |remedy: &str| {
            let shown = ["write it as ", "as in "];
            let code = shown.iter().find_map(|words| Some(remedy.split_once(words)?.1));
            let code = code.unwrap_or_else(|| panic!("{remedy}"));
            Condition::parse(code, &[part]).is_ok_and(|read| read.unmatchable().is_empty())
        };
        for (text, wanted) in FOREIGN {
            let [text, wanted] = [text, wanted].map(|text| text.replace("{}", part.name()));
            let remedy = remedy(&text);
            assert!(remedy.starts_with(&wanted), "{text}: {remedy}");
            assert!(works(&remedy), "{text}: {remedy}");
        }
        // Texts that the rule does not know are in no remedy.
        for other in GroupBy::ALL.map(GroupBy::name) {
            for text in [
                format!("{other} not in ['a']"),
                format!("{other} <> 'a'"),
                format!("{other} like 'a'"),
                format!("contains({other}, 'a')"),
                format!("has({other})"),
            ] {
                let remedy = remedy(&text);
                assert!(works(&remedy), "by {}: {text}: {remedy}", part.name());
            }
        }
    }
}

#[test]
fn a_pattern_is_refused_where_it_cannot_be_searched_for_in_a_bounded_time() {
    for (pattern, said) in [
        ("(a", "has a pattern that cannot be read: unclosed group; mend it"),
        ("[z-a]", "has a pattern that cannot be read: invalid character class range"),
        ("(?:(?:a{50}){50}){50}", "has too large a pattern; repeat less"),
        ("[ab]*a[ab]{1500}$", "has too large a pattern; repeat less"),
        ("(a|b)*a(a|b){20}c", "has too large a pattern; repeat less"),
        (
            "\\\\bevil\\\\b",
            "the words of all languages; for the edge of a word write (^|[^0-9A-Za-z_])",
        ),
        ("\\\\p{Nothing}", "cannot be read: Unicode property not found"),
    ] {
        let error =
            Condition::parse(&format!("url.matches('{pattern}')"), &GroupBy::ALL).unwrap_err();
        let sentence = format!("{}; {}", error.problem, error.remedy);
        assert!(sentence.contains(said), "{pattern}: {sentence}");
        assert_eq!((error.line, error.column), (1, 13), "{pattern}");
    }
    for pattern in ["\\w+\\.xyz", "(?-u:\\b)evil(?-u:\\b)", "[0-9]{5,}", "(?i)rechnung|überweisung"]
    {
        assert_eq!(evaluate(&format!("url.matches(r'{pattern}') || true")), Evaluation::Holds);
    }
}

/// Comparisons that never hold, what is said of them, and what to write instead, which does hold.
const NEVER: [(&str, &str, &str); 17] = [
    ("host == 'Ünïcode.example'", "is no host as clicks have it", "\"xn--ncode-cta3g.example\""),
    ("'Login.evil.example' == host", "is no host", "\"login.evil.example\""),
    ("host != 'login[.]evil[.]example'", "is no host", "\"login.evil.example\""),
    (
        "host in ['a.example', 'https://login.evil.example/x']",
        "is no host",
        "\"login.evil.example\"",
    ),
    ("host == '2001:db8::1'", "is no host", "\"[2001:db8::1]\""),
    ("host == '*.evil.example'", "is no host", "host.endsWith(\".evil.example\")"),
    ("host.endsWith('.Evil.example')", "is in no host", "\".evil.example\""),
    ("host.contains('münchen')", "is in no host", "\"xn--mnchen-3ya\""),
    ("user == 'Ann@contoso.example'", "has upper case", "\"ann@contoso.example\""),
    ("user in ['@contoso.example']", "names no user", "user.endsWith(\"@contoso.example\")"),
    ("user.endsWith('@Contoso.example')", "has upper case", "\"@contoso.example\""),
    ("user == 'ann[@]contoso.example'", "is defanged", "\"ann@contoso.example\""),
    (
        "url == 'hxxps://login[.]evil[.]example/a'",
        "is defanged",
        "\"https://login.evil.example/a\"",
    ),
    ("url.startsWith('hxxps://')", "is defanged", "\"https://\""),
    (
        "url == 'https://*.evil.example/'",
        "has a star in its host",
        "host.endsWith(\".evil.example\")",
    ),
    ("url.matches('\\bevil')", "has a backspace in its pattern", "(^|[^0-9A-Za-z_])"),
    ("url.matches(\"evil\\b\")", "has a backspace in its pattern", "($|[^0-9A-Za-z_])"),
];

#[test]
fn what_never_matches_is_named_with_what_does() {
    for (text, said, instead) in NEVER {
        let condition = Condition::parse(&format!("blocked > 0 || {text}"), &GroupBy::ALL).unwrap();
        let [error] = condition.unmatchable() else { panic!("{text}: {condition:?}") };
        let sentence = format!("{}; {}", error.problem, error.remedy);
        assert!(sentence.contains(said) && error.remedy.contains(instead), "{text}: {sentence}");
        assert!(error.line == 1 && error.column > 15, "{text}: {error:?}");
    }
    for text in [
        "host == 'login.evil.example' && host != '' && host in ['[2001:db8::1]', 'xn--mnchen-3ya.de']",
        "url == 'https://a.example/x[.]y*z' || url.contains('hxxps://b[.]c') || url == 'HTTPS://A.example'",
        "user == 'ann@contoso.example' || user.contains('@')",
        "url.matches('(^|[^0-9A-Za-z_])evil($|[^0-9A-Za-z_])') || url.matches(r'[a-z&~-]\\.[^/]')",
        "'phish' in threat_types || clickers in [1]",
    ] {
        let condition = Condition::parse(text, &GroupBy::ALL).unwrap();
        assert_eq!(condition.unmatchable(), [], "{text}");
    }
}

#[test]
fn sets_within_classes_are_named_with_what_means_the_characters() {
    // regex-syntax 0.8 reads them as sets, RE2 as characters: its syntax page has no such operators.
    for (pattern, said, instead) in [
        ("[a-z&&x]", "has && in a class of its pattern", "[a-z&x]"),
        ("[a-z--x]", "has -- in a class of its pattern", "[a-zx-]"),
        ("[a-z~~x]", "has ~~ in a class of its pattern", "[a-z~x]"),
        ("[a[b]]", "has [ in a class of its pattern", "[a\\[b]"),
    ] {
        let condition = format!("url.matches(r\"{pattern}\")");
        let condition = Condition::parse(&condition, &GroupBy::ALL).unwrap();
        let [error] = condition.unmatchable() else { panic!("{pattern}") };
        assert!(error.problem.contains(said), "{error:?}");
        assert_eq!((error.line, error.column), (1, 13));
        // As the remedy says it.
        let condition = format!("url.matches(r\"^{instead}+$\")");
        let condition = Condition::parse(&condition, &GroupBy::ALL).unwrap();
        assert_eq!(condition.unmatchable(), [], "{instead}");
        let sign = instead.chars().find(|c| "&~[".contains(*c) && pattern.matches(*c).count() > 1);
        let url = format!("a{}", sign.unwrap_or('-'));
        let values = Values { url: &url, ..Values::default() };
        assert_eq!(condition.evaluate(&values), Evaluation::Holds, "{instead} in {url}");
    }
}

#[test]
fn the_remedy_for_the_edge_of_a_word_works_as_it_is_typed() {
    let refused = Condition::parse(r"url.matches(r'\bevil\b')", &GroupBy::ALL).unwrap_err();
    let never = Condition::parse("url.matches('\\bevil')", &GroupBy::ALL).unwrap();
    for remedy in [&refused.remedy, &never.unmatchable()[0].remedy] {
        let parts: Vec<&str> = remedy.split(' ').filter(|word| word.starts_with('(')).collect();
        let [before, behind] = parts[..] else { panic!("{remedy}") };
        // In every kind of quotes.
        for quote in ["'", "\"", "r'", "r\""] {
            let end = quote.trim_start_matches('r');
            let text = format!("url.matches({quote}{before}evil{behind}{end})");
            let condition = Condition::parse(&text, &GroupBy::ALL).unwrap();
            for (url, holds) in [
                ("https://evil.example/", true),
                ("https://a.example/?evil", true),
                ("https://devil.example/", false),
                ("https://evil_.example/", false),
            ] {
                let values = Values { url, ..Values::default() };
                assert_eq!(
                    condition.evaluate(&values) == Evaluation::Holds,
                    holds,
                    "{text} in {url}"
                );
            }
        }
    }
}

#[test]
fn a_condition_is_neither_long_nor_deep() {
    let error = |text: &str| Condition::parse(text, &GroupBy::ALL).unwrap_err();
    let long = format!("true{}", " ".repeat(997));
    let found = error(&long);
    assert_eq!((found.line, found.column), (1, 1_001));
    assert_eq!(found.problem, "is 1001 bytes long");
    assert_eq!(evaluate(&long[..1_000]), Evaluation::Holds);
    let nested = |deep: usize| format!("{}true{}", "(".repeat(deep), ")".repeat(deep));
    assert_eq!(evaluate(&nested(24)), Evaluation::Holds);
    let found = error(&nested(25));
    assert_eq!((found.column, found.problem.as_str()), (26, "stands in more than 24 brackets"));
    let sum = |terms: usize| format!("{}1 > 0", "1 + ".repeat(terms));
    assert_eq!(evaluate(&sum(38)), Evaluation::Holds);
    let found = error(&sum(240));
    assert_eq!(found.problem, "is more than 40 steps deep");
    // What is joined by && or || counts as one.
    assert_eq!(evaluate(&format!("{}true", "true && ".repeat(120))), Evaluation::Holds);
}

#[test]
fn texts_need_a_rule_by_them() {
    let all: [&[GroupBy]; 4] = [&[GroupBy::Url], &[GroupBy::Host], &[GroupBy::User], &GroupBy::ALL];
    let known = |text: &str| all.map(|by| Condition::parse(text, by).is_ok());
    assert_eq!(known("url == ''"), [true, false, false, true]);
    assert_eq!(known("host == ''"), [true, true, false, true]);
    assert_eq!(known("user == ''"), [false, false, true, true]);
    assert_eq!(known("'Phish' in threat_types"), [true; 4]);
    let said = |text: &str| Condition::parse(text, &[GroupBy::User]).unwrap_err();
    assert_eq!(said("hosts == ''").remedy, "did you mean host? Then add host to by");
    assert!(!said("foo > 0").remedy.contains("host"));
    assert_eq!(said("url == ''").problem, "url is known only to a rule by url");
    let error = said("blocked > 0 && host == ''");
    assert_eq!(error.problem, "host is known only to a rule by url or host");
    assert_eq!(
        (error.column, error.remedy.as_str()),
        (16, "add host to by, or do without it here")
    );
}

#[test]
fn a_condition_tells_what_it_asks_for() {
    let text = "age_days > 3 && (users_ever > 1 || age_days > 2) && host.matches('^a')";
    let condition = Condition::parse(text, &[GroupBy::Host]).unwrap();
    let asked: BTreeSet<Variable> = condition.variables().collect();
    assert_eq!(asked, [Variable::AgeDays, Variable::UsersEver, Variable::Host].into());
    assert!(condition.uses(Variable::AgeDays) && !condition.uses(Variable::Url));
    assert_eq!(condition, Condition::parse(text, &GroupBy::ALL).unwrap());
    assert_ne!(condition, Condition::parse("true", &GroupBy::ALL).unwrap());
    assert!(format!("{condition:?}").contains("age_days > 3 &&"));
}

#[test]
fn of_a_long_text_the_beginning_is_looked_at() {
    let condition = |text: &str| Condition::parse(text, &GroupBy::ALL).unwrap();
    let url = format!("{}ä!", "a".repeat(8_191));
    let values = Values { url: &url, ..Values::default() };
    // The ä lies across the limit.
    assert_eq!(condition("size(url) == 8191").evaluate(&values), Evaluation::Holds);
    assert_eq!(condition("url.contains('ä')").evaluate(&values), Evaluation::DoesNot);
    assert_eq!(condition("url.endsWith('aa')").evaluate(&values), Evaluation::Holds);
}
