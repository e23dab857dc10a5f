#!/usr/bin/env bash
# Two of three adblock engines read the "$" at the end of a regular expression as the start of options.
#
# Date: 2026-11-30. Versions: braveblock 0.5.1, adblockparser 0.7 (Python), @ghostery/adblocker 2.18.2 (npm).
#
# A filter between slashes is a regular expression in the syntax of Adblock Plus; a "$" behind it starts options.
#
# Guess: "/x[0-9]+$/" matches a URL that ends in x12: the "$" stands between the slashes.
#
# Seen: braveblock and adblockparser match nothing with it and raise nothing: they take "/" for an option.
# Without the "$" they match, and ghostery matches both. With real options behind it, braveblock finds the right
# "$" and matches; adblockparser does not.
#
# Why it matters: "ends in" is what many of the rules for generated paths say. A list with one more character
# loads, and the rule is gone.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check braveblock==0.5.1 adblockparser==0.7
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dir" @ghostery/adblocker@2.18.2

cat > "$dir/cases" <<'END_OF_CASES'
/x[0-9]+/ https://example.com/x12
/x[0-9]+$/ https://example.com/x12
/x[0-9]+$/$script https://example.com/x12
/x[0-9]+/$script https://example.com/x12
/^https:/ https://example.com/x12
END_OF_CASES

"$dir/venv/bin/python" -W ignore - "$dir/cases" > "$dir/answers" <<'PY'
import sys

from adblockparser import AdblockRules
from braveblock import Adblocker

for line in open(sys.argv[1]).read().strip().split("\n"):
    rule, url = line.split()
    brave = Adblocker(rules=[rule]).check_network_urls(url=url, source_url="https://example.org/", request_type="script")
    print(line, "| braveblock", brave)
    print(line, "| adblockparser", AdblockRules([rule]).should_block(url, {"script": True, "third-party": True}))
PY

cat > "$dir/ask.mjs" <<'JS'
import { readFileSync } from 'node:fs';
import { FiltersEngine, Request } from '@ghostery/adblocker';

for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const [rule, url] = line.split(' ');
  const request = Request.fromRawDetails({ url, sourceUrl: 'https://example.org/', type: 'script' });
  console.log(line, '| ghostery', FiltersEngine.parse(rule).match(request).match ? 'True' : 'False');
}
JS
node "$dir/ask.mjs" "$dir/cases" >> "$dir/answers"
LC_ALL=C sort "$dir/answers" > "$dir/seen"

cat > "$dir/expected" <<'END'
/^https:/ https://example.com/x12 | adblockparser True
/^https:/ https://example.com/x12 | braveblock True
/^https:/ https://example.com/x12 | ghostery True
/x[0-9]+$/ https://example.com/x12 | adblockparser False
/x[0-9]+$/ https://example.com/x12 | braveblock False
/x[0-9]+$/ https://example.com/x12 | ghostery True
/x[0-9]+$/$script https://example.com/x12 | adblockparser False
/x[0-9]+$/$script https://example.com/x12 | braveblock True
/x[0-9]+$/$script https://example.com/x12 | ghostery True
/x[0-9]+/ https://example.com/x12 | adblockparser True
/x[0-9]+/ https://example.com/x12 | braveblock True
/x[0-9]+/ https://example.com/x12 | ghostery True
/x[0-9]+/$script https://example.com/x12 | adblockparser True
/x[0-9]+/$script https://example.com/x12 | braveblock True
/x[0-9]+/$script https://example.com/x12 | ghostery True
END
diff "$dir/expected" "$dir/seen"
cat "$dir/seen"
