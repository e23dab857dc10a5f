//! Random conditions: none brings the program down or holds it up, and `cel` answers them alike.

use std::sync::Arc;
use std::time::Duration;

use cel::{Context, Env, Value};
use clickwarden::condition::{Condition, Evaluation, GroupBy, Kind, Values, Variable};
use rustix::time::{ClockId, clock_gettime};

/// The most that an evaluation may take.
const BOUND: Duration = Duration::from_millis(10);

const PATTERNS: [&str; 6] =
    ["^https?://", "evil|good", "[^/]*a[^/]{3}c", "(?i)[A-Z.-]+@", "\\\\d+$", "ä?"];

fn pick<'a>(random: &mut fastrand::Rng, from: &[&'a str]) -> &'a str {
    from[random.usize(..from.len())]
}

fn number(random: &mut fastrand::Rng, depth: u32) -> String {
    if depth == 0 {
        return match random.u8(..8) {
            0 => pick(random, &["9223372036854775807", "-9223372036854775808"]).to_owned(),
            1..3 => random.i8(-3..9).to_string(),
            _ => Variable::ALL[random.usize(..Variable::NUMBERS)].name().to_owned(),
        };
    }
    let below = |random: &mut fastrand::Rng| number(random, depth - 1);
    match random.u8(..9) {
        0 => format!("-({})", below(random)),
        1 => format!("size({})", text(random, depth - 1)),
        2 => format!("({} ? {} : {})", test(random, depth - 1), below(random), below(random)),
        3 => "size(threat_types)".to_owned(),
        _ => {
            let operator = pick(random, &["+", "-", "*", "/", "%"]);
            format!("({} {operator} {})", below(random), below(random))
        }
    }
}

fn text(random: &mut fastrand::Rng, depth: u32) -> String {
    match random.u8(..8) {
        0 if depth > 0 => format!(
            "({} ? {} : {})",
            test(random, depth - 1),
            text(random, depth - 1),
            text(random, depth - 1)
        ),
        1..4 => pick(random, &["'a'", "'https://'", "\"ä\"", "''", "'Phish'"]).to_owned(),
        _ => pick(random, &["url", "host", "user"]).to_owned(),
    }
}

fn test(random: &mut fastrand::Rng, depth: u32) -> String {
    if depth == 0 {
        return pick(random, &["true", "false"]).to_owned();
    }
    let below = depth - 1;
    match random.u8(..14) {
        0 => format!("!({})", test(random, below)),
        1..4 => format!("({} && {})", test(random, below), test(random, below)),
        4..7 => format!("({} || {})", test(random, below), test(random, below)),
        7 => {
            format!("({} ? {} : {})", test(random, below), test(random, below), test(random, below))
        }
        8 => format!("({} == {})", test(random, below), test(random, below)),
        9 => leaf(random, below),
        _ => {
            let order = pick(random, &["==", "!=", "<", "<=", ">", ">="]);
            format!("({} {order} {})", number(random, below), number(random, below))
        }
    }
}

fn leaf(random: &mut fastrand::Rng, below: u32) -> String {
    match random.u8(..6) {
        0 => format!("({} in {})", number(random, below), pick(random, &["[]", "[1]", "[0, -2]"])),
        1 => {
            let lists = ["threat_types", "workloads", "['a', 'ä']", "[]"];
            format!("({} in {})", text(random, below), pick(random, &lists))
        }
        2 => format!("{}.matches('{}')", text(random, below), pick(random, &PATTERNS)),
        3 => {
            let order = pick(random, &["==", "!=", "<", "<=", ">", ">="]);
            format!("({} {order} {})", text(random, below), text(random, below))
        }
        _ => {
            let function = pick(random, &["contains", "startsWith", "endsWith"]);
            format!("{}.{function}({})", text(random, below), text(random, below))
        }
    }
}

/// A group of which all is known.
fn group<'a>(
    random: &mut fastrand::Rng,
    url: &'a str,
    workloads: &'a [String],
    threat_types: &'a [String],
) -> Values<'a> {
    let numbers = std::array::from_fn(|_| Some(random.i64(0..6)));
    Values { numbers, url, host: "a", user: "ann@a.example", workloads, threat_types }
}

