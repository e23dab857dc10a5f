#!/usr/bin/env bash
# size("é😀") in CEL is 2, 3 or 6, and 7 / 2 is 3 or 3.5, depending on the evaluator.
#
# Date: 2026-11-30. Versions: cel-python 0.5.0, common-expression-language 0.10.0 (PyPI, the Rust crate
# "cel" inside), @marcbachmann/cel-js 8.0.0, cel-js 0.8.2 (npm).
#
# CEL's definition: size of a string is its number of Unicode code points; of bytes, the number of bytes;
# division of two int is an int, cut towards zero.
#
# Guess: four implementations of one specification agree on these three.
#
# Seen: of the text, the Rust crate gives the length in UTF-8 (6), npm's cel-js in UTF-16 (3), the other two
# 2. Of the bytes b"é", @marcbachmann/cel-js gives 1, the length as a text. npm's cel-js, "Common Expression
# Language (CEL) evaluator for JavaScript", divides 7 by 2 to 3.5.
#
# Why it matters: CEL is chosen so that one rule can be moved between a policy engine, a daemon and a
# browser. A rule "size(subject) > 70" or "clicks / users > 3" decides differently in each, from the first
# name with an umlaut on.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check cel-python==0.5.0 common-expression-language==0.10.0
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" @marcbachmann/cel-js@8.0.0 cel-js@0.8.2

cat > "$dir/expressions" <<'END_OF_EXPRESSIONS'
size("é😀")
size(b"é")
7 / 2
7 / 2 > 3
END_OF_EXPRESSIONS

"$dir/venv/bin/python" -W ignore - "$dir/expressions" > "$dir/answers" <<'PY'
import sys

import cel
import celpy

environment = celpy.Environment()
for expression in open(sys.argv[1]).read().strip().split("\n"):
    print(expression, "| cel-python |", environment.program(environment.compile(expression)).evaluate({}))
    print(expression, "| crate cel |", cel.evaluate(expression, {}))
PY

cat > "$dir/ask.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import { evaluate as marcbachmann } from '@marcbachmann/cel-js';
import { evaluate as other } from 'cel-js';

for (const expression of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  for (const [name, evaluate] of [['@marcbachmann/cel-js', marcbachmann], ['cel-js', other]]) {
    let answer;
    try {
      answer = String(evaluate(expression, {}));
    } catch {
      answer = 'error';
    }
    console.log(`${expression} | ${name} | ${answer.replace(/^./, (letter) => letter.toUpperCase())}`);
  }
}
JS
node "$dir/ask.mjs" "$dir/expressions" >> "$dir/answers"
LC_ALL=C sort "$dir/answers" > "$dir/seen"

cat > "$dir/expected" <<'END'
7 / 2 > 3 | @marcbachmann/cel-js | False
7 / 2 > 3 | cel-js | True
7 / 2 > 3 | cel-python | False
7 / 2 > 3 | crate cel | False
7 / 2 | @marcbachmann/cel-js | 3
7 / 2 | cel-js | 3.5
7 / 2 | cel-python | 3
7 / 2 | crate cel | 3
size("é😀") | @marcbachmann/cel-js | 2
size("é😀") | cel-js | 3
size("é😀") | cel-python | 2
size("é😀") | crate cel | 6
size(b"é") | @marcbachmann/cel-js | 1
size(b"é") | cel-js | Error
size(b"é") | cel-python | 2
size(b"é") | crate cel | 2
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
