#!/usr/bin/env bash
# Adaptive Expressions sorts 10, 9, 1 to 1, 10, 9, and its div and mod do not fit together.
#
# Date: 2026-11-30. Versions: adaptive-expressions 4.23.3, adaptivecards-templating 2.3.1 (npm).
#
# Adaptive Expressions are the formulas in templates of Adaptive Cards and in bots.
#
# Guess: sortBy "sorts elements in the collection" of numbers by value, as max and "<" of the same library
# compare them; div(a, b) * b + mod(a, b) == a.
#
# Seen: a list of numbers is sorted as texts (1, 10, 100, 9), up and down, while max is 100 and 9 < 10 is
# true; objects are sorted by the value of a property. div(-5, 2) is -3 and mod(-5, 2) is -1, which gives -7.
# In a list, "${x}" of a null vanishes and the list gets shorter, while a property keeps its null.
#
# Why it matters: a card that shows the highest counts first puts 9 above 100. Samples whose figures have one
# length do not show it. A column of a table that comes from a list moves up when one value is null.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" \
  adaptivecards-templating@2.3.1 adaptive-expressions@4.23.3 adaptivecards@3.0.6

cat > "$dir/ask.mjs" <<'JS'
import * as templating from 'adaptivecards-templating';

const { Template } = templating.default ?? templating;
const $root = { counts: [10, 9, 100, 1], rows: [{ n: 10 }, { n: 9 }, { n: 100 }], nothing: null };
for (const value of ['${sortBy(counts)}', '${sortBy(rows, "n")}', '${sortByDescending(counts)}', '${max(counts)}',
  '${9 < 10}', '${div(-5, 2)}', '${mod(-5, 2)}', '${div(-5, 2) * 2 + mod(-5, 2)}']) {
  console.log(value, JSON.stringify(new Template({ value }).expand({ $root }).value));
}
console.log(JSON.stringify(new Template({ list: ['a', '${nothing}', 'b'], one: '${nothing}' }).expand({ $root })));
JS
node "$dir/ask.mjs" > "$dir/seen"

cat > "$dir/expected" <<'END'
${sortBy(counts)} [1,10,100,9]
${sortBy(rows, "n")} [{"n":9},{"n":10},{"n":100}]
${sortByDescending(counts)} [9,100,10,1]
${max(counts)} 100
${9 < 10} true
${div(-5, 2)} -3
${mod(-5, 2)} -1
${div(-5, 2) * 2 + mod(-5, 2)} -7
{"list":["a","b"],"one":null}
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
