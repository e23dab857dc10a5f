#!/usr/bin/env bash
# In cel-python string(true) is "True", and string(timestamp) loses what is below a second.
#
# Date: 2026-11-30. Versions: cel-python 0.5.0; common-expression-language 0.10.0 (the Rust crate "cel").
#
# CEL's definition: string() of a bool is "true" or "false", of a timestamp its RFC 3339 form.
#
# Guess: string() gives what CEL can read back: bool(string(true)), and timestamp(string(t)) == t.
#
# Seen: string(true) == "true" is false. string() of 12:00:00.500Z is "…12:00:00Z", while getMilliseconds()
# of the same value is 500, so the fraction was there; the round trip is not equal. Two timestamps one
# tick of 100 ns apart are equal. 0.0/0.0 equals itself. The Rust crate keeps the fraction and
# the tick, and has no string() of a bool: it raises.
#
# Why it matters: CEL builds keys for grouping and texts for messages with string(). Two events of one
# second become one key, and a flag compared as text is never "true".
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check cel-python==0.5.0 common-expression-language==0.10.0

"$dir/venv/bin/python" -W ignore - > "$dir/seen" <<'PY'
import cel
import celpy

environment = celpy.Environment()
half = "timestamp('2026-11-30T12:00:00.500Z')"
for expression in ("string(true) == 'true'", "string(true)", f"string({half})", f"{half}.getMilliseconds()",
                   f"timestamp(string({half})) == {half}",
                   "timestamp('2026-11-30T12:00:00.1234567Z') < timestamp('2026-11-30T12:00:00.1234568Z')",
                   "0.0 / 0.0 == 0.0 / 0.0"):
    print(expression)
    print("   cel-python", environment.program(environment.compile(expression)).evaluate({}))
    try:
        print("   crate cel ", cel.evaluate(expression, {}))
    except Exception as error:
        print("   crate cel ", type(error).__name__)
PY

cat > "$dir/expected" <<'END'
string(true) == 'true'
   cel-python False
   crate cel  RuntimeError
string(true)
   cel-python True
   crate cel  RuntimeError
string(timestamp('2026-11-30T12:00:00.500Z'))
   cel-python 2026-11-30T12:00:00Z
   crate cel  2026-11-30T12:00:00.500+00:00
timestamp('2026-11-30T12:00:00.500Z').getMilliseconds()
   cel-python 500
   crate cel  500
timestamp(string(timestamp('2026-11-30T12:00:00.500Z'))) == timestamp('2026-11-30T12:00:00.500Z')
   cel-python False
   crate cel  True
timestamp('2026-11-30T12:00:00.1234567Z') < timestamp('2026-11-30T12:00:00.1234568Z')
   cel-python False
   crate cel  True
0.0 / 0.0 == 0.0 / 0.0
   cel-python True
   crate cel  False
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