/// What `cel` says.
fn theirs(text: &str, values: &Values<'_>) -> bool {
    let env = Env::default().with_optional_support(false).with_stdlib();
    let program = env.compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut context = Context::with_env(Arc::new(env));
    for variable in Variable::ALL {
        let value: Value = match variable {
            Variable::Url => values.url.into(),
            Variable::Host => values.host.into(),
            Variable::User => values.user.into(),
            Variable::Workloads => values.workloads.to_vec().into(),
            Variable::ThreatTypes => values.threat_types.to_vec().into(),
            number => values.numbers[number as usize].unwrap().into(),
        };
        context.add_variable_from_value(variable.name(), value);
    }
    matches!(program.execute(&context), Ok(Value::Bool(true)))
}

/// The time of the processor that an answer takes: the machine may be busy with other things.
fn timed(condition: &Condition, values: &Values<'_>) -> (Evaluation, Duration) {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    let evaluation = condition.evaluate(values);
    (evaluation, now().saturating_sub(start))
}

#[test]
fn what_is_well_formed_is_answered_as_by_cel_and_soon() {
    let threats = ["Malware".to_owned(), "Phish".to_owned()];
    let workloads = ["Email".to_owned()];
    let (mut read, mut held, mut slowest) = (0, 0, Duration::ZERO);
    for seed in 0..5_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let depth = random.u32(1..6);
        let text = test(&mut random, depth);
        let Ok(condition) = Condition::parse(&text, &GroupBy::ALL) else {
            assert!(text.len() > 1_000, "seed {seed}: {text}");
            continue;
        };
        let url = pick(&mut random, &["https://evil.example/abcdc", "", "a", "ä1"]);
        let values = group(&mut random, url, &workloads, &threats);
        let (evaluation, took) = timed(&condition, &values);
        let expected = if theirs(&text, &values) { Evaluation::Holds } else { Evaluation::DoesNot };
        let evaluation = holds_or_not(evaluation);
        assert_eq!(evaluation, expected, "seed {seed}: {text} of {values:?}");
        (read, slowest) = (read + 1, slowest.max(took));
        held += u32::from(evaluation == Evaluation::Holds);
        without_some_numbers(&condition, &values, seed);
    }
    println!("{read} conditions, of which {held} hold; the slowest took {slowest:?}");
    assert!(read > 4_000 && held > 1_000 && read - held > 1_000, "{read}, {held}");
    assert!(slowest < BOUND);
}

/// What cannot be evaluated does not hold.
fn holds_or_not(evaluation: Evaluation) -> Evaluation {
    if evaluation == Evaluation::Fails { Evaluation::DoesNot } else { evaluation }
}

/// An answer that is given before all is known must stand whatever turns out.
fn without_some_numbers(condition: &Condition, known: &Values<'_>, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let missing: Vec<Variable> =
        condition.variables().filter(|v| v.kind() == Kind::Number && random.bool()).collect();
    let mut values = *known;
    for variable in &missing {
        values.numbers[*variable as usize] = None;
    }
    let early = holds_or_not(condition.evaluate(&values));
    if early == Evaluation::Unknown {
        assert!(!missing.is_empty(), "seed {seed}: {condition:?}");
        return;
    }
    for _ in 0..4 {
        for variable in &missing {
            let number = if random.bool() { random.i64(-2..9) } else { random.i64(..) };
            values.numbers[*variable as usize] = Some(number);
        }
        let later = holds_or_not(condition.evaluate(&values));
        assert_eq!(later, early, "seed {seed}: {condition:?} of {values:?}");
    }
}

