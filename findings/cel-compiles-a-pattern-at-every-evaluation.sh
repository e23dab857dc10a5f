#!/usr/bin/env bash
# The Rust crate "cel" compiles a regular expression anew each time a compiled program runs.
#
# Date: 2026-11-30. Versions: common-expression-language 0.10.0 (PyPI, the Rust crate "cel" inside).
#
# cel.compile() reads an expression once, so that it can be run for many rows: program.execute(row).
#
# Guess: what is constant in a compiled program was compiled with it. A pattern that is a literal costs its
# compilation once, and from then on what matching a one-letter text costs: about as much as contains().
#
# Seen: one run of t.matches('\\w{60}') on the text "b" takes about 40 ms, one of t.matches('x') 3 us, and the
# thousandth run takes as long as the first. A pattern that is not valid is an error of a row, not of compile().
#
# Why it matters: a rule is tested with a few rows, and runs over millions. Whoever may write a rule, or whose
# rule has a class of Unicode letters and a count in it, slows the program ten thousandfold.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check common-expression-language==0.10.0

"$dir/venv/bin/python" - > "$dir/seen" <<'PY'
import time

import cel


def quickest(expression):
    """The time of the quickest of twenty runs of one compiled program, in seconds."""
    program, times = cel.compile(expression), []
    for _ in range(20):
        began = time.perf_counter()
        program.execute({"t": "b"})
        times.append(time.perf_counter() - began)
    return min(times)


plain = quickest("t.matches('x')")
print("a pattern of one letter: within ten times contains():", plain < 10 * quickest("t.contains('x')"))
print(r"t.matches('\\w{60}'): over 100 times that, at every run:", quickest(r"t.matches('\\w{60}')") > 100 * plain)
program = cel.compile("t == 'a' || t.matches('(')")
print("a pattern that is not valid compiles, and answers:", program.execute({"t": "a"}))
try:
    program.execute({"t": "b"})
except Exception as error:
    print("until it is asked:", type(error).__name__)
PY

cat > "$dir/expected" <<'END'
a pattern of one letter: within ten times contains(): True
t.matches('\\w{60}'): over 100 times that, at every run: True
a pattern that is not valid compiles, and answers: True
until it is asked: RuntimeError
END
diff "$dir/expected" "$dir/seen"
echo "as on 2026-11-30: a literal pattern is compiled at every evaluation"