/// What nobody would write.
fn nonsense(random: &mut fastrand::Rng) -> String {
    const PARTS: [&str; 40] = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "!",
        "-",
        "?",
        ":",
        ",",
        ".",
        "&&",
        "||",
        "==",
        "<",
        "in ",
        "+",
        "%",
        "a",
        "url",
        "blocked",
        "1",
        "'",
        "\"",
        "'a'",
        "\"\"\"",
        "r'",
        "b'",
        "\\",
        "\n",
        "//",
        "\u{0}",
        "ä",
        "\u{202e}",
        "size(",
        ".matches(",
        "0x",
        "1.5",
        "`",
    ];
    let repeated: String = (0..random.usize(1..4)).map(|_| pick(random, &PARTS)).collect();
    match random.u8(..4) {
        0 => repeated.repeat(1_000 / repeated.len()),
        1 => {
            let deep = random.usize(..60);
            format!("{}true{}", repeated.repeat(deep), pick(random, &PARTS).repeat(deep))
        }
        2 => (0..random.usize(..120)).map(|_| pick(random, &PARTS)).collect(),
        _ => {
            let bytes: Vec<u8> = (0..random.usize(..1_000)).map(|_| random.u8(..)).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

#[test]
fn nonsense_is_refused_in_one_line_or_answered_soon() {
    let values = Values { url: "https://evil.example/", ..Values::default() };
    let (mut read, mut slowest) = (0, Duration::ZERO);
    for seed in 0..6_000 {
        let text = nonsense(&mut fastrand::Rng::with_seed(seed));
        match Condition::parse(&text, &GroupBy::ALL) {
            Ok(condition) => {
                slowest = slowest.max(timed(&condition, &values).1);
                read += 1;
            }
            Err(fault) => {
                let said = format!("{} {}", fault.problem, fault.remedy);
                assert!(fault.line > 0 && fault.column > 0, "seed {seed}: {text:?}: {said}");
                let is_plain = said.chars().all(|c| !c.is_control()) && !said.contains("Error");
                assert!(is_plain, "seed {seed}: {text:?}: {said}");
                assert!(!said.contains("made its parser fail"), "seed {seed}: {text:?}");
            }
        }
    }
    println!("{read} were conditions after all; the slowest took {slowest:?}");
    assert!(slowest < BOUND);
}

#[test]
fn monsters_are_refused_also_on_a_small_stack() {
    let monsters = ["(", "!", "[", "a+", "1+", "?:", "-", "true?1:", "url.", "{", "!(", "-(", "f("];
    let small = std::thread::Builder::new().stack_size(64 << 10);
    let all = small.spawn(move || {
        for part in monsters {
            for end in ["", "1", "true", "a)", "]"] {
                let text = part.repeat((1_000 - end.len()) / part.len()) + end;
                let read = Condition::parse(&text, &GroupBy::ALL);
                // An even number of signs is none.
                assert!(read.is_err() || ["!", "-"].contains(&part), "{text}");
            }
        }
        // The deepest that is taken is asked and dropped here.
        let text = format!("{}1 > 0", "1 + ".repeat(38));
        let condition = Condition::parse(&text, &GroupBy::ALL).unwrap();
        assert_eq!(condition.evaluate(&Values::default()), Evaluation::Holds);
    });
    all.unwrap().join().unwrap();
}

#[test]
fn the_heaviest_conditions_take_less_than_the_bound() {
    let random = |letters: &[char]| {
        let mut random = fastrand::Rng::with_seed(7);
        (0..20_000).map(|_| letters[random.usize(..letters.len())]).collect::<String>()
    };
    let urls = ["a".repeat(20_000), random(&['a', 'b']), random(&['a', 'ä', '/', '.', '9'])];
    let most = |part: &str| {
        let part = format!("{part} || ");
        part.repeat((1_000 - 12) / part.len()) + "blocked > 0"
    };
    let parts = [
        r"url.matches('[ab]*a[ab]{8}c')",
        r"url.matches('(a+)+c')",
        r"url.matches(r'(?i)[\w.-]+@[\w.-]+x')",
        r"url.matches('x')",
        "url.contains('aaaaaaab')",
        "url.contains(url) && false",
        "(url < url)",
        "size(url) < 0",
        "url in ['a', 'b']",
        "url in threat_types",
    ];
    let threats: Vec<String> = (0..200).map(|n| format!("{}{n}", "a".repeat(100))).collect();
    let mut slowest = (Duration::ZERO, String::new());
    for text in parts.map(most) {
        let condition = Condition::parse(&text, &GroupBy::ALL).unwrap();
        for url in &urls {
            let values = Values { url, threat_types: &threats, ..Values::default() };
            let took = (0..3).map(|_| timed(&condition, &values).1).min().unwrap();
            slowest = slowest.max((took, text.clone()));
        }
    }
    println!("the slowest took {:?}: {}", slowest.0, slowest.1);
    assert!(slowest.0 < BOUND, "{slowest:?}");
}
